//! What happens once happens once, however many ask at the same time and however often that is tried: at the one
//! conditional write that decides it, in the engine that the provider runs on. Through HTTP the same is seen in
//! `code_flow` and `refresh_tokens`.

use crate::harness::{Provider, REDIRECT_URI};
use futures_util::future::join_all;
use serde_json::json;
use shared::{
    clock::Timestamp,
    domain::{
        AuthorizationCode, ClientId, CodeId, FamilyId, Issuer, RefreshFamily, RequestId, Standing,
        TenantId, UserId,
    },
    entropy::SystemEntropy,
    storage::{Advance, Advancement, Redemption, Store, keys},
};
use std::time::Duration;

const REDEMPTIONS: usize = 1_000;
const REFRESHES: usize = 200;

/// How often it is tried: `CARDEA_ROUNDS` says so, since a hundred times take minutes where nothing is optimized.
fn rounds() -> u32 {
    std::env::var("CARDEA_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap())
}

/// A table, its tenant, and what time it is there.
fn table(provider: &Provider) -> (Store, TenantId, Timestamp) {
    let t = provider.issuer.parse::<Issuer>().unwrap().tenant_id();
    (provider.patient_store(), t, Timestamp(provider.now()))
}

fn family(now: Timestamp) -> RefreshFamily {
    let hour = Duration::from_hours(1);
    let family = json!({
        "client_id": "client", "user_id": "usr_1", "revoked": false, "expires_at": now + hour,
        "refresh": { "generation": 0, "rotated_at": now, "scope": "openid", "auth_time": now },
    });
    serde_json::from_value(family).unwrap()
}

fn code(now: Timestamp) -> AuthorizationCode {
    let code = json!({
        "client_id": "client", "user_id": "usr_1", "redirect_uri": REDIRECT_URI, "scope": "openid",
        "auth_time": now, "sid": "sid", "redeemable_until": now + Duration::from_mins(1),
        "expires_at": now + Duration::from_hours(1),
    });
    serde_json::from_value(code).unwrap()
}

#[tokio::test]
async fn of_a_thousand_redemptions_of_a_code_one_succeeds_and_the_others_learn_whose() {
    let provider = Provider::start().await;
    let (store, t, now) = table(&provider);
    let (code, family) = (code(now), family(now));
    for round in 0..rounds() {
        let user_id = UserId::parse("usr_1").unwrap();
        let id = CodeId { id: round.to_string(), user_id, resource_servers: vec![] };
        store.issue_code(&t, &id, &code).await.unwrap();
        let redeem = async || {
            let own = FamilyId::generate(&SystemEntropy);
            let request = RequestId::generate(&SystemEntropy);
            (store.redeem_code(&t, &id, (&own, family.expires_at), &request).await.unwrap(), own)
        };
        let outcomes = join_all((0..REDEMPTIONS).map(|_| redeem())).await;
        let is_redeemed = |(outcome, _): &&(Redemption, FamilyId)| *outcome == Redemption::Redeemed;
        let winners: Vec<_> = outcomes.iter().filter(is_redeemed).map(|(_, own)| own).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        // So that what it yielded can be revoked.
        let knows_the_winner = |(outcome, _): &(Redemption, FamilyId)| match outcome {
            Redemption::Redeemed => true,
            Redemption::Replayed(found) => {
                found.as_ref().is_some_and(|code| code.family_id.as_ref() == Some(winners[0]))
            }
        };
        assert!(outcomes.iter().all(knows_the_winner), "round {round}");
    }
}

#[tokio::test]
async fn of_two_hundred_refreshes_one_goes_on_and_the_others_find_its_successor() {
    let provider = Provider::start().await;
    let (store, t, now) = table(&provider);
    let id = FamilyId::generate(&SystemEntropy);
    store.create_family(&t, &id, &family(now)).await.unwrap();
    let client_id = ClientId::parse("client").unwrap();
    for from in 0..rounds() {
        let advance = async || {
            let advance = Advance {
                client_id: &client_id,
                from,
                to: from + 1,
                idle_until: None,
                expires_at: Some(now + Duration::from_hours(1)),
                request: &RequestId::generate(&SystemEntropy),
            };
            store.advance_family(&t, &id, &advance).await.unwrap()
        };
        let outcomes = join_all((0..REFRESHES).map(|_| advance())).await;
        let advanced = outcomes.iter().filter(|it| matches!(it, Advancement::Advanced)).count();
        assert_eq!(advanced, 1, "round {from}");
        for outcome in outcomes {
            let Advancement::Refused(found) = outcome else { continue };
            let grant = found.unwrap().refresh.unwrap();
            let standing = grant.standing(from, Duration::from_secs(10), now);
            assert_eq!((grant.generation, standing), (from + 1, Standing::JustSpent));
        }
    }
    let family = store.read(keys::family(&t, &id)).await.unwrap().unwrap();
    assert_eq!((family.revoked, family.refresh.unwrap().generation), (false, rounds()));
}
