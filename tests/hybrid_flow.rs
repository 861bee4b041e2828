//! `response_type` with `code` and something else beside it (OpenID Connect Core §3.3).

use crate::harness::{API, Browser, Provider, RelyingParty, http, left_half_hash};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HYBRID: [&str; 3] = ["code id_token", "code token", "code id_token token"];

async fn answer(
    provider: &Provider,
    client: &RelyingParty<'_>,
    response_type: &str,
    more: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let parameters = [("response_type", response_type), ("scope", "openid email"), ("nonce", "n")];
    let url = client.code_url(&[&parameters[..], more].concat());
    Browser::new(provider).authorize(&url).await.fragment()
}

async fn exchange(provider: &Provider, client: &RelyingParty<'_>, code: &str) -> (u16, Value) {
    let response = provider.post_form("oauth/token", &client.exchange(code)).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn userinfo(provider: &Provider, token: &str) -> u16 {
    let request = http().get(provider.url("userinfo")).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_travels_together_is_bound_together_and_both_id_tokens_are_about_the_same_user() {
    let provider = Provider::open_to_all().await;
    for subject_type in ["public", "pairwise"] {
        let metadata = json!({ "subject_type": subject_type, "client_name": subject_type });
        let client = RelyingParty::register_as(&provider, metadata).await;
        for response_type in HYBRID {
            let answer = answer(&provider, &client, response_type, &[]).await;
            let has = |word: &str| response_type.split(' ').any(|other| other == word);
            assert_eq!(answer.contains_key("access_token"), has("token"), "{response_type}");
            assert_eq!(answer.contains_key("id_token"), has("id_token"), "{response_type}");
            let (status, tokens) = exchange(&provider, &client, &answer["code"]).await;
            assert_eq!(status, 200, "{tokens}");
            let back = client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;
            assert_eq!(back["nonce"], "n");
            assert_eq!((back.get("c_hash"), back.get("at_hash")), (None, None));
            if let Some(id_token) = answer.get("id_token") {
                let front = client.verify_id_token(id_token).await;
                assert_eq!(front["c_hash"], left_half_hash(&answer["code"]));
                let at_hash = answer.get("access_token").map(|token| left_half_hash(token));
                assert_eq!(front.get("at_hash"), at_hash.map(Value::from).as_ref());
                assert_eq!(front["nonce"], "n");
                for claim in ["iss", "sub", "aud", "auth_time"] {
                    assert_eq!(front[claim], back[claim], "{claim}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_nonce_is_required_where_an_id_token_comes_through_the_browser() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    for response_type in HYBRID {
        let without = [("nonce", ""), ("prompt", "none"), ("scope", "openid")];
        let url = client.code_url(&[&[("response_type", response_type)], &without[..]].concat());
        let error = Browser::new(&provider).landing(&url).await.fragment()["error"].clone();
        let is_needed = response_type.contains("id_token");
        // Whoever gets as far as the user has had everything else checked.
        let expected = if is_needed { "invalid_request" } else { "login_required" };
        assert_eq!(error, expected, "{response_type}");
    }
}

#[tokio::test]
async fn pkce_is_required_of_public_clients_wherever_there_is_a_code() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    for response_type in HYBRID {
        let url =
            client.url(&[("response_type", response_type), ("scope", "openid"), ("nonce", "n")]);
        let answer = Browser::new(&provider).landing(&url).await.fragment();
        assert_eq!(answer["error"], "invalid_request", "{response_type}");
    }
}

#[tokio::test]
async fn a_replay_of_the_code_revokes_the_token_that_came_beside_it_too() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    for (response_type, audience) in
        [("code token", ""), ("code id_token token", ""), ("code token", API)]
    {
        let more = [("audience", audience)];
        let answer = answer(&provider, &client, response_type, &more).await;
        let beside = &answer["access_token"];
        assert_eq!(userinfo(&provider, beside).await, 200, "before the code is used");
        let (_, tokens) = exchange(&provider, &client, &answer["code"]).await;
        let redeemed = tokens["access_token"].as_str().unwrap();
        for token in [beside, redeemed] {
            assert_eq!(userinfo(&provider, token).await, 200, "{response_type} {audience}");
        }
        let (status, error) = exchange(&provider, &client, &answer["code"]).await;
        assert_eq!((status, error["error"].as_str().unwrap()), (400, "invalid_grant"));
        for token in [beside, redeemed] {
            assert_eq!(userinfo(&provider, token).await, 401, "{response_type} {audience}");
        }
    }
}

#[tokio::test]
async fn the_token_that_goes_through_the_browser_lasts_as_short_as_any_there() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let answer = answer(&provider, &client, "code token", &[]).await;
    assert_eq!(answer["expires_in"], "900");
    let (_, tokens) = exchange(&provider, &client, &answer["code"]).await;
    assert_eq!(tokens["expires_in"], 3_600);
}

#[tokio::test]
async fn strict_clients_get_codes_alone() {
    let provider = Provider::open_to_all().await;
    let strict = json!({ "dynamic_client_registration_security_mode": "strict" });
    provider.change_settings(&strict).await;
    let asked = json!({ "response_types": ["code", "code id_token", "code token"] });
    let client = RelyingParty::register_as(&provider, asked).await;
    for response_type in HYBRID {
        let url = client.code_url(&[
            ("response_type", response_type),
            ("scope", "openid"),
            ("nonce", "n"),
            ("prompt", "none"),
        ]);
        let answer = Browser::new(&provider).landing(&url).await.fragment();
        assert_eq!(answer["error"], "unauthorized_client", "{response_type}");
    }
}
