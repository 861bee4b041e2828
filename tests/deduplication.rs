//! The same public client is one client, for as long as its owner leaves it alone.

use crate::harness::{Browser, Owner, Provider, RelyingParty, http, send_from};
use serde_json::{Value, json};
use shared::{
    clock::Timestamp,
    domain::{Client, ClientId, Issuer},
    storage::{Registered, Use, keys},
};
use std::{collections::BTreeSet, time::Duration};

const DAY: Duration = Duration::from_hours(24);

fn public() -> Value {
    json!({ "redirect_uris": ["cursor://a/cb"], "token_endpoint_auth_method": "none" })
}

async fn with_policy(policy: &Value) -> Provider {
    let provider = Provider::open_to_all().await;
    let change = json!({ "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&change).await.status(), 200, "{change}");
    provider
}

/// The id that registering it gives, from this machine.
async fn register(provider: &Provider) -> String {
    provider.register(&public()).await["client_id"].as_str().unwrap().to_owned()
}

async fn register_elsewhere(provider: &Provider, metadata: &Value) -> (u16, Value) {
    let request = http().post(provider.url("oidc/register")).json(metadata).build().unwrap();
    let response = send_from(provider, request, "203.0.113.7").await;
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body().as_ref()).unwrap())
}

async fn is_known(provider: &Provider, client_id: &str) -> bool {
    let query = "response_type=code&redirect_uri=cursor://a/cb";
    let page = provider.get(&format!("authorize?client_id={client_id}&{query}")).await;
    !page.text().await.unwrap().contains("not registered here")
}

#[tokio::test]
async fn the_same_metadata_of_a_public_client_gives_the_same_client() {
    let provider = Provider::open_to_all().await;
    let metadata = |name: &str, method: &str| {
        json!({
            "client_name": name, "token_endpoint_auth_method": method,
            "redirect_uris": ["http://127.0.0.1/cb", "cursor://a/cb"],
        })
    };
    let id = |client: &Value| client["client_id"].as_str().unwrap().to_owned();
    let first = provider.register(&metadata("An editor", "none")).await;
    let again = provider.register(&metadata("An editor", "none")).await;
    assert_eq!(first, again);
    assert_eq!(id(&first).len(), 32);
    assert_ne!(id(&first), id(&provider.register(&metadata("Another editor", "none")).await));
    let mut confidential = BTreeSet::new();
    for _ in 0..2 {
        let client = provider.register(&metadata("An editor", "client_secret_post")).await;
        confidential.insert((id(&client), client["client_secret"].as_str().unwrap().to_owned()));
    }
    assert_eq!(confidential.len(), 2, "never for those with a secret");

    let other = Provider::open_to_all().await;
    assert_ne!(id(&first), id(&other.register(&metadata("An editor", "none")).await));
    let strict = json!({ "dynamic_client_registration_security_mode": "strict" });
    provider.change_settings(&strict).await;
    assert!(id(&provider.register(&metadata("An editor", "none")).await).starts_with("tpc_"));
}

#[tokio::test]
async fn the_same_client_is_another_where_the_owner_wants_it_or_could_have_it_changed() {
    for policy in [
        json!({ "deduplicate_public_clients": false }),
        json!({ "client_registration_management": "read" }),
        json!({ "client_registration_management": "full" }),
    ] {
        let provider = with_policy(&policy).await;
        let metadata = public();
        let (one, other) = (provider.register(&metadata).await, provider.register(&metadata).await);
        assert_ne!(one["client_id"], other["client_id"], "{policy}");
        let tokens = [&one, &other].map(|client| client.get("registration_access_token"));
        assert!(tokens[0].is_none() || tokens[0] != tokens[1], "{policy}");
    }
}

#[tokio::test]
async fn of_many_who_register_the_same_at_once_all_get_the_same_client() {
    let provider = Provider::open_to_all().await;
    let metadata = public();
    let register = async |_| provider.register(&metadata).await["client_id"].to_string();
    let ids = futures_util::future::join_all((0..100).map(register)).await;
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1);
}

#[tokio::test]
async fn an_unused_client_that_expired_can_register_again() {
    let provider = Provider::open_to_all().await;
    let metadata = public();
    let first = provider.register(&metadata).await;
    provider.advance(31 * DAY);
    let again = provider.register(&metadata).await;
    assert_eq!(first["client_id"], again["client_id"]);
    assert_ne!(first["client_id_issued_at"], again["client_id_issued_at"]);
}

