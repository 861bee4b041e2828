//! What happens when KMS does not do what it should: nothing is spent, nothing is signed otherwise, and whoever asked
//! is told to try again.

use crate::harness::{API, Browser, Provider, RelyingParty, Trouble, http};
use reqwest::Response;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Everything that KMS says when a key can't be used, with the status that it says it by, and whether trying again
/// soon may help, so that the SDK does.
const TROUBLES: [(&str, u16, bool); 10] = [
    ("ThrottlingException", 400, true),
    ("DependencyTimeoutException", 500, true),
    ("KMSInternalException", 500, true),
    ("KeyUnavailableException", 500, true),
    ("DisabledException", 400, false),
    ("KMSInvalidStateException", 400, false),
    ("NotFoundException", 400, false),
    ("AccessDeniedException", 400, false),
    ("InvalidKeyUsageException", 400, false),
    ("InvalidGrantTokenException", 400, false),
];

async fn is_503(response: Response) {
    assert_eq!(response.status(), 503, "{}", response.url());
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=5).contains(&wait));
    let body = response.text().await.unwrap();
    assert!(!body.contains("detail") && !body.contains("Exception"), "{body}");
    assert!(body.contains("temporarily_unavailable"), "{body}");
}

#[tokio::test]
async fn whatever_kms_says_the_code_stays_good_and_the_answer_is_to_try_again() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    for (error, status, is_repeated) in TROUBLES {
        provider.aws.trouble("Sign", Some(Trouble::Error(error, status)));
        provider.kms_round_trips.take();
        is_503(provider.post_form("oauth/token", &client.exchange(&code)).await).await;
        let (calls, _) = provider.kms_round_trips.take();
        assert_eq!(calls > 2, is_repeated, "{error}: {calls} calls for two signatures");
    }
    provider.aws.trouble("Sign", None);
    let response = provider.post_form("oauth/token", &client.exchange(&code)).await;
    let tokens: Value = response.json().await.unwrap();
    client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn a_silent_kms_is_given_up_within_the_time_that_a_function_has() {
    let provider = Provider::start().await;
    provider.aws.trouble("Sign", Some(Trouble::Silence));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("audience", provider.management("audience")),
    ];
    #[expect(clippy::disallowed_methods, reason = "the SDK's time-outs know no other clock")]
    let began = Instant::now();
    is_503(provider.post_form("oauth/token", &form).await).await;
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_is_signed_already_is_verified_without_kms() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "token"), ("scope", "openid")]);
    let mut browser = Browser::new(&provider);
    let token = browser.authorize(&url).await.fragment()["access_token"].clone();
    let management = provider.management_token(None).await;
    for operation in ["Sign", "Decrypt"] {
        provider.aws.trouble(operation, Some(Trouble::Error("KMSInternalException", 500)));
    }
    provider.kms_round_trips.take();
    assert_eq!(provider.get(".well-known/jwks.json").await.status(), 200);
    assert_eq!(provider.get(".well-known/openid-configuration").await.status(), 200);
    let userinfo = http().get(provider.url("userinfo")).bearer_auth(&token);
    assert_eq!(userinfo.send().await.unwrap().status(), 200);
    let settings = http().get(provider.url("api/v2/tenants/settings")).bearer_auth(&management);
    assert_eq!(settings.send().await.unwrap().status(), 200);
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    assert_eq!(provider.post_json("oidc/register", &metadata).await.status(), 201);
    assert_eq!(provider.kms_round_trips.take(), (0, 0));
}

#[tokio::test]
async fn a_browser_is_sent_back_with_the_error_and_can_try_again() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")]);
    let mut browser = Browser::new(&provider);
    browser.authorize(&url).await.fragment();
    provider.aws.trouble("Sign", Some(Trouble::Error("KMSInvalidStateException", 400)));
    let answer = browser.landing(&url).await.fragment();
    assert_eq!(answer["error"], "temporarily_unavailable");
    provider.aws.trouble("Sign", None);
    assert!(browser.landing(&url).await.fragment().contains_key("id_token"));
}
