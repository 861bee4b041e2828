//! Refresh tokens: one good at a time, its successor for a moment more, and none after a theft (RFC 6749 §6,
//! OpenID Connect Core §11, §12, RFC 9700 §4.14.2).

use crate::harness::{API, Browser, CODE_VERIFIER, Provider, REDIRECT_URI, RelyingParty, http};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const SCOPE: &str = "openid email offline_access";

async fn token(provider: &Provider, form: &[(&str, &str)]) -> (u16, Value) {
    let response = provider.post_form("oauth/token", form).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Lets tokens for the API be renewed, or no longer.
async fn allow_offline_access(provider: &Provider, is_allowed: bool) {
    let path = format!("resource-servers/{}", API.replace(':', "%3A").replace('/', "%2F"));
    let change = json!({ "allow_offline_access": is_allowed });
    assert_eq!(provider.manage(Method::PATCH, &path, Some(&change)).await.status(), 200);
}

/// The tokens of a first sign-in, with these parameters.
async fn tokens(client: &RelyingParty<'_>, provider: &Provider, more: &[(&str, &str)]) -> Value {
    let mut parameters = vec![("scope", SCOPE), ("nonce", "n")];
    parameters.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    parameters.extend(more);
    let answer = Browser::new(provider).authorize(&client.code_url(&parameters)).await.query();
    let (status, tokens) = token(provider, &client.exchange(&answer["code"])).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}"))
}

/// What renews tokens.
fn renewal<'a>(client: &'a RelyingParty<'_>, token: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", client.client_id.as_str()),
        ("refresh_token", token),
    ];
    form.extend(client.client_secret.as_deref().map(|secret| ("client_secret", secret)));
    form
}

async fn renew(provider: &Provider, client: &RelyingParty<'_>, token_: &str) -> (u16, Value) {
    token(provider, &renewal(client, token_)).await
}

async fn userinfo(provider: &Provider, tokens: &Value) -> u16 {
    let token = tokens["access_token"].as_str().unwrap();
    let request = http().get(provider.url("userinfo")).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn oidcc_refresh_token() {
    let provider = Provider::open_to_all().await;
    for metadata in [json!({}), json!({ "token_endpoint_auth_method": "none" })] {
        let client = RelyingParty::register_as(&provider, metadata).await;
        let first = tokens(&client, &provider, &[]).await;
        let before = client.verify_id_token(first["id_token"].as_str().unwrap()).await;
        provider.advance(Duration::from_secs(2));
        let (status, second) = renew(&provider, &client, refresh_token(&first)).await;
        assert_eq!((status, &second["token_type"]), (200, &json!("Bearer")), "{second}");
        assert_ne!(refresh_token(&second), refresh_token(&first));
        assert_ne!(second["access_token"], first["access_token"]);
        assert_eq!(userinfo(&provider, &second).await, 200);
        let after = client.verify_id_token(second["id_token"].as_str().unwrap()).await;
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(after[same], before[same], "{same}");
        }
        assert_ne!(after["iat"], before["iat"]);
        assert_eq!(after.get("nonce"), None);
        // The very token of another client, who can prove who it is.
        let other = json!({ "client_name": "Another" });
        let other = RelyingParty::register_as(&provider, other).await;
        let (status, refusal) = renew(&provider, &other, refresh_token(&second)).await;
        assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
        assert_eq!(renew(&provider, &client, refresh_token(&second)).await.0, 200, "not spent");
    }
}

#[tokio::test]
async fn only_who_asks_for_offline_access_and_may_renew_gets_one() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let without = tokens(&client, &provider, &[("scope", "openid")]).await;
    assert_eq!((without.get("refresh_token"), &without["scope"]), (None, &json!("openid")));
    let code_only = json!({ "grant_types": ["authorization_code"], "response_types": ["code"] });
    let client = RelyingParty::register_as(&provider, code_only).await;
    let without = tokens(&client, &provider, &[]).await;
    assert_eq!((without.get("refresh_token"), &without["scope"]), (None, &json!("openid email")));
    let (status, refusal) = renew(&provider, &client, "x").await;
    assert_eq!((status, &refusal["error"]), (400, &json!("unauthorized_client")));
}

