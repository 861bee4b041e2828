//! Each role of `template.yaml` grants exactly what its function uses. Every test holds the functions to
//! their roles ([`Policies`]), so that a grant too few fails there; here everything that a function can do is
//! done, so that a grant too many fails too.

use crate::harness::{
    API, Browser, ClientKey, Deployment, FakeAws, Owner, Permissions, Policies, Provider,
    RelyingParty, Website, http, send_from, send_through,
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn the_template_grants_what_is_used_and_nothing_else() {
    let provider = Provider::open_to_all().await;
    endpoints(&provider).await;
    owners_endpoints(&provider).await;
    let mut used = provider.policies.used();
    used.extend(bootstrap_uses().await);
    for (function, permissions) in
        cold_starts().await.into_iter().chain(fetching_uses().await).chain(es256_uses().await)
    {
        used.entry(function).or_default().extend(permissions);
    }
    let granted = provider.policies.granted();
    for (function, granted) in granted {
        let used = used.remove(function).unwrap_or_default();
        let unused: Vec<_> = granted.difference(&used).collect();
        assert!(unused.is_empty(), "{function} is granted, but does not use, {unused:?}");
        assert_eq!(&used, granted, "{function}");
    }
    assert!(used.is_empty(), "without a role: {used:?}");
}

async fn endpoints(provider: &Provider) {
    for path in ["", ".well-known/openid-configuration", ".well-known/jwks.json"] {
        assert_eq!(provider.get(path).await.status(), 200);
        // What one has read, the next must not find remembered.
        provider.advance(Duration::from_secs(30));
    }
    // From elsewhere, since this machine's own requests are not counted.
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let registration = http().post(provider.url("oidc/register")).json(&metadata);
    let registered = send_from(provider, registration.build().unwrap(), "203.0.113.7").await;
    assert_eq!(registered.status(), 201);

    manage_a_registration(provider).await;

    let client = RelyingParty::register_public(provider).await;
    let mut browser = Browser::new(provider);
    let code_url = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let login = browser.page(&code_url).await;
    let form = [
        ("csrf_token", login.attribute(r#"name="csrf_token" value=""#)),
        ("username", "nobody@example.com".to_owned()),
        ("password", "wrong".to_owned()),
    ];
    let attempt = http()
        .post(login.url.clone())
        .header("cookie", format!("browser={}", browser.cookies["browser"]))
        .form(&form);
    let refused = send_from(provider, attempt.build().unwrap(), "203.0.113.7").await;
    assert_eq!(refused.status(), 400);

    let code = browser.authorize(&code_url).await.query()["code"].clone();
    // Whoever signs in again ends the session before.
    let again = client.code_url(&[("scope", "openid"), ("prompt", "login")]);
    let login = browser.page(&again).await;
    browser.sign_in(&login).await;
    let exchange = client.exchange(&code);
    let tokens = provider.post_form("oauth/token", &exchange).await;
    let tokens: Value = tokens.json().await.unwrap();
    let bearer = tokens["access_token"].as_str().unwrap();
    let userinfo = http().get(provider.url("userinfo")).bearer_auth(bearer);
    assert_eq!(userinfo.send().await.unwrap().status(), 200);
    renew(provider).await;
    present_bound_token(provider).await;
    // A second use of the code revokes the family.
    assert_eq!(provider.post_form("oauth/token", &exchange).await.status(), 400);
    // A client's first tokens keep it for good, by whichever endpoint it gets them.
    let metadata = json!({ "userinfo_signed_response_alg": "RS256" });
    let client = RelyingParty::register_as(provider, metadata).await;
    let implicit = [("response_type", "id_token token"), ("nonce", "n"), ("audience", API)];
    let url = client.url(&[&implicit[..], &[("scope", "openid read:contacts")]].concat());
    let answer = browser.authorize(&url).await.fragment();
    // A token beside a code has a family, with which it is revoked.
    let hybrid = client.url(&[("response_type", "code token"), ("scope", "openid")]);
    assert!(browser.authorize(&hybrid).await.fragment().contains_key("code"));
    let userinfo = http().get(provider.url("userinfo")).bearer_auth(&answer["access_token"]);
    assert_eq!(userinfo.send().await.unwrap().status(), 200);
    // An API is looked up before it is made the default.
    let settings = json!({ "default_audience": API });
    assert_eq!(provider.change_settings(&settings).await.status(), 200);
    apis_and_grants(provider, &client.client_id).await;
    initial_access_tokens(provider).await;
}

/// Made, listed, used by somebody, and revoked.
async fn initial_access_tokens(provider: &Provider) {
    let policy = json!({ "dynamic_client_registration": { "admission": "initial_access_token" } });
    assert_eq!(provider.change_settings(&policy).await.status(), 200);
    let management_token = provider.management_token(None).await;
    let path = "api/v2/initial-access-tokens";
    let manage = |method: Method, path: &str| {
        http().request(method, provider.url(path)).bearer_auth(&management_token)
    };
    let made = manage(Method::POST, path).json(&json!({})).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let registration = http().post(provider.url("oidc/register")).json(&metadata);
    let registration = registration.bearer_auth(made["token"].as_str().unwrap());
    assert_eq!(registration.send().await.unwrap().status(), 201);
    let list = manage(Method::GET, &format!("{path}?take=1")).send().await.unwrap();
    assert_eq!(list.status(), 200);
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(manage(Method::DELETE, &one).send().await.unwrap().status(), 204);
}

/// A client renews its tokens while the user is away.
async fn renew(provider: &Provider) {
    let client = RelyingParty::register_public(provider).await;
    let url = client.code_url(&[("scope", "openid offline_access")]);
    let code = Browser::new(provider).authorize(&url).await.query()["code"].clone();
    let tokens = provider.post_form("oauth/token", &client.exchange(&code)).await;
    let tokens: Value = tokens.json().await.unwrap();
    let renewal = [
        ("grant_type", "refresh_token"),
        ("client_id", client.client_id.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let renewed = provider.post_form("oauth/token", &renewal).await;
    assert_eq!(renewed.status(), 200);
    let renewed: Value = renewed.json().await.unwrap();
    let token = renewed["refresh_token"].as_str().unwrap();
    let introspection = [
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("token", token),
    ];
    assert_eq!(provider.post_form("oauth/introspect", &introspection).await.status(), 200);
    let revocation = [("client_id", client.client_id.as_str()), ("token", token)];
    assert_eq!(provider.post_form("oauth/revoke", &revocation).await.status(), 200);
}

/// A token that is bound to a key is presented with a proof, which is used up.
async fn present_bound_token(provider: &Provider) {
    let (client, key) = (RelyingParty::register_public(provider).await, ClientKey::new("a"));
    let url = client.code_url(&[("scope", "openid")]);
    let code = Browser::new(provider).authorize(&url).await.query()["code"].clone();
    let token_endpoint = provider.url("oauth/token");
    let mut nonce = Value::Null;
    let mut answer = Value::Null;
    for status in [400, 200] {
        let claims = json!({ "nonce": nonce });
        let proof = key.proof(("POST", &token_endpoint), provider.now(), &claims);
        let exchange = http().post(&token_endpoint).form(&client.exchange(&code));
        let response = exchange.header("dpop", proof).send().await.unwrap();
        assert_eq!(response.status(), status);
        nonce = response.headers()["dpop-nonce"].to_str().unwrap().into();
        answer = response.json().await.unwrap();
    }
    let token = answer["access_token"].as_str().unwrap();
    let ath = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()));
    let claims = json!({ "nonce": nonce, "ath": ath });
    let proof = key.proof(("GET", &provider.url("userinfo")), provider.now(), &claims);
    let userinfo = http()
        .get(provider.url("userinfo"))
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", proof);
    assert_eq!(userinfo.send().await.unwrap().status(), 200);
}

/// A client that has never been used reads, replaces and deletes its registration.
async fn manage_a_registration(provider: &Provider) {
    let management = |value: &str| json!({ "dynamic_client_registration": { "client_registration_management": value } });
    assert_eq!(provider.change_settings(&management("full")).await.status(), 200);
    let mut metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let client = provider.register(&metadata).await;
    metadata["client_id"] = client["client_id"].clone();
    let mut token = client["registration_access_token"].as_str().unwrap().to_owned();
    for (method, status) in [(Method::GET, 200), (Method::PUT, 200), (Method::DELETE, 204)] {
        let request = http()
            .request(method.clone(), client["registration_client_uri"].as_str().unwrap())
            .bearer_auth(&token);
        let request = if method == Method::PUT { request.json(&metadata) } else { request };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{method}");
        if method == Method::PUT {
            let replaced: Value = response.json().await.unwrap();
            replaced["registration_access_token"].as_str().unwrap().clone_into(&mut token);
        }
    }
    assert_eq!(provider.change_settings(&management("none")).await.status(), 200);
}

/// What the owner does to clients, and where it is read.
async fn owners_endpoints(provider: &Provider) {
    let owner = Owner::of(provider).await;
    let dry_run = http().post(provider.url("oidc/register?dry_run=true")).bearer_auth(&owner.token);
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    assert_eq!(dry_run.json(&metadata).send().await.unwrap().status(), 200);
    let client =
        json!({ "name": "A", "callbacks": ["https://app.example/cb"], "is_first_party": false });
    let (status, client) = owner.post("clients", &client).await;
    assert_eq!(status, 201);
    let client = format!("clients/{}", client["client_id"].as_str().unwrap());
    assert_eq!(owner.patch(&client, &json!({ "name": "B" })).await.0, 200);
    let rotation = format!("{client}/rotate-secret");
    assert_eq!(owner.ask(Method::POST, &rotation, None).await.0, 200);
    assert_eq!(owner.get("clients?take=1").await.0, 200);
    assert_eq!(owner.delete(&client).await, 204);
    let (_, log) = owner.get("logs").await;
    let event = format!("logs/{}", log[0]["log_id"].as_str().unwrap());
    assert_eq!(owner.get(&event).await.0, 200);
}

/// All that can be done to APIs and to grants for them.
async fn apis_and_grants(provider: &Provider, client_id: &str) {
    let (api, change) =
        (json!({ "identifier": "x", "scopes": [{ "value": "a" }] }), json!({ "name": "X" }));
    let grant = |client_id: &str| json!({ "client_id": client_id, "audience": "x", "scope": [], "subject_type": "user" });
    let scope = json!({ "scope": ["a"] });
    let make = async |path: &str, body: &Value| {
        let made: Value =
            provider.manage(Method::POST, path, Some(body)).await.json().await.unwrap();
        format!("{path}/{}", made["id"].as_str().unwrap())
    };
    let api = make("resource-servers", &api).await;
    let first = make("client-grants", &grant(client_id)).await;
    for (method, path, body) in [
        (Method::PATCH, first.as_str(), Some(&scope)),
        (Method::DELETE, &first, None),
        (Method::PATCH, &api, Some(&change)),
    ] {
        let answer = provider.manage(method, path, body).await;
        assert!(answer.status().is_success(), "{path}");
    }
    // Which is deleted with the API.
    make("client-grants", &grant(client_id)).await;
    assert_eq!(provider.manage(Method::DELETE, &api, None).await.status(), 204);
}

/// What a function does besides when it serves its first request: it unwraps the sealing key.
async fn cold_starts() -> Permissions {
    let mut used = Permissions::new();
    for (method, path) in [
        (Method::POST, "oidc/register"),
        (Method::PUT, "oidc/register/nobody"),
        (Method::GET, "authorize?client_id=nobody"),
        (Method::GET, "u/login?client_id=nobody"),
        (Method::GET, "u/consent?client_id=nobody"),
        (Method::GET, "oidc/logout?client_id=nobody"),
        (Method::POST, "oauth/token"),
        (Method::POST, "oauth/revoke"),
        (Method::POST, "oauth/introspect"),
        (Method::POST, "oauth/par"),
        (Method::GET, "userinfo"),
    ] {
        let provider = Provider::start().await;
        let request = http().request(method, provider.url(path));
        let is_for_clients = ["oauth/par", "oauth/revoke", "oauth/introspect"].contains(&path);
        let request = if is_for_clients { request } else { request.bearer_auth("token") };
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "a"),
            ("audience", "b"),
            ("token", "c"),
        ];
        assert!(request.form(&form).send().await.unwrap().status().is_client_error(), "{path}");
        used.extend(provider.policies.used());
    }
    // Where a list goes on is sealed.
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    for name in ["A", "B"] {
        let client = json!({ "name": name, "callbacks": ["https://app.example/cb"] });
        assert_eq!(owner.post("clients", &client).await.0, 201);
    }
    for _ in 0..2 {
        assert_eq!(owner.post("initial-access-tokens", &json!({})).await.0, 201);
    }
    let lists = ["clients", "resource-servers", "client-grants", "initial-access-tokens"];
    for list in lists {
        let url = provider.url(&format!("api/v2/{list}?take=1"));
        let request = http().get(url).bearer_auth(&owner.token).build().unwrap();
        let answer = send_through(&provider.cold(), request, "203.0.113.7").await;
        assert_eq!(answer.status(), 200, "{list}");
    }
    let is_a_list =
        |function: &str| lists.iter().any(|list| function.strip_prefix("cardea-") == Some(list));
    let of_lists = provider.policies.used().into_iter();
    used.extend(of_lists.filter(|(function, _)| is_a_list(function)));
    used.extend(cold_list_of_sessions().await);
    used
}

/// The same of a list that there is for each user.
async fn cold_list_of_sessions() -> Permissions {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let id_token = [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];
    let mut subject = String::new();
    for _ in 0..2 {
        let landing = Browser::new(&provider).authorize(&client.url(&id_token)).await;
        let claims = client.verify_id_token(&landing.fragment()["id_token"]).await;
        claims["sub"].as_str().unwrap().clone_into(&mut subject);
    }
    let url = provider.url(&format!("api/v2/users/{subject}/sessions?take=1"));
    let owner = Owner::of(&provider).await;
    let request = http().get(url).bearer_auth(&owner.token).build().unwrap();
    let answer = send_through(&provider.cold(), request, "203.0.113.7").await;
    assert_eq!(answer.status(), 200);
    let used = provider.policies.used().into_iter();
    used.filter(|(function, _)| function == "cardea-sessions").collect()
}

/// What is done besides for clients that refer to documents of theirs.
async fn fetching_uses() -> Permissions {
    let arguments = ["--ephemeral", "--port", "0", "--fetch-from-loopback"];
    let provider = Provider::start_with(&arguments).await;
    let policy = json!({ "allow_fetching": true, "client_registration_management": "full" });
    let change = json!({
        "flags": { "enable_dynamic_client_registration": true },
        "dynamic_client_registration": policy,
    });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let (site, key) = (Website::start().await, ClientKey::new("a"));
    let mut metadata = json!({
        "redirect_uris": ["https://app.example/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": site.shows("/jwks.json", &json!({ "keys": [key.jwk()] })),
    });
    let client = provider.register(&metadata).await;
    let text = |member: &str| client[member].as_str().unwrap();
    for _ in 0..2 {
        // Long enough for the copy to be old.
        provider.advance(Duration::from_hours(1));
        let assertion = key.assertion(text("client_id"), &provider.issuer, provider.now());
        let mut form =
            vec![("grant_type", "authorization_code"), ("code", "a"), ("redirect_uri", "b")];
        form.extend(assertion.iter().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(provider.post_form("oauth/token", &form).await.status(), 400);
    }
    for endpoint in ["oauth/revoke", "oauth/introspect"] {
        provider.advance(Duration::from_hours(1));
        let assertion = key.assertion(text("client_id"), &provider.issuer, provider.now());
        let mut form = vec![("token", "unknown")];
        form.extend(assertion.iter().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(provider.post_form(endpoint, &form).await.status(), 200, "{endpoint}");
    }
    provider.advance(Duration::from_hours(1));
    let assertion = key.assertion(text("client_id"), &provider.issuer, provider.now());
    let redirect_uri = ("redirect_uri", "https://app.example/cb");
    let mut form = vec![("response_type", "code"), ("audience", API), redirect_uri];
    form.extend(assertion.iter().map(|(name, value)| (*name, value.as_str())));
    let pushed = provider.post_form("oauth/par", &form).await;
    assert_eq!(pushed.status(), 201);
    let pushed: Value = pushed.json().await.unwrap();
    let (id, uri) = (text("client_id"), pushed["request_uri"].as_str().unwrap());
    let path = format!("authorize?client_id={id}&request_uri={uri}");
    assert!(
        Browser::new(&provider).authorize(&provider.url(&path)).await.query().contains_key("code")
    );
    provider.advance(Duration::from_hours(1));
    let request_object = key.sign("JWT", &json!({ "client_id": text("client_id") }));
    let path = format!("authorize?client_id={}&request={request_object}", text("client_id"));
    assert_eq!(provider.get(&path).await.status(), 400, "it has no redirect_uri");
    provider.advance(Duration::from_hours(1));
    metadata["client_id"] = client["client_id"].clone();
    let change = http()
        .put(text("registration_client_uri"))
        .bearer_auth(text("registration_access_token"))
        .json(&metadata);
    assert_eq!(change.send().await.unwrap().status(), 200);
    provider.advance(Duration::from_hours(1));
    let client = json!({
        "name": "A", "callbacks": metadata["redirect_uris"], "jwks_uri": metadata["jwks_uri"],
        "token_endpoint_auth_method": "private_key_jwt",
    });
    let made = provider.manage(Method::POST, "clients", Some(&client)).await;
    assert_eq!(made.status(), 201);
    sign_out_everywhere(&provider, &site, Algorithm::RS256).await;
    provider.policies.used()
}

/// Of a session in which a client takes part that is told when it ends.
async fn sign_out_everywhere(provider: &Provider, site: &Website, alg: Algorithm) {
    let told = json!({
        "backchannel_logout_uri": site.answers("/out", (200, vec![], String::new())),
        "id_token_signed_response_alg": alg,
    });
    let mut client = RelyingParty::register_as(provider, told).await;
    client.alg = alg;
    let mut browser = Browser::new(provider);
    browser.authorize(&client.code_url(&[("scope", "openid")])).await;
    let page = browser.page(&provider.url("oidc/logout")).await;
    browser.submit(&page, &[("logout", "true"), ("everywhere", "true")]).await.page();
    assert_eq!(site.requests("/out"), 1);

    // The owner signs the user out, whom an ID Token names.
    let id_token = [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];
    let landing = browser.authorize(&client.url(&id_token)).await;
    let claims = client.verify_id_token(&landing.fragment()["id_token"]).await;
    let owner = Owner::of(provider).await;
    let sessions = format!("users/{}/sessions", claims["sub"].as_str().unwrap());
    let session = format!("sessions/{}", claims["sid"].as_str().unwrap());
    assert_eq!(owner.get(&session).await.0, 200);
    assert_eq!(owner.delete(&sessions).await, 202);
    assert_eq!(site.requests("/out"), 2);
}

/// What signs does so with each algorithm.
async fn es256_uses() -> Permissions {
    let arguments = ["--ephemeral", "--port", "0", "--fetch-from-loopback"];
    let provider = Provider::start_with(&arguments).await;
    provider.add_es256().await;
    provider.advance(Duration::from_hours(24));
    let change = json!({
        "flags": { "enable_dynamic_client_registration": true },
        "dynamic_client_registration": { "allow_fetching": true },
        "signing_alg": "ES256",
    });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let site = Website::start().await;
    let metadata = json!({ "userinfo_signed_response_alg": "ES256" });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let mut browser = Browser::new(&provider);
    let implicit = [("response_type", "token"), ("audience", API), ("scope", "openid")];
    let answer = browser.authorize(&client.url(&implicit)).await.fragment();
    let userinfo = http().get(provider.url("userinfo")).bearer_auth(&answer["access_token"]);
    assert_eq!(userinfo.send().await.unwrap().status(), 200);
    sign_out_everywhere(&provider, &site, Algorithm::ES256).await;
    provider.management_token(None).await;
    provider.policies.used()
}

/// All that the function which is no endpoint can do: make a tenant, rotate its keys, and make a tenant whose
/// credentials an interrupted attempt has kept already, or where those of a removed one are marked for deletion.
async fn bootstrap_uses() -> Permissions {
    let (aws, policies) = (FakeAws::start().await, Policies::of_the_template());
    let issuer = "https://login.example.com/";
    let create = json!({ "create_tenant": { "issuer": issuer, "example_data": true } });
    let add = json!({ "add_signing_key": { "issuer": issuer, "alg": "ES256" } });
    let rotate = json!({ "rotate_signing_key": { "issuer": issuer, "at_once": true } });
    let deployment = Deployment::new(&aws, &policies).await;
    for command in [&create, &add, &rotate] {
        deployment.obey(command).await.unwrap();
    }
    Deployment::new(&aws, &policies).await.obey(&create).await.unwrap();
    aws.delete_secret("cardea/login.example.com");
    Deployment::new(&aws, &policies).await.obey(&create).await.unwrap();
    policies.used()
}
