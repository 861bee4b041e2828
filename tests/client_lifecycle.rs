//! From registration to oblivion: unused clients expire, used ones stay.

use crate::harness::{Browser, Owner, Provider, RelyingParty, http, send_from};
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
async fn clients_that_are_kept_for_an_hour_make_room_after_it() {
    let policy = json!({ "unused_clients": 1, "unused_client_lifetime": 3_600 });
    let provider = with_policy(policy).await;
    assert_eq!(register_elsewhere(&provider, "a").await.0, 201);
    provider.advance(Duration::from_secs(3_599));
    assert_eq!(register_elsewhere(&provider, "b").await.0, 429);
    provider.advance(Duration::from_secs(1 + 3_600 / 24));
    assert_eq!(register_elsewhere(&provider, "b").await.0, 201);
    assert_eq!(register_elsewhere(&provider, "c").await.0, 429);
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
    assert_eq!(provider.round_trips.take(), (1, 1), "the settings");
}

#[tokio::test]
async fn a_limit_that_is_raised_lets_more_register_at_once() {
    let provider = with_policy(json!({ "registrations_per_source": 1 })).await;
    for status in [201, 429, 429] {
        assert_eq!(register_elsewhere(&provider, "a").await.0, status);
    }
    let policy = json!({ "registrations_per_source": 5 });
    let raised = json!({ "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&raised).await.status(), 200);
    // One is not counted, and two were before.
    for status in [201, 201, 201, 201, 429] {
        assert_eq!(register_elsewhere(&provider, "a").await.0, status);
    }
}

#[tokio::test]
async fn one_source_cannot_use_up_what_is_there_for_all() {
    let refused = "198.51.100.0/24";
    let policy = json!({
        "registrations_per_source": 1, "registrations_per_tenant": 3, "refused_ip_ranges": [refused],
    });
    let provider = with_policy(policy).await;
    let register = async |source: &str| {
        let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
        let request = http().post(provider.url("oidc/register")).json(&metadata).build().unwrap();
        send_from(&provider, request, source).await.status().as_u16()
    };
    assert_eq!(register(ELSEWHERE).await, 201);
    for host in 0..10 {
        assert_eq!(register(ELSEWHERE).await, 429, "over the limit of the source");
        assert_eq!(register(&format!("198.51.100.{host}")).await, 403, "of no use to anybody");
    }
    for (host, status) in [(8, 201), (9, 201), (10, 429)] {
        assert_eq!(register(&format!("203.0.113.{host}")).await, status);
    }
}

#[tokio::test]
async fn that_there_are_too_many_unused_clients_is_told_once_a_minute() {
    let provider = with_policy(json!({ "unused_clients": 1 })).await;
    assert_eq!(register_elsewhere(&provider, "a").await.0, 201);
    let events = async || {
        let owner = Owner::of(&provider).await;
        let (_, events) = owner.get("logs?q=type:api_limit").await;
        let events = events.as_array().unwrap().clone();
        assert!(events.iter().all(|event| event["details"]["limit"] == "unused_clients"));
        events.len()
    };
    for told in 1..=2 {
        for _ in 0..3 {
            assert_eq!(register_elsewhere(&provider, "b").await.0, 429);
        }
        assert_eq!(events().await, told);
        provider.advance(Duration::from_mins(1));
    }
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
