//! Modules of the OpenID Foundation's certification: ID Tokens, the userinfo endpoint, codes and refresh tokens.

use crate::harness::{ClientKey, Module, Variant, certified, entropy, http};
use reqwest::Response;
use serde_json::{Value, json};
use std::time::Duration;

fn with_code() -> impl Iterator<Item = Variant> {
    Variant::all().into_iter().filter(|variant| variant.has("code"))
}

fn with_access_token() -> impl Iterator<Item = Variant> {
    Variant::all().into_iter().filter(|variant| variant.has_access_token())
}

/// Nothing but that the grant is worth nothing, as RFC 6749 §5.2 has it.
async fn is_invalid_grant(response: Response) {
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], "invalid_grant");
    let description = body["error_description"].as_str().unwrap();
    assert!(description.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\'));
}

/// The algorithm and the key's name are looked at wherever an ID Token is verified.
async fn id_tokens_are_signed_by_rs256(more: Value) {
    let provider = certified().await;
    for variant in Variant::all() {
        let outcome = Module::start_as(&provider, variant, more.clone()).await.succeeds(&[]).await;
        let expected = usize::from(variant.has("code")) + usize::from(variant.has("id_token"));
        assert_eq!(outcome.id_tokens.len(), expected, "{variant:?}");
    }
}

#[tokio::test]
async fn oidcc_idtoken_signature() {
    id_tokens_are_signed_by_rs256(json!({})).await;
}

#[tokio::test]
async fn oidcc_idtoken_rs256() {
    id_tokens_are_signed_by_rs256(json!({ "id_token_signed_response_alg": "RS256" })).await;
}

