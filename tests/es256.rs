//! ES256 beside RS256: keys for both are published together, clients choose by registration, the owner for access
//! tokens. Signatures are verified by `jsonwebtoken`, which shares no code with the product.

use crate::harness::{API, Browser, Owner, Provider, RelyingParty, http};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, decode_header};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const DAY: Duration = Duration::from_hours(24);

async fn get(provider: &Provider, path: &str) -> Value {
    // What is cached is as old as this.
    provider.advance(Duration::from_secs(30));
    provider.get(path).await.json().await.unwrap()
}

/// A client that wants all that is signed to it signed with ES256.
async fn register(provider: &Provider) -> RelyingParty<'_> {
    let metadata =
        json!({ "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "ES256" });
    let mut client = RelyingParty::register_as(provider, metadata).await;
    client.alg = Algorithm::ES256;
    client
}

/// The ID Token and the access token of a new sign-in.
async fn tokens(provider: &Provider, client: &RelyingParty<'_>) -> (String, String) {
    let url = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let code = Browser::new(provider).authorize(&url).await.query()["code"].clone();
    let response = provider.post_form("oauth/token", &client.exchange(&code)).await;
    let tokens: Value = response.json().await.unwrap();
    let text = |member: &str| tokens[member].as_str().expect(member).to_owned();
    (text("id_token"), text("access_token"))
}

async fn userinfo(provider: &Provider, token: &str) -> reqwest::Response {
    http().get(provider.url("userinfo")).bearer_auth(token).send().await.unwrap()
}

#[tokio::test]
async fn without_keys_for_it_es256_is_not_promised_and_cannot_be_registered() {
    let provider = Provider::open_to_all().await;
    let document = get(&provider, ".well-known/openid-configuration").await;
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["RS256", "HS256"]));
    assert_eq!(document["userinfo_signing_alg_values_supported"], json!(["RS256"]));
    let owner = Owner::of(&provider).await;
    for member in ["id_token_signed_response_alg", "userinfo_signed_response_alg"] {
        let metadata = json!({ "redirect_uris": ["https://app.example/cb"], (member): "ES256" });
        let response = provider.post_json("oidc/register", &metadata).await;
        assert_eq!(response.status(), 400);
        let refusal: Value = response.json().await.unwrap();
        let expected =
            format!("{member} ES256 is not supported, since this tenant has no key for it");
        assert_eq!(refusal["error"], "invalid_client_metadata");
        assert_eq!(refusal["error_description"], expected);
    }
    let client = json!({
        "name": "A", "callbacks": ["https://app.example/cb"], "jwt_configuration": { "alg": "ES256" },
    });
    let (status, refusal) = owner.post("clients", &client).await;
    assert_eq!((status, &refusal["errorCode"]), (400, &json!("invalid_body")));
    let setting = provider.change_settings(&json!({ "signing_alg": "ES256" })).await;
    assert_eq!(setting.status(), 400);
}

#[tokio::test]
async fn keys_for_both_are_published_together_and_each_client_gets_what_it_registered() {
    let provider = Provider::open_to_all().await;
    provider.add_es256().await;
    let document = get(&provider, ".well-known/openid-configuration").await;
    let algorithms = json!(["RS256", "ES256", "HS256"]);
    assert_eq!(document["id_token_signing_alg_values_supported"], algorithms);
    assert_eq!(document["userinfo_signing_alg_values_supported"], json!(["RS256", "ES256"]));
    let published = get(&provider, ".well-known/jwks.json").await;
    let keys = published["keys"].as_array().unwrap();
    let kids: BTreeSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!((keys.len(), kids.len()), (4, 4));
    for key in &keys[2..] {
        let members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"], "and nothing private");
        let described = (&key["alg"], &key["crv"], &key["kty"], &key["use"]);
        assert_eq!(described, (&json!("ES256"), &json!("P-256"), &json!("EC"), &json!("sig")));
    }

    let (modern, plain) = (register(&provider).await, RelyingParty::register(&provider).await);
    for client in [&modern, &plain] {
        let (id_token, access_token) = tokens(&provider, client).await;
        client.verify_id_token(&id_token).await;
        client.verify_access_token(&access_token).await;
        let answer = userinfo(&provider, &access_token).await;
        assert_eq!(answer.status(), 200);
        if client.alg == Algorithm::ES256 {
            client.verify_userinfo(&answer.text().await.unwrap()).await;
        }
        // Signed by whichever key, it is known again as a hint.
        let mut browser = Browser::new(&provider);
        let url = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
        browser.authorize(&url).await;
        let silent = url + "&prompt=none&id_token_hint=" + &id_token;
        assert!(browser.landing(&silent).await.query().contains_key("code"));
    }
    // Through the browser likewise, with the hash of its access token.
    let url =
        modern.url(&[("response_type", "id_token token"), ("scope", "openid"), ("nonce", "n")]);
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    let claims = modern.verify_id_token(&answer["id_token"]).await;
    assert_eq!(claims["at_hash"], crate::harness::left_half_hash(&answer["access_token"]));
}