#[tokio::test]
async fn the_scope_can_be_narrowed_and_never_widened() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let first = tokens(&client, &provider, &[]).await;
    let mut form = renewal(&client, refresh_token(&first));
    form.push(("scope", "openid profile"));
    let (status, refusal) = token(&provider, &form).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_scope")));
    *form.last_mut().unwrap() = ("scope", "openid");
    let (status, narrow) = token(&provider, &form).await;
    assert_eq!((status, &narrow["scope"]), (200, &json!("openid")), "{narrow}");
    // The next is for all again: what was left out once is not given up (RFC 6749 §6).
    let (_, whole) = renew(&provider, &client, refresh_token(&narrow)).await;
    assert_eq!(whole["scope"], SCOPE);
}

#[tokio::test]
async fn a_spent_token_yields_the_same_successor_for_a_moment_and_then_ends_all() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let first = tokens(&client, &provider, &[]).await;
    let (_, second) = renew(&provider, &client, refresh_token(&first)).await;
    provider.advance(Duration::from_secs(9));
    let (status, again) = renew(&provider, &client, refresh_token(&first)).await;
    assert_eq!((status, refresh_token(&again)), (200, refresh_token(&second)));
    assert_ne!(again["access_token"], second["access_token"]);
    provider.advance(Duration::from_secs(1));
    let (status, refusal) = renew(&provider, &client, refresh_token(&first)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
    // Somebody holds a copy: whatever came of the sign-in counts no more.
    assert_eq!(renew(&provider, &client, refresh_token(&second)).await.0, 400);
    for tokens in [&first, &second, &again] {
        assert_eq!(userinfo(&provider, tokens).await, 401);
    }
}

#[tokio::test]
async fn whatever_does_not_fit_the_token_is_refused_and_leaves_it_good() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let public = RelyingParty::register_public(&provider).await;
    let first = tokens(&client, &provider, &[]).await;
    let good = refresh_token(&first).to_owned();
    let forged = format!("{}A", &good[..good.len() - 1]);
    let access_token = first["access_token"].as_str().unwrap();
    for (changes, status, error) in [
        (&[("refresh_token", "")][..], 400, "invalid_request"),
        (&[("refresh_token", "REFRESH#x")], 400, "invalid_grant"),
        (&[("refresh_token", forged.as_str())], 400, "invalid_grant"),
        (&[("refresh_token", access_token)], 400, "invalid_grant"),
        (&[("client_secret", "wrong")], 401, "invalid_client"),
        (&[("client_secret", "")], 401, "invalid_client"),
        (&[("client_id", public.client_id.as_str()), ("client_secret", "")], 400, "invalid_grant"),
        (&[("scope", "a\"b")], 400, "invalid_scope"),
        (&[("resource", "https://unknown.example/")], 400, "invalid_target"),
        (&[("resource", "no uri")], 400, "invalid_target"),
        (&[("audience", API)], 400, "invalid_target"),
    ] {
        let mut form = renewal(&client, &good);
        form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        let (answered, answer) = token(&provider, &form).await;
        assert_eq!((answered, answer["error"].as_str().unwrap()), (status, error), "{changes:?}");
    }
    let exchanged = token(&provider, &client.exchange(&good)).await;
    assert_eq!(exchanged.1["error"], "invalid_grant", "a refresh token is no code");
    let (status, renewed) = renew(&provider, &client, &good).await;
    assert_eq!(status, 200, "{renewed}");
}