#[tokio::test]
async fn oidcc_idtoken_unsigned() {
    let provider = certified().await;
    let discovery: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    let algs = discovery["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(!algs.contains(&json!("none")), "then the module skips itself");
    let unsigned = json!({
        "redirect_uris": ["https://app.example/cb"], "id_token_signed_response_alg": "none",
    });
    let refused = provider.post_json("oidc/register", &unsigned).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_client_metadata");
}

#[tokio::test]
async fn oidcc_userinfo_get() {
    let provider = certified().await;
    for variant in with_access_token() {
        // It is asked wherever there is an access token.
        let outcome = Module::start(&provider, variant).await.succeeds(&[]).await;
        assert!(outcome.userinfo.is_some(), "{variant:?}");
    }
}

#[tokio::test]
async fn oidcc_userinfo_post_header() {
    let provider = certified().await;
    for variant in with_access_token() {
        let mut module = Module::start(&provider, variant).await;
        let outcome = module.succeeds(&[]).await;
        let request = http().post(provider.url("userinfo")).bearer_auth(&outcome.access_tokens[0]);
        assert_eq!(Some(module.userinfo(request, &outcome).await), outcome.userinfo);
    }
}

#[tokio::test]
async fn oidcc_userinfo_post_body() {
    let provider = certified().await;
    for variant in with_access_token() {
        let mut module = Module::start(&provider, variant).await;
        let outcome = module.succeeds(&[]).await;
        let form = [("access_token", &outcome.access_tokens[0])];
        let request = http().post(provider.url("userinfo")).form(&form);
        assert_eq!(Some(module.userinfo(request, &outcome).await), outcome.userinfo);
    }
}

#[tokio::test]
async fn oidcc_userinfo_rs256() {
    let provider = certified().await;
    let discovery: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    let algs = discovery["userinfo_signing_alg_values_supported"].as_array().unwrap();
    assert!(algs.contains(&json!("RS256")));
    for variant in with_access_token() {
        let signed = json!({ "userinfo_signed_response_alg": "RS256" });
        let mut module = Module::start_as(&provider, variant, signed).await;
        let outcome = module.succeeds(&[]).await;
        // Signature, issuer and audience were verified.
        let userinfo = outcome.userinfo.unwrap();
        assert_eq!((userinfo.get("nonce"), &userinfo["iss"]), (None, &json!(provider.issuer)));
        assert_eq!(userinfo["aud"], module.client.client_id);
        let request = http().get(provider.url("userinfo")).bearer_auth(&outcome.access_tokens[0]);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/jwt");
    }
}

#[tokio::test]
async fn oidcc_codereuse() {
    let provider = certified().await;
    for variant in with_code() {
        let mut module = Module::start(&provider, variant).await;
        let outcome = module.succeeds(&[]).await;
        is_invalid_grant(module.redeem(&outcome.answer["code"]).await).await;
    }
}

#[tokio::test]
async fn oidcc_codereuse_30seconds() {
    let provider = certified().await;
    for variant in with_code() {
        let mut module = Module::start(&provider, variant).await;
        let outcome = module.succeeds(&[]).await;
        provider.advance(Duration::from_secs(30));
        is_invalid_grant(module.redeem(&outcome.answer["code"]).await).await;
        // Those of the browser and those of the token endpoint.
        for token in &outcome.access_tokens {
            let request = http().get(provider.url("userinfo")).bearer_auth(token);
            assert_eq!(request.send().await.unwrap().status(), 401, "{variant:?}");
        }
    }
}

#[tokio::test]
async fn oidcc_refresh_token() {
    let provider = certified().await;
    for variant in with_code() {
        let mut grant_types = vec!["authorization_code", "refresh_token"];
        grant_types.extend((variant.response_type != "code").then_some("implicit"));
        let more = json!({ "grant_types": grant_types });
        let mut first = Module::start_as(&provider, variant, more.clone()).await;
        let mut second = Module::start_as(&provider, variant, more).await;
        let scope = "openid offline_access";
        let asked = [("scope", scope), ("prompt", "consent")];
        let of_first = refreshes(&mut first, &asked, Some(scope)).await;
        let of_second = refreshes(&mut second, &asked, None).await;
        let foreign = [("grant_type", "refresh_token"), ("refresh_token", &*of_second)];
        is_invalid_grant(first.ask(foreign.to_vec()).await).await;
        assert_ne!(of_first, of_second);
    }
}

/// Signs in and refreshes, with this scope: the refresh token that came of it.
async fn refreshes(module: &mut Module<'_>, asked: &[(&str, &str)], scope: Option<&str>) -> String {
    let outcome = module.succeeds(asked).await;
    let tokens = outcome.tokens.unwrap();
    let before = outcome.id_tokens.last().unwrap();
    let refresh_token = tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
    assert!(entropy(refresh_token) >= 128.0);
    module.provider.advance(Duration::from_secs(1));
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    form.extend(scope.map(|scope| ("scope", scope)));
    let response = module.ask(form).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let renewed: Value = response.json().await.unwrap();
    assert_eq!(renewed["token_type"], "Bearer");
    assert!(entropy(renewed["access_token"].as_str().unwrap()) >= 96.0);
    let next = renewed["refresh_token"].as_str().unwrap();
    assert!(entropy(next) >= 128.0);
    let after = module.client.verify_id_token(renewed["id_token"].as_str().unwrap()).await;
    for same in ["iss", "sub", "aud", "azp", "auth_time"] {
        assert_eq!(after.get(same), before.get(same), "{same}");
    }
    assert_ne!(after["iat"], before["iat"]);
    next.to_owned()
}

#[tokio::test]
async fn oidcc_ensure_request_with_valid_pkce_succeeds() {
    let provider = certified().await;
    // RFC 7636, appendix B.
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for variant in with_code() {
        let mut module = Module::start(&provider, variant).await;
        module.has_verifier = true;
        module.succeeds(&[("code_challenge", challenge), ("code_challenge_method", "S256")]).await;
    }
}

#[tokio::test]
async fn oidcc_ensure_client_assertion_with_iss_aud_succeeds() {
    let provider = certified().await;
    for variant in with_code() {
        let (key, audience) = (ClientKey::rsa("a", "RS256"), provider.issuer.clone());
        Module::start_with(&provider, variant, (key, audience), json!({}))
            .await
            .succeeds(&[])
            .await;
    }
}
