//! The introspection endpoint (RFC 7662): who is told what a token is good for, and what everybody else is told.

use crate::harness::{API, Browser, ClientKey, Provider, RelyingParty, http, left_half_hash};
use reqwest::Method;
use serde_json::{Value, json};
use shared::{
    domain::{Issuer, UserId},
    storage::keys,
};
use std::time::Duration;

const INACTIVE: &str = r#"{"active":false}"#;

/// Somebody who asks.
struct Asking<'a> {
    provider: &'a Provider,
    id: String,
    secret: String,
}

impl<'a> Asking<'a> {
    fn client(provider: &'a Provider, client: &RelyingParty<'_>) -> Self {
        let secret = client.client_secret.clone().unwrap();
        Self { provider, id: client.client_id.clone(), secret }
    }

    /// A server of the tenant's own, which its owner made.
    async fn server(provider: &'a Provider) -> Self {
        let new = json!({ "name": "The server of an API", "app_type": "non_interactive" });
        let made = provider.manage(Method::POST, "clients", Some(&new)).await;
        assert_eq!(made.status(), 201);
        let made: Value = made.json().await.unwrap();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Self { provider, id: text("client_id"), secret: text("client_secret") }
    }

    /// The owner's client.
    fn owner(provider: &'a Provider) -> Self {
        let text = |member: &str| provider.management(member).to_owned();
        Self { provider, id: text("client_id"), secret: text("client_secret") }
    }

    async fn text(&self, token: &str, more: &[(&str, &str)]) -> String {
        let mut form =
            vec![("client_id", &*self.id), ("client_secret", &self.secret), ("token", token)];
        form.extend(more);
        let response = self.provider.post_form("oauth/introspect", &form).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["content-type"], "application/json");
        response.text().await.unwrap()
    }

    /// What is told of a token that counts.
    async fn active(&self, token: &str) -> Value {
        let told: Value = serde_json::from_str(&self.text(token, &[]).await).unwrap();
        assert_eq!(told["active"], true);
        told
    }

    async fn is_inactive(&self, token: &str) -> bool {
        let told = self.text(token, &[]).await;
        assert!(told == INACTIVE || told.contains(r#""active":true"#), "{told}");
        told == INACTIVE
    }
}

/// The tokens of a sign-in, with these parameters.
async fn tokens(provider: &Provider, client: &RelyingParty<'_>, more: &[(&str, &str)]) -> Value {
    let mut parameters = vec![("scope", "openid email offline_access"), ("nonce", "n")];
    parameters.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    parameters.extend(more);
    let answer = Browser::new(provider).authorize(&client.code_url(&parameters)).await.query();
    let response = provider.post_form("oauth/token", &client.exchange(&answer["code"])).await;
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

fn text<'a>(tokens: &'a Value, member: &str) -> &'a str {
    tokens[member].as_str().unwrap_or_else(|| panic!("{tokens}"))
}

async fn renew(provider: &Provider, client: &RelyingParty<'_>, tokens: &Value) -> Value {
    let renewal = [
        ("grant_type", "refresh_token"),
        ("client_id", &client.client_id),
        ("client_secret", client.client_secret.as_deref().unwrap()),
        ("refresh_token", text(tokens, "refresh_token")),
    ];
    let response = provider.post_form("oauth/token", &renewal).await;
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

const FOR_API: [(&str, &str); 2] = [("scope", "openid read:contacts"), ("audience", API)];

#[tokio::test]
async fn a_client_is_told_what_its_own_tokens_are_good_for() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let (asking, now) = (Asking::client(&provider, &client), provider.now());
    let own = tokens(&provider, &client, &[]).await;
    let user = client.verify_id_token(text(&own, "id_token")).await["sub"].clone();

    let opaque = text(&own, "access_token");
    let expected = json!({
        "active": true, "scope": "openid email offline_access", "client_id": client.client_id,
        "username": "janus@example.com", "token_type": "Bearer", "exp": now + 3600, "iat": now,
        "sub": user, "aud": format!("{}userinfo", provider.issuer), "iss": provider.issuer,
        "jti": left_half_hash(opaque),
    });
    assert_eq!(asking.active(opaque).await, expected);

    let refresh_token = text(&own, "refresh_token");
    let expected = json!({
        "active": true, "scope": "openid email offline_access", "client_id": client.client_id,
        "username": "janus@example.com", "token_type": "refresh_token", "exp": now + 1_296_000,
        "iat": now, "sub": user, "aud": provider.issuer, "iss": provider.issuer,
        "jti": left_half_hash(refresh_token),
    });
    assert_eq!(asking.active(refresh_token).await, expected);

    let own = tokens(&provider, &client, &FOR_API).await;
    let jwt = text(&own, "access_token");
    let claims = client.verify_access_token(jwt).await;
    let expected = json!({
        "active": true, "scope": "openid read:contacts", "client_id": client.client_id,
        "token_type": "Bearer", "exp": claims["exp"], "iat": claims["iat"], "sub": user,
        "aud": [API, format!("{}userinfo", provider.issuer)], "iss": provider.issuer,
        "jti": claims["jti"],
    });
    assert_eq!(asking.active(jwt).await, expected);
}

