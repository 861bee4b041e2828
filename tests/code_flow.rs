use crate::harness::{API, Browser, CODE_VERIFIER, Provider, REDIRECT_URI, RelyingParty, http};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Duration;

/// A code for `client`.
async fn code(provider: &Provider, client: &RelyingParty<'_>) -> String {
    let url = client.code_url(&[("scope", "openid email"), ("nonce", "n")]);
    let answer = Browser::new(provider).authorize(&url).await.query();
    assert_eq!(
        (answer["state"].as_str(), answer["iss"].as_str()),
        ("s t&1", provider.issuer.as_str())
    );
    answer["code"].clone()
}

async fn exchange(provider: &Provider, form: &[(&str, &str)]) -> (u16, Value) {
    let response = provider.post_form("oauth/token", form).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn userinfo(provider: &Provider, token: &str) -> u16 {
    let request = http().get(provider.url("userinfo")).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_public_client_exchanges_its_code_with_its_verifier() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let code = code(&provider, &client).await;
    let (status, tokens) = exchange(&provider, &client.exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    assert_eq!(tokens["scope"], "openid email");
    let claims = client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!((&claims["nonce"], &claims["email"]), (&json!("n"), &json!("janus@example.com")));
    assert_eq!(userinfo(&provider, tokens["access_token"].as_str().unwrap()).await, 200);
}

#[tokio::test]
async fn a_confidential_client_may_send_its_secret_either_way_and_go_without_pkce() {
    let provider = Provider::open_to_all().await;
    for method in ["client_secret_post", "client_secret_basic"] {
        let client =
            RelyingParty::register_as(&provider, json!({ "token_endpoint_auth_method": method }))
                .await;
        let secret = client.client_secret.clone().unwrap();
        let basic = STANDARD.encode(format!("{}:{secret}", client.client_id));
        for is_basic in [false, true] {
            let url = client.url(&[
                ("response_type", "code"),
                ("scope", "read:contacts"),
                ("audience", API),
            ]);
            let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
            let mut form = client.exchange(&code);
            form.retain(|(name, _)| {
                *name != "code_verifier" && !(is_basic && *name == "client_secret")
            });
            let request = http().post(provider.url("oauth/token")).form(&form);
            let request = if is_basic {
                request.header("authorization", format!("Basic {basic}"))
            } else {
                request
            };
            let tokens: Value = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(tokens.get("id_token"), None, "no openid, no ID Token");
            assert_eq!(
                client.verify_access_token(tokens["access_token"].as_str().unwrap()).await["aud"],
                API
            );
        }
    }
}

#[tokio::test]
async fn whatever_does_not_fit_the_code_is_refused_and_leaves_it_good() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let of_other = json!({ "client_name": "Another", "token_endpoint_auth_method": "none" });
    let other = RelyingParty::register_as(&provider, of_other).await;
    let confidential = RelyingParty::register(&provider).await;
    let code = code(&provider, &client).await;
    let secret = confidential.client_secret.clone().unwrap();
    let wrong_verifier = CODE_VERIFIER.replace('d', "e");
    for (changes, status, error) in [
        (&[("code_verifier", wrong_verifier.as_str())][..], 400, "invalid_grant"),
        (&[("code_verifier", "")], 400, "invalid_grant"),
        (&[("code_verifier", "short")], 400, "invalid_request"),
        (&[("redirect_uri", "https://app.example/other")], 400, "invalid_grant"),
        (&[("redirect_uri", "")], 400, "invalid_grant"),
        (&[("client_id", other.client_id.as_str())], 400, "invalid_grant"),
        (&[("client_id", confidential.client_id.as_str())], 401, "invalid_client"),
        (
            &[("client_id", confidential.client_id.as_str()), ("client_secret", secret.as_str())],
            400,
            "invalid_grant",
        ),
        (&[("client_secret", "unasked")], 401, "invalid_client"),
        (&[("code", "")], 400, "invalid_request"),
        (&[("code", "ac_nonsense")], 400, "invalid_grant"),
        (&[("code", "CODE#x")], 400, "invalid_grant"),
        (&[("code", &format!("{code}A"))], 400, "invalid_grant"),
    ] {
        let mut form = client.exchange(&code);
        form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        let (answered, answer) = exchange(&provider, &form).await;
        assert_eq!((answered, answer["error"].as_str().unwrap()), (status, error), "{changes:?}");
    }
    assert_eq!(exchange(&provider, &client.exchange(&code)).await.0, 200);
}

#[tokio::test]
async fn a_code_works_once_and_a_second_use_revokes_what_the_first_yielded() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let code = code(&provider, &client).await;
    let (_, tokens) = exchange(&provider, &client.exchange(&code)).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(userinfo(&provider, access_token).await, 200);

    // Who cannot prove to be the client has nothing revoked either.
    let mut form = client.exchange(&code);
    form.retain(|(name, _)| *name != "code_verifier");
    assert_eq!(exchange(&provider, &form).await.1["error"], "invalid_grant");
    assert_eq!(userinfo(&provider, access_token).await, 200);

    let (status, error) = exchange(&provider, &client.exchange(&code)).await;
    assert_eq!((status, error["error"].as_str().unwrap()), (400, "invalid_grant"));
    assert_eq!(userinfo(&provider, access_token).await, 401);
}