#[tokio::test]
async fn the_owner_has_access_tokens_signed_with_it_once_every_verifier_can_know_the_key() {
    let provider = Provider::open_to_all().await;
    provider.add_es256().await;
    let setting = json!({ "signing_alg": "ES256" });
    provider.advance(Duration::from_secs(24 * 60 * 60 - 1));
    let refusal = provider.change_settings(&setting).await;
    assert_eq!(refusal.status(), 400);
    assert!(refusal.text().await.unwrap().contains("24 hours"));
    provider.advance(Duration::from_secs(1));
    assert_eq!(provider.change_settings(&setting).await.status(), 200);
    assert_eq!(provider.change_settings(&json!({ "signing_alg": "PS256" })).await.status(), 400);

    let client = RelyingParty::register(&provider).await;
    let (id_token, access_token) = tokens(&provider, &client).await;
    client.verify_id_token(&id_token).await;
    client.verify_access_token_by(Algorithm::ES256, &access_token).await;
    assert_eq!(userinfo(&provider, &access_token).await.status(), 200);
    let management = provider.management_token(None).await;
    assert_eq!(decode_header(&management).unwrap().alg, Algorithm::ES256);
    assert_eq!(provider.settings().await["signing_alg"], "ES256");
    let owner = Owner::of(&provider).await;
    let (_, apis) = owner.get("resource-servers").await;
    assert!(apis.as_array().unwrap().iter().all(|api| api["signing_alg"] == "ES256"), "{apis}");

    let back = json!({ "signing_alg": "RS256" });
    assert_eq!(provider.change_settings(&back).await.status(), 200);
    assert_eq!(
        userinfo(&provider, &access_token).await.status(),
        200,
        "what was signed stays good"
    );
    let (_, access_token) = tokens(&provider, &client).await;
    client.verify_access_token(&access_token).await;
}

#[tokio::test]
async fn a_token_is_verified_by_the_key_it_names_with_the_algorithm_of_that_key() {
    let provider = Provider::open_to_all().await;
    provider.add_es256().await;
    provider.advance(DAY);
    let client = RelyingParty::register(&provider).await;
    let (_, by_rsa) = tokens(&provider, &client).await;
    let setting = json!({ "signing_alg": "ES256" });
    assert_eq!(provider.change_settings(&setting).await.status(), 200);
    let (_, by_ec) = tokens(&provider, &client).await;
    let header = |token: &str| -> Value {
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice(&header).unwrap()
    };
    let with = |token: &str, member: &str, value: &Value| {
        let mut header = header(token);
        header[member] = value.clone();
        let rest = token.split_once('.').unwrap().1;
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
    };
    let (rsa, ec) = (header(&by_rsa), header(&by_ec));
    assert_ne!(rsa["kid"], ec["kid"]);
    for token in [
        with(&by_ec, "alg", &json!("RS256")),
        with(&by_rsa, "alg", &json!("ES256")),
        with(&by_ec, "kid", &rsa["kid"]),
        with(&by_rsa, "kid", &ec["kid"]),
        with(&by_ec, "alg", &json!("none")),
        with(&by_ec, "alg", &json!("HS256")),
    ] {
        assert_eq!(userinfo(&provider, &token).await.status(), 401, "{:?}", header(&token));
    }
    for token in [by_rsa, by_ec] {
        assert_eq!(userinfo(&provider, &token).await.status(), 200);
    }
}

#[tokio::test]
async fn keys_in_files_sign_as_well_and_are_found_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let first = Provider::start_with(&["--port", "0", "--data-dir", path, "--es256"]).await;
    let flags = json!({ "flags": { "enable_dynamic_client_registration": true } });
    assert_eq!(first.change_settings(&flags).await.status(), 200);
    let port = first.port.to_string();
    first.stop().await;
    let again = Provider::start_with(&["--port", &port, "--data-dir", path, "--es256"]).await;
    assert_eq!(get(&again, ".well-known/jwks.json").await["keys"].as_array().unwrap().len(), 4);
    let client = register(&again).await;
    let (id_token, access_token) = tokens(&again, &client).await;
    client.verify_id_token(&id_token).await;
    client.verify_access_token(&access_token).await;
}