#[tokio::test]
async fn a_hint_is_but_a_hint_and_json_is_taken_too() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let asking = Asking::client(&provider, &client);
    let own = tokens(&provider, &client, &[]).await;
    for member in ["access_token", "refresh_token"] {
        let token = text(&own, member);
        let expected = asking.text(token, &[]).await;
        for hint in ["access_token", "refresh_token", "unheard of"] {
            assert_eq!(asking.text(token, &[("token_type_hint", hint)]).await, expected, "{hint}");
        }
        let body = json!({ "client_id": asking.id, "client_secret": asking.secret, "token": token, "token_type_hint": null });
        let response = provider.post_json("oauth/introspect", &body).await;
        assert_eq!(response.text().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_tenants_own_servers_are_told_of_tokens_for_its_apis_and_of_no_others() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let public = RelyingParty::register_public(&provider).await;
    let other = RelyingParty::register_as(&provider, json!({ "client_name": "Another" })).await;
    let (server, owner) = (Asking::server(&provider).await, Asking::owner(&provider));
    for client in [&client, &public] {
        let for_api = tokens(&provider, client, &FOR_API).await;
        let told = server.active(text(&for_api, "access_token")).await;
        assert_eq!(told["client_id"], client.client_id);
        assert_eq!(told, owner.active(text(&for_api, "access_token")).await);
        assert!(
            Asking::client(&provider, &other).is_inactive(text(&for_api, "access_token")).await
        );
    }
    let for_userinfo = tokens(&provider, &client, &[]).await;
    for member in ["access_token", "refresh_token", "id_token"] {
        assert!(server.is_inactive(text(&for_userinfo, member)).await, "{member}");
        assert!(Asking::client(&provider, &other).is_inactive(text(&for_userinfo, member)).await);
    }
    // Of a client for itself, at an API that is nobody's but ours.
    let token = provider.management_token(Some("read:clients")).await;
    let told = owner.active(&token).await;
    assert_eq!(told["sub"], format!("{}@clients", owner.id));
    assert_eq!(
        (&told["scope"], &told["aud"]),
        (&json!("read:clients"), &json!(provider.management("audience")))
    );
    assert_eq!(told.get("username"), None);
    assert!(server.is_inactive(&token).await);
}

#[tokio::test]
async fn a_pairwise_client_s_user_is_named_as_that_client_knows_them() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_as(&provider, json!({ "subject_type": "pairwise" })).await;
    let (asking, server) = (Asking::client(&provider, &client), Asking::server(&provider).await);
    let for_userinfo = tokens(&provider, &client, &[]).await;
    let sub = client.verify_id_token(text(&for_userinfo, "id_token")).await["sub"].clone();
    assert!(!sub.as_str().unwrap().starts_with("usr_"));
    for member in ["access_token", "refresh_token"] {
        assert_eq!(asking.active(text(&for_userinfo, member)).await["sub"], sub, "{member}");
    }
    let for_api = tokens(&provider, &client, &FOR_API).await;
    assert_eq!(server.active(text(&for_api, "access_token")).await["sub"], sub);
}

