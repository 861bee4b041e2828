//! What happens when KMS does not do what it should: nothing is spent, nothing is signed otherwise, and whoever asked
//! is told to try again.

use crate::harness::{
    API, Browser, Owner, Provider, REDIRECT_URI, RelyingParty, Trouble, http, send_through,
};
use futures_util::future::join_all;
use local::gateway::Gateway;
use reqwest::Request;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Everything that KMS says when a key can't be used, and whether trying again soon may help, so that the SDK does.
const TROUBLES: [(Trouble, bool); 11] = [
    (Trouble::Error("ThrottlingException", 400), true),
    (Trouble::Error("DependencyTimeoutException", 500), true),
    (Trouble::Error("KMSInternalException", 500), true),
    (Trouble::Error("KeyUnavailableException", 500), true),
    (Trouble::Error("DisabledException", 400), false),
    (Trouble::Error("KMSInvalidStateException", 400), false),
    (Trouble::Error("NotFoundException", 400), false),
    (Trouble::Error("AccessDeniedException", 400), false),
    (Trouble::Error("InvalidKeyUsageException", 400), false),
    (Trouble::Error("InvalidGrantTokenException", 400), false),
    (Trouble::Silence, true),
];

/// An answer: its status, and what stands in its body or in the address that it leads to.
type Answer = (u16, &'static str);

/// To a program, to a user, and to a client by way of the user.
const JSON: Answer = (503, r#"{"error":"temporarily_unavailable","#);
const PAGE: Answer = (503, "<code>temporarily_unavailable</code>");
const REDIRECT: Answer = (303, "https://app.example/cb#error=temporarily_unavailable&");

/// What can't be done without KMS, what is answered while there is none, and what once it is back.
struct Row<'a> {
    name: &'static str,
    gateway: &'a Gateway,
    request: Request,
    refused: Answer,
    granted: Answer,
}

impl Row<'_> {
    /// The text of the answer, which must be `expected`.
    async fn is_answered(&self, expected: Answer, why: &str) -> String {
        let request = self.request.try_clone().unwrap();
        let answer = send_through(self.gateway, request, "127.0.0.1").await;
        let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
        let body = String::from_utf8(answer.body().as_ref().to_vec()).unwrap();
        let text = format!("{}{body}", header("location").unwrap_or_default());
        let (status, part) = expected;
        let is_expected = answer.status() == status && text.contains(part);
        assert!(is_expected, "{} {why}: {} {text}", self.name, answer.status());
        let wait = header("retry-after").map(|wait| wait.parse().unwrap());
        assert_eq!(wait.is_some_and(|wait: u64| (1..=5).contains(&wait)), status == 503, "{why}");
        for detail in ["detail", "Exception", "arn:"] {
            assert!(!text.contains(detail), "{} {why}: {text}", self.name);
        }
        body
    }
}