#[tokio::test]
async fn a_replay_is_recognised_long_after_the_code_has_expired() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let code = code(&provider, &client).await;
    let (_, tokens) = exchange(&provider, &client.exchange(&code)).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    provider.advance(Duration::from_mins(30));
    assert_eq!(exchange(&provider, &client.exchange(&code)).await.1["error"], "invalid_grant");
    assert_eq!(userinfo(&provider, access_token).await, 401);
}

#[tokio::test]
async fn a_replay_revokes_a_token_for_an_api_at_userinfo_too() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    let (_, tokens) = exchange(&provider, &client.exchange(&code)).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(userinfo(&provider, access_token).await, 200);
    exchange(&provider, &client.exchange(&code)).await;
    assert_eq!(userinfo(&provider, access_token).await, 401);
}

#[tokio::test]
async fn of_many_redemptions_at_once_exactly_one_succeeds() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    for _ in 0..3 {
        let code = code(&provider, &client).await;
        let form = client.exchange(&code);
        let mut under_way = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let request = http().post(provider.url("oauth/token")).form(&form);
            under_way.spawn(async move { request.send().await.unwrap().status().as_u16() });
        }
        let mut statuses = Vec::new();
        while let Some(status) = under_way.join_next().await {
            statuses.push(status.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!((statuses[0], statuses[1], statuses[199]), (200, 400, 400), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_code_expires_after_a_minute() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let fresh = code(&provider, &client).await;
    provider.advance(Duration::from_secs(59));
    assert_eq!(exchange(&provider, &client.exchange(&fresh)).await.0, 200);
    let stale = code(&provider, &client).await;
    provider.advance(Duration::from_mins(1));
    let (status, error) = exchange(&provider, &client.exchange(&stale)).await;
    assert_eq!((status, error["error"].as_str().unwrap()), (400, "invalid_grant"));
}

#[tokio::test]
async fn pkce_is_required_where_nothing_else_proves_the_client() {
    let provider = Provider::open_to_all().await;
    let public = RelyingParty::register_public(&provider).await;
    let mut browser = Browser::new(&provider);
    for parameters in [
        &[("code_challenge", ""), ("code_challenge_method", "")][..],
        &[("code_challenge_method", "plain")],
        &[("code_challenge_method", "")],
        &[("code_challenge", "tooshort")],
    ] {
        let answer = browser.landing(&public.code_url(parameters)).await.query();
        assert_eq!(answer["error"], "invalid_request", "{parameters:?}");
    }
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade_and_refused() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "code"), ("scope", "openid")]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    assert_eq!(exchange(&provider, &client.exchange(&code)).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn strict_clients_see_their_errors_on_our_page_and_still_get_id_tokens() {
    let provider = Provider::open_to_all().await;
    provider
        .change_settings(&json!({ "dynamic_client_registration_security_mode": "strict" }))
        .await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let page = browser.page(&client.url(&[("response_type", "code")])).await;
    assert_eq!(page.status, 400);
    assert!(page.html.contains("<code>invalid_request</code>"));
    let answer = browser.landing(&client.code_url(&[("prompt", "none")])).await.query();
    assert_eq!(answer["error"], "login_required");

    let code = code(&provider, &client).await;
    let (status, tokens) = exchange(&provider, &client.exchange(&code)).await;
    assert_eq!(status, 200);
    client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;

    provider
        .change_settings(&json!({ "dynamic_client_registration_security_mode": "permissive" }))
        .await;
    let page = browser.page(&client.url(&[("response_type", "code")])).await;
    assert_eq!(page.status, 400, "a client keeps the mode it was registered under");
}

#[tokio::test]
async fn a_loopback_port_may_differ_and_must_then_be_repeated() {
    let provider = Provider::open_to_all().await;
    let metadata =
        json!({ "redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none" });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let requested = "http://127.0.0.1:50123/cb";
    let url = client.code_url(&[("redirect_uri", requested), ("scope", "openid")]);
    let landing = Browser::new(&provider).authorize(&url).await;
    assert!(landing.url.as_str().starts_with(&format!("{requested}?code=")), "{}", landing.url);
    let code = landing.query()["code"].clone();
    let mut form = client.exchange(&code);
    form.retain(|(name, _)| *name != "redirect_uri");
    form.push(("redirect_uri", "http://127.0.0.1/cb"));
    assert_eq!(exchange(&provider, &form).await.1["error"], "invalid_grant");
    form.pop();
    form.push(("redirect_uri", requested));
    assert_eq!(exchange(&provider, &form).await.0, 200);
    assert_ne!(requested, REDIRECT_URI);
}