#[tokio::test]
async fn whatever_does_not_count_is_inactive_and_nothing_else_is_said() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let asking = Asking::client(&provider, &client);
    let (own, for_api) =
        (tokens(&provider, &client, &[]).await, tokens(&provider, &client, &FOR_API).await);
    let (opaque, jwt) = (text(&own, "access_token"), text(&for_api, "access_token"));
    let refresh_token = text(&own, "refresh_token");
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let url = client.code_url(&[("scope", "openid")]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    let forger = ClientKey::rsa("forged", "RS256");
    let claims = client.verify_access_token(jwt).await;
    for worthless in [
        "x".to_owned(),
        "a.b.c".to_owned(),
        "REFRESH#x".to_owned(),
        code,
        text(&own, "id_token").to_owned(),
        asking.secret.clone(),
        format!("{opaque}A"),
        format!("{}A", &refresh_token[..refresh_token.len() - 1]),
        format!("{signed}.{}", signature.chars().rev().collect::<String>()),
        forger.sign("at+jwt", &claims),
    ] {
        assert!(asking.is_inactive(&worthless).await, "{worthless}");
    }

    // Spent, and what came of it revoked.
    let renewed = renew(&provider, &client, &own).await;
    assert!(asking.is_inactive(refresh_token).await, "spent");
    assert!(!asking.is_inactive(text(&renewed, "refresh_token")).await);
    assert!(!asking.is_inactive(opaque).await);
    let revocation = [
        ("client_id", &*asking.id),
        ("client_secret", &asking.secret),
        ("token", text(&renewed, "refresh_token")),
    ];
    assert_eq!(provider.post_form("oauth/revoke", &revocation).await.status(), 200);
    for token in [opaque, text(&renewed, "access_token"), text(&renewed, "refresh_token")] {
        assert!(asking.is_inactive(token).await, "revoked");
    }
    // Nothing but the clock decides, to the second.
    assert!(!asking.is_inactive(jwt).await);
    let exp = claims["exp"].as_i64().unwrap();
    provider.advance(Duration::from_secs((exp - provider.now() - 1).unsigned_abs()));
    assert!(!asking.is_inactive(jwt).await);
    provider.advance(Duration::from_secs(1));
    assert!(asking.is_inactive(jwt).await, "expired");
}

#[tokio::test]
async fn a_token_outlives_neither_its_user_nor_its_client() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let server = Asking::server(&provider).await;
    let own = tokens(&provider, &client, &[]).await;
    let for_api = tokens(&provider, &client, &FOR_API).await;
    let jwt = text(&for_api, "access_token");
    let user = client.verify_id_token(text(&own, "id_token")).await["sub"].clone();
    let block = async |blocked: bool| {
        let (store, email) = (provider.store(), provider.user("email"));
        let t = provider.issuer.parse::<Issuer>().unwrap().tenant_id();
        let id = UserId::parse(user.as_str().unwrap()).unwrap();
        let (user, login) =
            store.read((keys::user(&t, &id), keys::login(&t, email))).await.unwrap();
        let user = shared::domain::User { blocked, ..user.unwrap() };
        store.create_user(&t, &user, email, &login.unwrap()).await.unwrap();
    };
    block(true).await;
    let asking = Asking::client(&provider, &client);
    for token in [text(&own, "access_token"), text(&own, "refresh_token"), jwt] {
        assert!(asking.is_inactive(token).await);
    }
    assert!(server.is_inactive(jwt).await);
    block(false).await;
    assert!(!server.is_inactive(jwt).await);
    let path = format!("clients/{}", client.client_id);
    assert_eq!(provider.manage(Method::DELETE, &path, None).await.status(), 204);
    assert!(server.is_inactive(jwt).await);
}

