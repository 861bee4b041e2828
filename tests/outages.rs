//! What happens when DynamoDB does not answer: never a definite "no", never a detail, and nothing is lost.

use crate::harness::{Browser, Provider, RelyingParty, http};
use reqwest::Response;
use serde_json::{Value, json};
use std::time::Duration;

const ALL: [&str; 3] = ["BatchGetItem", "PutItem", "UpdateItem"];

async fn is_503(response: Response) -> String {
    assert_eq!(response.status(), 503, "{}", response.url());
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=5).contains(&wait));
    let body = response.text().await.unwrap();
    assert!(!body.contains("outage"), "{body}");
    body
}

#[tokio::test]
async fn every_endpoint_says_to_try_again() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "token"), ("scope", "openid")]);
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url).await;
    let token = browser.authorize(&url).await.fragment()["access_token"].clone();
    let management = provider.management_token(None).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "a"),
        ("client_secret", "b"),
        ("audience", "c"),
    ];
    provider.advance(Duration::from_secs(30));
    provider.outage.of(&ALL);

    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    for response in [
        provider.get(".well-known/jwks.json").await,
        provider.get(".well-known/openid-configuration").await,
        provider.post_json("oidc/register", &metadata).await,
        provider.post_form("oauth/token", &form).await,
        provider.post_form("oauth/par", &form).await,
        provider.post_form("oauth/revoke", &[("client_id", "a"), ("token", "b")]).await,
        provider.post_form("oauth/introspect", &[("client_id", "a"), ("token", "b")]).await,
        http().get(provider.url("userinfo")).bearer_auth(&token).send().await.unwrap(),
    ] {
        let body: Value = serde_json::from_str(&is_503(response).await).unwrap();
        assert_eq!(body["error"], "temporarily_unavailable");
    }
    let settings = http().get(provider.url("api/v2/tenants/settings")).bearer_auth(&management);
    let body: Value = serde_json::from_str(&is_503(settings.send().await.unwrap()).await).unwrap();
    assert_eq!(
        (&body["statusCode"], &body["errorCode"]),
        (&json!(503), &json!("temporarily_unavailable"))
    );
    for page in [
        provider.url(""),
        url.clone(),
        login.url.to_string(),
        url.replace("/authorize", "/u/consent"),
    ] {
        let body = is_503(browser.request(&page, None).await).await;
        assert!(body.contains("<code>temporarily_unavailable</code>"), "{body}");
    }
}

#[tokio::test]
async fn keys_and_discovery_go_on_being_published_while_they_are_fresh() {
    let provider = Provider::start().await;
    provider.get(".well-known/jwks.json").await;
    provider.outage.of(&ALL);
    assert_eq!(provider.get(".well-known/jwks.json").await.status(), 200);
    assert_eq!(provider.get(".well-known/openid-configuration").await.status(), 200);
}

#[tokio::test]
async fn a_registration_that_could_not_be_kept_is_not_acknowledged() {
    let provider = Provider::open_to_all().await;
    provider.outage.of(&["PutItem"]);
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    is_503(provider.post_json("oidc/register", &metadata).await).await;
}

#[tokio::test]
async fn a_code_outlives_an_outage_at_any_step_of_its_exchange() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let landing = Browser::new(&provider).authorize(&client.code_url(&[("scope", "openid")])).await;
    let code = landing.query()["code"].clone();
    for operation in ALL {
        provider.outage.of(&[operation]);
        is_503(provider.post_form("oauth/token", &client.exchange(&code)).await).await;
    }
    provider.outage.of(&[]);
    assert_eq!(provider.post_form("oauth/token", &client.exchange(&code)).await.status(), 200);
}

#[tokio::test]
async fn what_the_user_did_but_could_not_be_kept_can_be_done_again() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&client.url(&[("response_type", "token"), ("scope", "openid")])).await;
    provider.outage.of(&["PutItem"]);
    assert_eq!(browser.sign_in(&login).await.page().status, 503);
    provider.outage.of(&[]);
    let consent = browser.sign_in(&login).await.page();
    provider.outage.of(&["PutItem"]);
    assert_eq!(browser.submit(&consent, &[("allow", "true")]).await.page().status, 503);
    provider.outage.of(&[]);
    browser.submit(&consent, &[("allow", "true")]).await.landing().fragment();
}

#[tokio::test]
async fn whoever_could_not_sign_in_again_can_try_once_more() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "token"), ("scope", "openid")]);
    let mut browser = Browser::new(&provider);
    browser.authorize(&url).await;
    for failing in ["PutItem", "DeleteItem"] {
        let again = format!("{url}&prompt=login");
        let login = browser.page(&again).await;
        provider.outage.of(&[failing]);
        assert_eq!(browser.sign_in(&login).await.page().status, 503, "{failing}");
        provider.outage.of(&[]);
        let login = browser.page(&again).await;
        browser.sign_in(&login).await.landing().fragment();
    }
}
