//! From registration to oblivion: unused clients expire, used ones stay, the same public client is one client.

use crate::harness::{Browser, Provider, RelyingParty, http, send_from};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const DAY: Duration = Duration::from_hours(24);
const ELSEWHERE: &str = "203.0.113.7";

async fn with_policy(policy: Value) -> Provider {
    let provider = Provider::open_to_all().await;
    let change = json!({ "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&change).await.status(), 200, "{change}");
    provider
}

async fn is_known(provider: &Provider, client_id: &str) -> bool {
    let query = "response_type=code&redirect_uri=https://app.example/cb";
    let page = provider.get(&format!("authorize?client_id={client_id}&{query}")).await;
    !page.text().await.unwrap().contains("not registered here")
}

async fn register_elsewhere(provider: &Provider, name: &str) -> (u16, Value) {
    let metadata = json!({ "client_name": name, "redirect_uris": ["https://app.example/cb"] });
    let request = http().post(provider.url("oidc/register")).json(&metadata).build().unwrap();
    let response = send_from(provider, request, ELSEWHERE).await;
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body().as_ref()).unwrap())
}

#[tokio::test]
async fn a_client_that_nobody_uses_is_forgotten_after_thirty_days_to_the_second() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    provider.advance(Duration::from_secs(30 * 86_400 - 1));
    assert!(is_known(&provider, &client.client_id).await);
    provider.advance(Duration::from_secs(1));
    assert!(!is_known(&provider, &client.client_id).await);
}

#[tokio::test]
async fn its_first_token_keeps_a_client_for_good() {
    for response_type in ["code", "token"] {
        let provider = Provider::open_to_all().await;
        let client = RelyingParty::register_public(&provider).await;
        let mut browser = Browser::new(&provider);
        provider.advance(29 * DAY);
        if response_type == "code" {
            let url = client.code_url(&[("scope", "openid")]);
            let code = browser.authorize(&url).await.query()["code"].clone();
            let tokens = provider.post_form("oauth/token", &client.exchange(&code)).await;
            assert_eq!(tokens.status(), 200);
        } else {
            let url = client.url(&[("response_type", response_type), ("scope", "openid")]);
            assert!(browser.authorize(&url).await.fragment().contains_key("access_token"));
        }
        provider.advance(3_000 * DAY);
        assert!(is_known(&provider, &client.client_id).await, "{response_type}");
    }
}

#[tokio::test]
async fn a_code_alone_keeps_no_client() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", "openid")]);
    Browser::new(&provider).authorize(&url).await;
    provider.advance(30 * DAY);
    assert!(!is_known(&provider, &client.client_id).await);
}

#[tokio::test]
async fn the_owner_decides_how_long_unused_clients_are_kept() {
    let provider = with_policy(json!({ "unused_client_lifetime": 60 })).await;
    let client = RelyingParty::register(&provider).await;
    provider.advance(Duration::from_mins(1));
    assert!(!is_known(&provider, &client.client_id).await);

    let provider = with_policy(json!({ "unused_client_lifetime": 0 })).await;
    let client = RelyingParty::register(&provider).await;
    provider.advance(3_000 * DAY);
    assert!(is_known(&provider, &client.client_id).await);
}

#[tokio::test]
async fn there_are_only_so_many_unused_clients_and_use_and_expiry_make_room() {
    let policy = json!({ "unused_clients": 3, "unused_client_lifetime": 10 * 86_400 });
    let provider = with_policy(policy).await;
    let mut clients = Vec::new();
    for name in ["a", "b", "c"] {
        let (status, client) = register_elsewhere(&provider, name).await;
        assert_eq!(status, 201, "{client}");
        clients.push(client);
    }
    let (status, refused) = register_elsewhere(&provider, "d").await;
    assert_eq!((status, &refused["error"]), (429, &json!("temporarily_unavailable")));

    let used = RelyingParty::of(&provider, &clients[0]);
    let url = used.url(&[("response_type", "token"), ("scope", "openid")]);
    for _ in 0..2 {
        // The second use makes no more room.
        Browser::new(&provider).authorize(&url).await.fragment();
        provider.advance(DAY);
    }
    assert_eq!(register_elsewhere(&provider, "d").await.0, 201);
    assert_eq!(register_elsewhere(&provider, "e").await.0, 429);
    provider.advance(9 * DAY);
    for (name, status) in [("f", 201), ("g", 201), ("h", 429)] {
        assert_eq!(register_elsewhere(&provider, name).await.0, status, "{name}");
    }
}