#[tokio::test]
async fn only_clients_that_prove_who_they_are_are_answered() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let public = RelyingParty::register_public(&provider).await;
    let own = tokens(&provider, &client, &[]).await;
    let of_public = tokens(&provider, &public, &[]).await;
    let (id, secret) = (&*client.client_id, client.client_secret.as_deref().unwrap());
    let (me, mine) = (("client_id", id), ("client_secret", secret));
    let token = ("token", text(&own, "access_token"));
    for (form, status, error) in [
        (vec![token], 401, "invalid_client"),
        (vec![me, token], 401, "invalid_client"),
        (vec![me, ("client_secret", "wrong"), token], 401, "invalid_client"),
        (vec![("client_id", "nobody"), mine, token], 401, "invalid_client"),
        (
            vec![("client_id", &*public.client_id), ("token", text(&of_public, "access_token"))],
            401,
            "invalid_client",
        ),
        (vec![me, mine], 400, "invalid_request"),
        (vec![me, mine, ("token", "")], 400, "invalid_request"),
        (vec![me, mine, token, token], 400, "invalid_request"),
        (vec![me, mine, token, ("x", "1"), ("x", "1")], 400, "invalid_request"),
    ] {
        let response = provider.post_form("oauth/introspect", &form).await;
        assert_eq!(response.headers()["cache-control"], "no-store");
        let answered = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert_eq!((answered, body["error"].as_str()), (status, Some(error)), "{form:?}");
        assert_eq!(body.get("active"), None);
    }
    let by_basic = |secret| {
        let request = http().post(provider.url("oauth/introspect")).basic_auth(id, Some(secret));
        request.form(&[token]).send()
    };
    let refused = by_basic("wrong").await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic "));
    assert_eq!(by_basic(secret).await.unwrap().json::<Value>().await.unwrap()["active"], true);
    assert_eq!(provider.get("oauth/introspect").await.status(), 405);
}

#[tokio::test]
async fn a_client_with_a_key_proves_who_it_is_by_an_assertion_for_this_endpoint() {
    let provider = Provider::open_to_all().await;
    let key = ClientKey::new("a");
    let keys =
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.jwk()] } });
    let client = RelyingParty::register_as(&provider, keys).await;
    let endpoint = provider.url("oauth/introspect");
    let assertion = key.assertion(&client.client_id, &endpoint, provider.now());
    let mut form = vec![("token", "x")];
    form.extend(assertion.iter().map(|(name, value)| (*name, value.as_str())));
    let first = provider.post_form("oauth/introspect", &form).await;
    assert_eq!(first.text().await.unwrap(), INACTIVE);
    assert_eq!(provider.post_form("oauth/introspect", &form).await.status(), 401, "used up");
}

#[tokio::test]
async fn whoever_looks_at_a_token_changes_nothing_and_takes_one_step() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let asking = Asking::client(&provider, &client);
    let own = tokens(&provider, &client, &[]).await;
    let for_api = tokens(&provider, &client, &FOR_API).await;
    let refresh_token = text(&own, "refresh_token");
    let first = asking.text(refresh_token, &[]).await;
    provider.advance(Duration::from_mins(1));
    assert_eq!(asking.text(refresh_token, &[]).await, first, "not used, not kept alive");
    for token in [refresh_token, text(&own, "access_token"), text(&for_api, "access_token"), "x"] {
        provider.round_trips.take();
        provider.kms_round_trips.take();
        asking.text(token, &[]).await;
        assert_eq!(provider.round_trips.take(), (1, 1));
        assert_eq!(provider.kms_round_trips.take(), (0, 0));
    }
    renew(&provider, &client, &own).await;
}

#[tokio::test]
async fn a_refresh_token_that_does_not_rotate_does_not_say_when_it_was_issued() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let change = json!({ "refresh_token": { "rotation_type": "non-rotating", "infinite_token_lifetime": true, "infinite_idle_token_lifetime": true } });
    let path = format!("clients/{}", client.client_id);
    assert_eq!(provider.manage(Method::PATCH, &path, Some(&change)).await.status(), 200);
    let own = tokens(&provider, &client, &[]).await;
    renew(&provider, &client, &own).await;
    let told = Asking::client(&provider, &client).active(text(&own, "refresh_token")).await;
    assert_eq!((told.get("iat"), told.get("exp")), (None, None), "{told}");
}
