//! Limits for strangers: requests that come from elsewhere are counted, those of this machine are not.

use crate::harness::{Provider, RelyingParty, send_from};
use reqwest::Request;
use serde_json::{Value, json};
use std::time::Duration;

const ELSEWHERE: &str = "203.0.113.7";

fn register(provider: &Provider) -> Request {
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    crate::harness::http().post(provider.url("oidc/register")).json(&metadata).build().unwrap()
}

#[tokio::test]
async fn registrations_are_limited_by_source_and_told_how_long_to_wait() {
    let provider = Provider::open_to_all().await;
    for _ in 0..60 {
        assert_eq!(send_from(&provider, register(&provider), ELSEWHERE).await.status(), 201);
    }
    let refused = send_from(&provider, register(&provider), ELSEWHERE).await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    let body: Value = serde_json::from_slice(refused.body().as_ref()).unwrap();
    assert_eq!(body["error"], "temporarily_unavailable");

    assert_eq!(send_from(&provider, register(&provider), "203.0.113.8").await.status(), 201);
    assert_eq!(send_from(&provider, register(&provider), "127.0.0.1").await.status(), 201);
    provider.advance(Duration::from_secs(wait));
    assert_eq!(send_from(&provider, register(&provider), ELSEWHERE).await.status(), 201);
}

#[tokio::test]
async fn all_addresses_of_a_network_of_ipv6_are_one_source() {
    let provider = Provider::open_to_all().await;
    let mut statuses = Vec::new();
    for host in 0..61 {
        let source = format!("2001:db8:1:2::{host:x}");
        statuses.push(send_from(&provider, register(&provider), &source).await.status().as_u16());
    }
    assert_eq!(statuses.pop(), Some(429));
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    assert_eq!(send_from(&provider, register(&provider), "2001:db8:1:3::1").await.status(), 201);
}

#[tokio::test]
async fn passwords_cannot_be_guessed_from_elsewhere_not_even_the_right_one() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = crate::harness::Browser::new(&provider);
    let login = browser.page(&client.url(&[("response_type", "token"), ("scope", "openid")])).await;
    let token = login.attribute(r#"name="csrf_token" value=""#);
    let attempt = |username: &str, password: &str| {
        let form = [("csrf_token", token.as_str()), ("username", username), ("password", password)];
        let request = crate::harness::http().post(login.url.clone()).form(&form);
        request.header("cookie", format!("browser={}", browser.cookies["browser"])).build().unwrap()
    };
    for _ in 0..10 {
        let response =
            send_from(&provider, attempt(provider.user("email"), "guess"), ELSEWHERE).await;
        assert_eq!(response.status(), 400);
    }
    let right = attempt(provider.user("email"), provider.user("password"));
    let response = send_from(&provider, right, "198.51.100.1").await;
    assert_eq!(response.status(), 429, "the account, wherever it is tried from");
    assert!(response.headers().contains_key("retry-after"));
    let html = String::from_utf8(response.body().as_ref().to_vec()).unwrap();
    assert!(html.contains("Too many attempts"), "{html}");
    let other = send_from(&provider, attempt("nobody@example.com", "guess"), ELSEWHERE).await;
    assert_eq!(other.status(), 400, "another account is still open");
    provider.advance(Duration::from_mins(5));
    let right = attempt(provider.user("email"), provider.user("password"));
    assert_eq!(send_from(&provider, right, "198.51.100.1").await.status(), 303);
}