#[tokio::test]
async fn whoever_gets_an_id_has_time_to_use_it() {
    let lifetime = 10 * DAY;
    let provider = with_policy(&json!({ "unused_client_lifetime": lifetime.as_secs() })).await;
    let first = register(&provider).await;
    provider.advance(8 * DAY);
    assert_eq!(register(&provider).await, first);
    provider.advance(9 * DAY);
    assert!(is_known(&provider, &first).await, "after the middle the time begins anew");
    provider.advance(DAY);
    assert!(!is_known(&provider, &first).await);

    assert_eq!(register(&provider).await, first);
    provider.advance(4 * DAY);
    assert_eq!(register(&provider).await, first);
    provider.advance(6 * DAY);
    assert!(!is_known(&provider, &first).await, "there was time enough");
}

#[tokio::test]
async fn a_client_that_is_kept_for_longer_counts_once() {
    let policy = json!({ "unused_clients": 2, "unused_client_lifetime": 10 * 86_400 });
    let provider = with_policy(&policy).await;
    assert_eq!(register_elsewhere(&provider, &public()).await.0, 201);
    for _ in 0..3 {
        provider.advance(6 * DAY);
        for _ in 0..3 {
            assert_eq!(register_elsewhere(&provider, &public()).await.0, 201);
        }
    }
    for (name, status) in [("a", 201), ("b", 429)] {
        let other = json!({ "redirect_uris": ["https://app.example/cb"], "client_name": name });
        assert_eq!(register_elsewhere(&provider, &other).await.0, status, "{name}");
    }
}

#[tokio::test]
async fn where_there_is_no_room_an_id_that_is_given_out_again_has_time_too() {
    let policy = json!({ "unused_clients": 1, "unused_client_lifetime": 10 * 86_400 });
    let provider = with_policy(&policy).await;
    let (_, first) = register_elsewhere(&provider, &public()).await;
    for _ in 0..3 {
        provider.advance(8 * DAY);
        let (status, again) = register_elsewhere(&provider, &public()).await;
        assert_eq!((status, &again["client_id"]), (201, &first["client_id"]));
    }
    let other = json!({ "redirect_uris": ["https://app.example/cb"] });
    assert_eq!(register_elsewhere(&provider, &other).await.0, 429, "it has one place still");
}

#[tokio::test]
async fn those_who_register_the_same_in_the_same_second_count_as_one() {
    let provider = with_policy(&json!({ "unused_clients": 2 })).await;
    let register = async |_| register_elsewhere(&provider, &public()).await.0;
    let statuses = futures_util::future::join_all((0..20).map(register)).await;
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    let other = json!({ "redirect_uris": ["https://app.example/cb"] });
    assert_eq!(register_elsewhere(&provider, &other).await.0, 201);
    assert_eq!(register_elsewhere(&provider, &other).await.0, 429);
}

#[tokio::test]
async fn where_there_is_no_room_who_needs_none_is_let_in() {
    let provider = with_policy(&json!({ "unused_clients": 1 })).await;
    let (_, first) = register_elsewhere(&provider, &public()).await;
    let (status, again) = register_elsewhere(&provider, &public()).await;
    assert_eq!((status, &again), (201, &first));
    let mut other = public();
    other["client_name"] = json!("Another");
    assert_eq!(register_elsewhere(&provider, &other).await.0, 429);
    let confidential = json!({ "redirect_uris": ["cursor://a/cb"] });
    assert_eq!(register_elsewhere(&provider, &confidential).await.0, 429);
    // A first one that the owner changed is no one else's any more.
    let owner = Owner::of(&provider).await;
    let path = format!("clients/{}", first["client_id"].as_str().unwrap());
    assert_eq!(owner.patch(&path, &json!({ "name": "Known" })).await.0, 200);
    assert_eq!(register_elsewhere(&provider, &public()).await.0, 429);
}

#[tokio::test]
async fn after_the_owner_has_taken_one_away_the_next_is_one_client_again() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let mut ids = BTreeSet::new();
    for turn in 0..6 {
        let id = register(&provider).await;
        assert_eq!(register(&provider).await, id, "one client again, time {turn}");
        let path = format!("clients/{id}");
        match turn % 3 {
            0 => assert_eq!(owner.delete(&path).await, 204),
            1 => assert_eq!(owner.patch(&path, &json!({ "disabled": true })).await.0, 200),
            _ => assert_eq!(owner.patch(&path, &json!({ "name": "Known" })).await.0, 200),
        }
        assert!(ids.insert(id), "what was taken away does not come back, time {turn}");
    }
    for turn in 6..12 {
        let id = register(&provider).await;
        assert_eq!(owner.delete(&format!("clients/{id}")).await, 204);
        assert!(ids.insert(id), "time {turn}");
    }
}