/// Codes, tokens and a session by which KMS is needed, and the rows of who has it sign with a process that is `warm`,
/// and of who has it unwrap the sealing key, with one that is `cold`.
async fn rows<'a>(
    provider: &Provider,
    client: &RelyingParty<'_>,
    (warm, cold): (&'a Gateway, &'a Gateway),
) -> Vec<Row<'a>> {
    let mut browser = Browser::new(provider);
    let for_api = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let first = browser.authorize(&for_api).await.query()["code"].clone();
    let second = browser.landing(&for_api).await.query()["code"].clone();
    let offline = client.code_url(&[("scope", "openid offline_access")]);
    let third = browser.authorize(&offline).await.query()["code"].clone();
    let tokens = provider.post_form("oauth/token", &client.exchange(&third)).await;
    let tokens: Value = tokens.json().await.unwrap();
    let token = |member: &str| tokens[member].as_str().unwrap();
    let renewal = [
        ("grant_type", "refresh_token"),
        ("client_id", client.client_id.as_str()),
        ("refresh_token", token("refresh_token")),
    ];
    let of_its_own = [
        ("grant_type", "client_credentials"),
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("audience", provider.management("audience")),
    ];
    let implicit =
        client.url(&[("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")]);
    let owner = Owner::of(provider).await;
    let (_, invitation) = owner.post("initial-access-tokens", &json!({ "max_uses": 1 })).await;
    let metadata = json!({ "redirect_uris": [REDIRECT_URI] });

    let exchange = |form: &[(&str, &str)]| http().post(provider.url("oauth/token")).form(form);
    let authorize =
        |url| http().get(url).header("cookie", format!("sid={}", browser.cookies["sid"]));
    let userinfo = http().get(provider.url("userinfo")).bearer_auth(token("access_token"));
    let register = http().post(provider.url("oidc/register")).json(&metadata);
    let register = register.bearer_auth(invitation["token"].as_str().unwrap());
    [
        ("a code", warm, exchange(&client.exchange(&first)), JSON, (200, r#""id_token":"#)),
        ("a refresh token", warm, exchange(&renewal), JSON, (200, r#""refresh_token":"#)),
        ("a client's own token", warm, exchange(&of_its_own), JSON, (200, r#""access_token":"#)),
        ("signed claims", warm, userinfo, JSON, (200, "eyJ")),
        ("an implicit flow", warm, authorize(implicit), REDIRECT, (303, "#id_token=")),
        ("a cold code", cold, exchange(&client.exchange(&second)), JSON, (200, r#""id_token":"#)),
        ("a cold session", cold, authorize(for_api), PAGE, (303, "https://app.example/cb?code=")),
        ("a cold registration", cold, register, JSON, (201, r#""client_id":"#)),
    ]
    .map(|(name, gateway, request, refused, granted)| {
        let request = request.build().unwrap();
        Row { name, gateway, request, refused, granted }
    })
    .into()
}

/// Whoever verifies needs no KMS.
async fn is_published(provider: &Provider, gateway: &Gateway) {
    for path in [".well-known/jwks.json", ".well-known/openid-configuration"] {
        let request = http().get(provider.url(path)).build().unwrap();
        assert_eq!(send_through(gateway, request, "127.0.0.1").await.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn whatever_kms_says_nothing_is_spent_and_the_answer_is_to_try_again() {
    let provider = Provider::open_to_all().await;
    let metadata = json!({
        "token_endpoint_auth_method": "none", "userinfo_signed_response_alg": "RS256",
    });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let policy = json!({ "dynamic_client_registration": { "admission": "initial_access_token" } });
    assert_eq!(provider.change_settings(&policy).await.status(), 200);
    let (warm, cold) = (&*provider.gateway, &provider.cold());
    let rows = rows(&provider, &client, (warm, cold)).await;

    for (trouble, is_repeated) in TROUBLES {
        let why = format!("{trouble:?}");
        for operation in ["Sign", "Decrypt"] {
            provider.aws.trouble(operation, Some(trouble));
        }
        provider.kms_round_trips.take();
        #[expect(clippy::disallowed_methods, reason = "the SDK's time-outs know no other clock")]
        let began = Instant::now();
        tokio::join!(
            join_all(rows.iter().map(|row| row.is_answered(row.refused, &why))),
            is_published(&provider, warm),
            is_published(&provider, cold),
        );
        assert!(began.elapsed() < Duration::from_secs(8), "{why}: {:?}", began.elapsed());
        let (calls, _) = provider.kms_round_trips.take();
        assert_eq!(calls > 6, is_repeated, "{why}: {calls} calls for six signatures");
    }

    for operation in ["Sign", "Decrypt"] {
        provider.aws.trouble(operation, None);
    }
    // When a refresh token that had been spent would be taken for a stolen one.
    provider.advance(Duration::from_secs(20));
    for row in &rows {
        let body = row.is_answered(row.granted, "once KMS is back").await;
        if row.name.ends_with("code") {
            let tokens: Value = serde_json::from_str(&body).unwrap();
            client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;
        }
    }
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