#[tokio::test]
async fn a_tenant_takes_only_so_many_registrations_in_a_minute_from_all_sources_together() {
    let provider = with_policy(json!({ "registrations_per_tenant": 5 })).await;
    let register = async |host: u8| {
        let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
        let request = http().post(provider.url("oidc/register")).json(&metadata).build().unwrap();
        send_from(&provider, request, &format!("203.0.113.{host}")).await
    };
    for host in 0..5 {
        assert_eq!(register(host).await.status(), 201);
    }
    let refused = register(5).await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    provider.advance(Duration::from_secs(wait));
    assert_eq!(register(6).await.status(), 201);
}

#[tokio::test]
async fn a_flood_is_refused_without_asking_the_table_each_time() {
    let provider = with_policy(json!({ "registrations_per_source": 1 })).await;
    for status in [201, 429] {
        assert_eq!(register_elsewhere(&provider, "a").await.0, status);
    }
    provider.round_trips.take();
    assert_eq!(register_elsewhere(&provider, "a").await.0, 429);
    assert_eq!(provider.round_trips.take(), (2, 1), "the settings, and the tenant's counter");
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
        let provider = with_policy(policy.clone()).await;
        let metadata =
            json!({ "redirect_uris": ["cursor://a/cb"], "token_endpoint_auth_method": "none" });
        let (one, other) = (provider.register(&metadata).await, provider.register(&metadata).await);
        assert_ne!(one["client_id"], other["client_id"], "{policy}");
        let tokens = [&one, &other].map(|client| client.get("registration_access_token"));
        assert!(tokens[0].is_none() || tokens[0] != tokens[1], "{policy}");
    }
}

#[tokio::test]
async fn of_many_who_register_the_same_at_once_all_get_the_same_client() {
    let provider = Provider::open_to_all().await;
    let metadata =
        json!({ "redirect_uris": ["cursor://a/cb"], "token_endpoint_auth_method": "none" });
    let register = async |_| provider.register(&metadata).await["client_id"].to_string();
    let ids = futures_util::future::join_all((0..100).map(register)).await;
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1);
}

#[tokio::test]
async fn an_unused_client_that_expired_can_register_again() {
    let provider = Provider::open_to_all().await;
    let metadata =
        json!({ "redirect_uris": ["cursor://a/cb"], "token_endpoint_auth_method": "none" });
    let first = provider.register(&metadata).await;
    provider.advance(31 * DAY);
    let again = provider.register(&metadata).await;
    assert_eq!(first["client_id"], again["client_id"]);
    assert_ne!(first["client_id_issued_at"], again["client_id_issued_at"]);
}

#[tokio::test]
async fn two_thousand_at_once_are_all_registered_each_with_an_id_of_its_own() {
    let provider = Provider::open_to_all().await;
    let client = http();
    let register = async |number: usize| {
        let metadata = json!({ "client_name": format!("{number}"), "redirect_uris": ["https://app.example/cb"] });
        let request = client.post(provider.url("oidc/register")).json(&metadata);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 201, "{number}");
        let body: Value = response.json().await.unwrap();
        let id = body["client_id"].as_str().unwrap().to_owned();
        assert!(is_known(&provider, &id).await, "readable at once");
        id
    };
    let ids = futures_util::future::join_all((0..2_000).map(register)).await;
    assert_eq!(ids.into_iter().collect::<BTreeSet<_>>().len(), 2_000);
}