#[tokio::test]
async fn it_dies_unused_or_of_age_as_the_tenant_says() {
    let provider = Provider::open_to_all().await;
    let settings =
        json!({ "refresh_token": { "idle_token_lifetime": 100, "token_lifetime": 250 } });
    assert_eq!(provider.change_settings(&settings).await.status(), 200);
    assert_eq!(provider.settings().await["refresh_token"]["token_lifetime"], 250);
    let client = RelyingParty::register_public(&provider).await;
    let mut current = tokens(&client, &provider, &[]).await;
    let idle = tokens(&client, &provider, &[("prompt", "login")]).await;
    for _ in 0..2 {
        provider.advance(Duration::from_secs(99));
        let (status, next) = renew(&provider, &client, refresh_token(&current)).await;
        assert_eq!(status, 200, "{next}");
        current = next;
    }
    assert_eq!(renew(&provider, &client, refresh_token(&idle)).await.0, 400, "unused");
    provider.advance(Duration::from_secs(52));
    let (status, refusal) = renew(&provider, &client, refresh_token(&current)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")), "of age");
}

#[tokio::test]
async fn the_owner_decides_how_those_of_a_client_behave() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let path = format!("clients/{}", client.client_id);
    let settings = json!({ "rotation_type": "non-rotating", "expiration_type": "non-expiring" });
    let change = json!({ "refresh_token": settings });
    let changed = provider.manage(Method::PATCH, &path, Some(&change)).await;
    assert_eq!(changed.status(), 200);
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["refresh_token"]["rotation_type"], "non-rotating");
    let first = tokens(&client, &provider, &[]).await;
    provider.advance(Duration::from_hours(24 * 365));
    for _ in 0..2 {
        let (status, renewed) = renew(&provider, &client, refresh_token(&first)).await;
        assert_eq!((status, refresh_token(&renewed)), (200, refresh_token(&first)), "{renewed}");
        provider.advance(Duration::from_mins(1));
    }
    // Who can't prove who it is has to rotate, whatever was said.
    let client = RelyingParty::register_public(&provider).await;
    let path = format!("clients/{}", client.client_id);
    assert_eq!(provider.manage(Method::PATCH, &path, Some(&change)).await.status(), 200);
    let first = tokens(&client, &provider, &[]).await;
    let (_, second) = renew(&provider, &client, refresh_token(&first)).await;
    assert_ne!(refresh_token(&second), refresh_token(&first));
    for wrong in [
        json!("rotating"),
        json!({ "rotation_type": "sometimes" }),
        json!({ "leeway": 11 }),
        json!({ "token_lifetime": 0 }),
        json!({ "infinite_token_lifetime": "yes" }),
        json!({ "unknown": true }),
    ] {
        let change = json!({ "refresh_token": wrong });
        let refused = provider.manage(Method::PATCH, &path, Some(&change)).await;
        assert_eq!(refused.status(), 400, "{wrong}");
        assert_eq!(provider.change_settings(&change).await.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn it_dies_with_its_code_its_client_and_its_consent() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", SCOPE), ("nonce", "n")]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    let (_, tokens_) = token(&provider, &client.exchange(&code)).await;
    assert_eq!(token(&provider, &client.exchange(&code)).await.0, 400);
    assert_eq!(renew(&provider, &client, refresh_token(&tokens_)).await.0, 400, "a replay");
    let first = tokens(&client, &provider, &[]).await;
    let path = format!("clients/{}", client.client_id);
    assert_eq!(provider.manage(Method::DELETE, &path, None).await.status(), 204);
    let (status, refusal) = renew(&provider, &client, refresh_token(&first)).await;
    assert_eq!((status, &refusal["error"]), (401, &json!("invalid_client")));
}

#[tokio::test]
async fn a_replayed_code_revokes_however_long_its_tokens_were_renewed() {
    let provider = Provider::open_to_all().await;
    for (settings, step) in [
        (json!({}), Duration::from_hours(24 * 14)),
        (json!({ "idle_token_lifetime": 9_000 }), Duration::from_hours(2)),
        (json!({ "infinite_token_lifetime": true }), Duration::from_hours(24 * 14)),
        (json!({ "expiration_type": "non-expiring" }), Duration::from_hours(24 * 365)),
    ] {
        let client = RelyingParty::register(&provider).await;
        let path = format!("clients/{}", client.client_id);
        let change = json!({ "refresh_token": settings });
        assert_eq!(provider.manage(Method::PATCH, &path, Some(&change)).await.status(), 200);
        let url = client.code_url(&[("scope", SCOPE), ("nonce", "n")]);
        let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
        let (_, mut current) = token(&provider, &client.exchange(&code)).await;
        for _ in 0..2 {
            provider.advance(step);
            let (status, next) = renew(&provider, &client, refresh_token(&current)).await;
            assert_eq!(status, 200, "{settings}: {next}");
            current = next;
        }
        let (status, refusal) = token(&provider, &client.exchange(&code)).await;
        assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")), "{settings}");
        assert_eq!(renew(&provider, &client, refresh_token(&current)).await.0, 400, "{settings}");
        assert_eq!(userinfo(&provider, &current).await, 401, "{settings}");
    }
}

#[tokio::test]
async fn a_failing_table_or_key_holder_spends_nothing() {
    use crate::harness::Trouble;
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    allow_offline_access(&provider, true).await;
    let for_api = [("scope", "read:contacts offline_access"), ("audience", API)];
    let first = tokens(&client, &provider, &for_api).await;
    provider.aws.trouble("Sign", Some(Trouble::Error("KMSInternalException", 500)));
    let (status, refusal) = renew(&provider, &client, refresh_token(&first)).await;
    assert_eq!((status, &refusal["error"]), (503, &json!("temporarily_unavailable")));
    provider.aws.trouble("Sign", None);
    let (status, second) = renew(&provider, &client, refresh_token(&first)).await;
    assert_eq!(status, 200, "{second}");
    provider.advance(Duration::from_mins(1));
    assert_eq!(renew(&provider, &client, refresh_token(&second)).await.0, 200);
}

#[tokio::test]
async fn an_api_is_renewed_for_while_it_and_its_grant_last() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let scope = "openid read:contacts offline_access";
    let first = tokens(&client, &provider, &[("scope", scope), ("audience", API)]).await;
    assert_eq!(first["scope"], "openid read:contacts", "not before the API's owner says so");
    assert_eq!(first.get("refresh_token"), None);
    allow_offline_access(&provider, true).await;
    let first = tokens(&client, &provider, &[("scope", scope), ("audience", API)]).await;
    let (_, second) = renew(&provider, &client, refresh_token(&first)).await;
    let claims = client.verify_access_token(second["access_token"].as_str().unwrap()).await;
    assert_eq!(claims["scope"], scope);
    assert_eq!(claims["aud"], json!([API, format!("{}userinfo", provider.issuer)]));
    allow_offline_access(&provider, false).await;
    let (status, refusal) = renew(&provider, &client, refresh_token(&second)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")), "{refusal}");
}

#[tokio::test]
async fn two_hundred_at_once_get_one_successor() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut current = tokens(&client, &provider, &[]).await;
    for round in 0..3 {
        let token = refresh_token(&current).to_owned();
        let all = (0..200).map(|_| renew(&provider, &client, &token));
        let answers = futures_util::future::join_all(all).await;
        let successors: BTreeSet<_> =
            answers.iter().map(|(status, it)| (*status, it["refresh_token"].to_string())).collect();
        assert_eq!(successors.len(), 1, "{round}: {successors:?}");
        assert_eq!(successors.first().unwrap().0, 200);
        current = answers.into_iter().next().unwrap().1;
    }
}

#[tokio::test]
async fn a_json_body_may_name_what_is_absent() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", SCOPE), ("nonce", "n")]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    let body = json!({
        "grant_type": "authorization_code", "client_id": client.client_id, "code": code,
        "redirect_uri": REDIRECT_URI, "code_verifier": CODE_VERIFIER, "client_secret": null,
        "resource": null,
    });
    let response = provider.post_json("oauth/token", &body).await;
    assert_eq!(response.status(), 200);
    let first: Value = response.json().await.unwrap();
    let body = json!({
        "grant_type": "refresh_token", "client_id": client.client_id,
        "refresh_token": refresh_token(&first), "scope": null,
    });
    assert_eq!(provider.post_json("oauth/token", &body).await.status(), 200);
    for wrong in [json!({ "grant_type": ["refresh_token"] }), json!({ "grant_type": 1 }), json!([])]
    {
        let refused = provider.post_json("oauth/token", &wrong).await;
        assert_eq!(refused.status(), 400, "{wrong}");
    }
}
