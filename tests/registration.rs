use crate::harness::{Provider, http};
use serde_json::{Value, json};

const METADATA: &str = r#"{"redirect_uris":["https://app.example/cb"]}"#;

async fn post(provider: &Provider, content_type: &str, body: impl Into<String>) -> (u16, Value) {
    let request = http().post(provider.url("oidc/register")).header("content-type", content_type);
    let response = request.body(body.into()).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn while_it_is_off_nobody_can_register_and_both_kinds_of_client_can_read_why() {
    let provider = Provider::start().await;
    let description = "dynamic client registration is disabled for this tenant";
    let expected = json!({ "error": "access_denied", "error_description": description, "statusCode": 403, "message": description });
    for body in [METADATA, "not even JSON"] {
        assert_eq!(post(&provider, "application/json", body).await, (403, expected.clone()));
    }
}

#[tokio::test]
async fn a_change_of_the_flag_holds_for_the_very_next_registration() {
    let provider = Provider::start().await;
    for is_on in [true, false, true, false] {
        let flags = json!({ "flags": { "enable_dynamic_client_registration": is_on } });
        provider.change_settings(&flags).await;
        let (status, _) = post(&provider, "application/json", METADATA).await;
        assert_eq!(status, if is_on { 201 } else { 403 });
    }
}

#[tokio::test]
async fn the_original_request_is_answered_with_everything_that_was_registered() {
    let provider = Provider::open_to_all().await;
    let client = provider.register(&json!({ "client_name": "My Dynamic application", "redirect_uris": ["https://application.example/callback", "https://application.example/other"] })).await;
    let (id, secret) =
        (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let is_alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(id.len() == 32 && is_alphanumeric(id), "{id}");
    assert!(secret.len() == 64 && is_alphanumeric(secret));
    assert!(client["client_id_issued_at"].is_i64());
    assert_eq!(client["client_secret_expires_at"], 0);
    assert_eq!(client["client_name"], "My Dynamic application");
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_post");
    assert_eq!(client["grant_types"], json!(["authorization_code", "implicit", "refresh_token"]));
    assert_eq!(
        client["redirect_uris"],
        json!(["https://application.example/callback", "https://application.example/other"])
    );
}

#[tokio::test]
async fn a_public_client_gets_no_secret_and_no_expiry_of_one() {
    let provider = Provider::open_to_all().await;
    let client = provider.register(&json!({ "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" })).await;
    assert_eq!((client.get("client_secret"), client.get("client_secret_expires_at")), (None, None));
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_there_and_what_cannot_be_asked_for_is_ignored() {
    let provider = Provider::open_to_all().await;
    let client = provider.register(&json!({
        "redirect_uris": ["https://app.example/cb"], "client_id": "mine", "client_secret": "mine",
        "is_first_party": true, "client_grants": { "x": "y" }, "pk": "TENANT#x", "logo_uri": null,
    })).await;
    let members: Vec<_> = client.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "application_type",
            "client_id",
            "client_id_issued_at",
            "client_secret",
            "client_secret_expires_at",
            "grant_types",
            "id_token_signed_response_alg",
            "redirect_uris",
            "response_types",
            "subject_type",
            "token_endpoint_auth_method"
        ]
    );
    assert_ne!(client["client_id"], "mine");
    assert_ne!(client["client_secret"], "mine");
}

#[tokio::test]
async fn strict_mode_gives_other_ids_and_only_codes() {
    let provider = Provider::open_to_all().await;
    provider
        .change_settings(&json!({ "dynamic_client_registration_security_mode": "strict" }))
        .await;
    let client = provider.register(&json!({ "redirect_uris": ["https://app.example/cb"] })).await;
    let id = client["client_id"].as_str().unwrap();
    assert!(id.len() == 26 && id.starts_with("tpc_"), "{id}");
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["response_types"], json!(["code"]));
}

#[tokio::test]
async fn bodies_that_are_no_registration_are_refused() {
    let provider = Provider::open_to_all().await;
    let too_big =
        format!("{{\"redirect_uris\":[\"https://app.example/{}\"]}}", "a".repeat(32 * 1024));
    for (content_type, body, status, error) in [
        ("application/json", "{", 400, "invalid_client_metadata"),
        ("application/json", "[]", 400, "invalid_client_metadata"),
        (
            "application/json",
            r#"{"redirect_uris":[],"redirect_uris":[]}"#,
            400,
            "invalid_client_metadata",
        ),
        ("application/json", "{}", 400, "invalid_redirect_uri"),
        (
            "application/json",
            r#"{"redirect_uris":["http://app.example/cb"]}"#,
            400,
            "invalid_redirect_uri",
        ),
        (
            "application/json",
            r#"{"redirect_uris":["https://app.example/cb#fragment"]}"#,
            400,
            "invalid_redirect_uri",
        ),
        (
            "application/json",
            r#"{"redirect_uris":["javascript:alert(1)"]}"#,
            400,
            "invalid_redirect_uri",
        ),
        (
            "application/json",
            r#"{"redirect_uris":["https://app.example/cb"],"client_uri":"x"}"#,
            400,
            "invalid_client_metadata",
        ),
        ("application/json", &too_big, 413, "invalid_request"),
        ("text/plain", METADATA, 415, "invalid_request"),
        ("application/x-www-form-urlencoded", METADATA, 415, "invalid_request"),
        ("application/json; charset=utf-8", METADATA, 201, ""),
    ] {
        let (answered, answer) = post(&provider, content_type, body).await;
        assert_eq!(answered, status, "{content_type} {body:.80}");
        assert_eq!(
            answer["error"].as_str().unwrap_or_default(),
            error,
            "{content_type} {body:.80}"
        );
    }
}

#[tokio::test]
async fn descriptions_keep_to_the_characters_of_rfc_6749_and_do_not_quote() {
    let provider = Provider::open_to_all().await;
    for body in [
        r#"{"redirect_uris":["\"quoted\\\u00fc\n"]}"#,
        r#"{"client_name":"\u0000","redirect_uris":["https://app.example/"]}"#,
    ] {
        let (status, error) = post(&provider, "application/json", body).await;
        assert_eq!(status, 400);
        let description = error["error_description"].as_str().unwrap();
        let is_allowed = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        assert!(
            description.chars().all(is_allowed) && !description.contains("quoted"),
            "{description}"
        );
    }
}

#[tokio::test]
async fn a_malformed_authorization_header_changes_nothing_on_the_open_endpoint() {
    let provider = Provider::open_to_all().await;
    for authorization in ["", "Bearer", "Bearer ,", "\u{fc}"] {
        let request =
            http().post(provider.url("oidc/register")).header("content-type", "application/json");
        let response =
            request.header("authorization", authorization).body(METADATA).send().await.unwrap();
        assert_eq!(response.status(), 201, "{authorization:?}");
    }
}

#[tokio::test]
async fn registrations_at_the_same_time_all_succeed_with_ids_of_their_own() {
    let provider = Provider::open_to_all().await;
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let mut ids = std::collections::BTreeSet::new();
    let mut under_way = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let request = http().post(provider.url("oidc/register")).json(&metadata);
        under_way
            .spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() });
    }
    while let Some(client) = under_way.join_next().await {
        ids.insert(client.unwrap()["client_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 50);
}