#[tokio::test]
async fn a_disabled_client_is_never_forgotten_nor_revived() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let disabled = register(&provider).await;
    let path = format!("clients/{disabled}");
    let (_, shown) = owner.patch(&path, &json!({ "disabled": true })).await;
    assert_eq!(shown.get("expires_at"), None, "{shown}");
    provider.advance(31 * DAY);
    let owner = Owner::of(&provider).await;
    assert_ne!(register(&provider).await, disabled);
    assert!(!is_known(&provider, &disabled).await);
    assert_eq!(owner.get(&path).await.1["disabled"], true);
    // Once it is enabled it is the owner's to keep.
    assert_eq!(owner.patch(&path, &json!({ "disabled": false })).await.0, 200);
    provider.advance(31 * DAY);
    assert!(is_known(&provider, &disabled).await);
    assert_eq!(register(&provider).await, disabled);
}

#[tokio::test]
async fn no_registration_overwrites_a_disabled_client_though_it_had_expired() {
    let provider = Provider::open_to_all().await;
    let t = provider.issuer.parse::<Issuer>().unwrap().tenant_id();
    let id = ClientId::parse(&register(&provider).await).unwrap();
    let store = provider.store();
    let new: Client = store.read(keys::client(&t, &id)).await.unwrap().unwrap();
    let past = Some(Timestamp(provider.now() - 1));
    let old = Client { is_disabled: true, expires_at: past, ..new.clone() };
    assert!(store.change_client(&t, old).await.unwrap().is_some());
    let outcome = store.register_client(&t, &new).await.unwrap();
    assert!(matches!(outcome, Registered::Taken(Some(found)) if found.is_disabled));
}

#[tokio::test]
async fn a_client_that_is_disabled_makes_no_room_until_it_is_deleted() {
    let policy = json!({ "unused_clients": 1, "unused_client_lifetime": 86_400 });
    let provider = with_policy(&policy).await;
    let (_, client) = register_elsewhere(&provider, &public()).await;
    let path = format!("clients/{}", client["client_id"].as_str().unwrap());
    assert_eq!(Owner::of(&provider).await.patch(&path, &json!({ "disabled": true })).await.0, 200);
    let confidential = json!({ "redirect_uris": ["https://app.example/cb"] });
    assert_eq!(register_elsewhere(&provider, &confidential).await.0, 429);
    provider.advance(3 * DAY);
    assert_eq!(register_elsewhere(&provider, &confidential).await.0, 429, "it is still there");
    assert_eq!(Owner::of(&provider).await.delete(&path).await, 204);
    assert_eq!(register_elsewhere(&provider, &confidential).await.0, 201);
    assert_eq!(register_elsewhere(&provider, &confidential).await.0, 429);
}

#[tokio::test]
async fn a_client_that_was_used_is_not_counted_when_it_is_disabled() {
    let policy = json!({ "unused_clients": 1, "unused_client_lifetime": 86_400 });
    let provider = with_policy(&policy).await;
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let (_, client) = register_elsewhere(&provider, &metadata).await;
    let used = RelyingParty::of(&provider, &client);
    let url = used.url(&[("response_type", "token"), ("scope", "openid")]);
    Browser::new(&provider).authorize(&url).await.fragment();
    let path = format!("clients/{}", used.client_id);
    let owner = Owner::of(&provider).await;
    assert_eq!(owner.patch(&path, &json!({ "disabled": true })).await.0, 200);
    assert_eq!(register_elsewhere(&provider, &metadata).await.0, 201);
    assert_eq!(register_elsewhere(&provider, &metadata).await.0, 429);
}

#[tokio::test]
async fn who_is_used_and_deleted_at_the_same_time_is_counted_out_once() {
    let provider = Provider::open_to_all().await;
    let t = provider.issuer.parse::<Issuer>().unwrap().tenant_id();
    let store = provider.store();
    let count = async || {
        let counts = store.read(keys::unused_clients(&t)).await.unwrap().unwrap_or_default();
        counts.count(Timestamp(provider.now()))
    };
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    for _ in 0..3 {
        register_elsewhere(&provider, &metadata).await;
    }
    for is_used_first in [true, false] {
        let (_, client) = register_elsewhere(&provider, &metadata).await;
        let id = ClientId::parse(client["client_id"].as_str().unwrap()).unwrap();
        // As both of them read it before either writes.
        let read: Client = store.read(keys::client(&t, &id)).await.unwrap().unwrap();
        assert_eq!((read.last_used_on, count().await), (None, 4));
        if is_used_first {
            let used = store.note_use(&t, &read).await.unwrap();
            assert_eq!(used, Use::First);
            store.uncount(&t, &read, used).await;
            store.delete_client(&t, &id).await.unwrap();
        } else {
            store.delete_client(&t, &id).await.unwrap();
            let used = store.note_use(&t, &read).await.unwrap();
            assert_eq!(used, Use::Refused);
            store.uncount(&t, &read, used).await;
        }
        store.delete_client(&t, &id).await.unwrap();
        assert_eq!(count().await, 3, "used first: {is_used_first}");
    }
}
