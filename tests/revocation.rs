//! The revocation endpoint (RFC 7009): a client ends what it got, and nobody else does.

use crate::harness::{API, Browser, Provider, RelyingParty, http};
use serde_json::{Value, json};

/// The tokens of a sign-in that can be renewed.
async fn tokens(provider: &Provider, client: &RelyingParty<'_>) -> Value {
    let url = client.code_url(&[("scope", "openid offline_access"), ("nonce", "n")]);
    let code = Browser::new(provider).authorize(&url).await.query()["code"].clone();
    let response = provider.post_form("oauth/token", &client.exchange(&code)).await;
    response.json().await.unwrap()
}

fn text<'a>(tokens: &'a Value, member: &str) -> &'a str {
    tokens[member].as_str().unwrap_or_else(|| panic!("{tokens}"))
}

/// The status and the error, of an empty answer none.
async fn revoke(
    provider: &Provider,
    client: &RelyingParty<'_>,
    more: &[(&str, &str)],
) -> (u16, Value) {
    let mut form = vec![("client_id", client.client_id.as_str())];
    form.extend(client.client_secret.as_deref().map(|secret| ("client_secret", secret)));
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend(more);
    let response = provider.post_form("oauth/revoke", &form).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let (status, body) = (response.status().as_u16(), response.text().await.unwrap());
    let error = |body: &str| serde_json::from_str::<Value>(body).unwrap()["error"].clone();
    (status, if body.is_empty() { Value::Null } else { error(&body) })
}

async fn userinfo(provider: &Provider, tokens: &Value) -> u16 {
    let request = http().get(provider.url("userinfo")).bearer_auth(text(tokens, "access_token"));
    request.send().await.unwrap().status().as_u16()
}

async fn renew(provider: &Provider, client: &RelyingParty<'_>, tokens: &Value) -> u16 {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", client.client_id.as_str()),
        ("refresh_token", text(tokens, "refresh_token")),
    ];
    form.extend(client.client_secret.as_deref().map(|secret| ("client_secret", secret)));
    provider.post_form("oauth/token", &form).await.status().as_u16()
}

#[tokio::test]
async fn whatever_a_client_revokes_ends_all_that_came_of_the_same_sign_in() {
    let provider = Provider::open_to_all().await;
    for client in
        [RelyingParty::register(&provider).await, RelyingParty::register_public(&provider).await]
    {
        for (member, hint) in [
            ("refresh_token", "refresh_token"),
            ("refresh_token", "access_token"),
            ("access_token", "unheard of"),
        ] {
            let (ended, other) =
                (tokens(&provider, &client).await, tokens(&provider, &client).await);
            assert_eq!(userinfo(&provider, &ended).await, 200);
            let named = [("token", text(&ended, member)), ("token_type_hint", hint)];
            for _ in 0..2 {
                assert_eq!(revoke(&provider, &client, &named).await, (200, Value::Null));
            }
            assert_eq!(userinfo(&provider, &ended).await, 401, "{member}");
            assert_eq!(renew(&provider, &client, &ended).await, 400, "{member}");
            assert_eq!(userinfo(&provider, &other).await, 200, "{member}");
            assert_eq!(renew(&provider, &client, &other).await, 200, "{member}");
        }
    }
}

#[tokio::test]
async fn nobody_but_the_client_itself_ends_anything() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let stranger = RelyingParty::register_public(&provider).await;
    let good = tokens(&provider, &client).await;
    let (refresh_token, access_token) = (text(&good, "refresh_token"), text(&good, "access_token"));
    for token in [refresh_token, access_token, "unknown", "a.b.c", "REFRESH#x"] {
        assert_eq!(revoke(&provider, &stranger, &[("token", token)]).await, (200, Value::Null));
    }
    let token = ("token", refresh_token);
    for (more, expected) in [
        (vec![token, ("client_secret", "wrong")], (401, json!("invalid_client"))),
        (vec![token, ("client_secret", "")], (401, json!("invalid_client"))),
        (vec![token, ("client_id", "nobody")], (401, json!("invalid_client"))),
        (vec![], (400, json!("invalid_request"))),
        (vec![("token", "")], (400, json!("invalid_request"))),
        (vec![token, token], (400, json!("invalid_request"))),
    ] {
        assert_eq!(revoke(&provider, &client, &more).await, expected, "{more:?}");
    }
    assert_eq!(provider.get("oauth/revoke").await.status(), 405);
    assert_eq!(userinfo(&provider, &good).await, 200);
    assert_eq!(renew(&provider, &client, &good).await, 200);
}

#[tokio::test]
async fn what_no_code_led_to_cannot_be_ended() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let unsupported = (400, json!("unsupported_token_type"));
    for audience in ["", API] {
        let parameters =
            [("response_type", "token"), ("scope", "openid read:contacts"), ("audience", audience)];
        let answer = Browser::new(&provider).authorize(&client.url(&parameters)).await.fragment();
        let token = [("token", answer["access_token"].as_str())];
        assert_eq!(revoke(&provider, &client, &token).await, unsupported, "{audience}");
    }
    let token = provider.management_token(None).await;
    let owner = [
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("token", token.as_str()),
    ];
    assert_eq!(revoke(&provider, &client, &owner).await, unsupported);
}

#[tokio::test]
async fn what_could_not_be_kept_is_told_so() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let good = tokens(&provider, &client).await;
    let token = [("token", text(&good, "refresh_token"))];
    for failing in ["BatchGetItem", "UpdateItem"] {
        provider.outage.of(&[failing]);
        let answer = revoke(&provider, &client, &token).await;
        assert_eq!(answer, (503, json!("temporarily_unavailable")), "{failing}");
        provider.outage.of(&[]);
        assert_eq!(userinfo(&provider, &good).await, 200, "{failing}");
    }
    assert_eq!(revoke(&provider, &client, &token).await, (200, Value::Null));
    assert_eq!(userinfo(&provider, &good).await, 401);
}

#[tokio::test]
async fn it_takes_two_steps_and_one_where_there_is_nothing_to_end() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let good = tokens(&provider, &client).await;
    for (token, steps) in [(text(&good, "refresh_token"), (2, 2)), ("unknown", (1, 1))] {
        provider.round_trips.take();
        revoke(&provider, &client, &[("token", token)]).await;
        assert_eq!(provider.round_trips.take(), steps, "{token}");
    }
}
