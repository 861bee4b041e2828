//! The budgets of ARCHITECTURE.md: `(calls, steps)`, where calls under way at the same time are one step.

use crate::harness::{
    API, Browser, ClientKey, Owner, Provider, REDIRECT_URI, RelyingParty, http, send_from,
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// What the user fills into the sign-in page that has this `csrf_token`.
fn sign_in_form<'a>(provider: &'a Provider, csrf_token: &'a str) -> [(&'a str, &'a str); 3] {
    let [email, password] = ["email", "password"].map(|member| provider.user(member));
    [("csrf_token", csrf_token), ("username", email), ("password", password)]
}

#[tokio::test]
async fn what_is_published_costs_nothing_while_it_is_fresh() {
    let provider = Provider::open_to_all().await;
    for path in [
        ".well-known/openid-configuration",
        ".well-known/oauth-authorization-server",
        ".well-known/jwks.json",
    ] {
        provider.get(path).await;
        provider.round_trips.take();
        provider.get(path).await;
        assert_eq!(provider.round_trips.take(), (0, 0), "{path}");
    }
    provider.advance(Duration::from_secs(30));
    provider.get(".well-known/jwks.json").await;
    assert_eq!(provider.round_trips.take(), (1, 1), "after half a minute");
}

#[tokio::test]
async fn a_registration_takes_three_steps() {
    let provider = Provider::open_to_all().await;
    provider.register(&json!({ "redirect_uris": ["https://app.example/cb"] })).await;
    provider.round_trips.take();
    provider.kms_round_trips.take();
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let request = http().post(provider.url("oidc/register")).json(&metadata).build().unwrap();
    // From elsewhere, so that it is counted.
    assert_eq!(send_from(&provider, request, "203.0.113.7").await.status(), 201);
    // The tenant, the source's counter; the tenant's; the client, the event, the count of unused clients.
    assert_eq!(provider.round_trips.take(), (6, 3));
    assert_eq!(provider.kms_round_trips.take(), (0, 0));
}

#[tokio::test]
async fn the_same_client_again_and_its_own_changes_take_little_more() {
    let provider = Provider::open_to_all().await;
    let settings = async |policy: Value| {
        let change = json!({ "dynamic_client_registration": policy });
        assert_eq!(provider.change_settings(&change).await.status(), 200);
        provider.round_trips.take();
    };
    let metadata =
        json!({ "redirect_uris": ["cursor://a/cb"], "token_endpoint_auth_method": "none" });
    let send = async |request: reqwest::RequestBuilder| {
        let answer = send_from(&provider, request.build().unwrap(), "203.0.113.7").await;
        let body: Value = serde_json::from_slice(answer.body().as_ref()).unwrap_or_default();
        (answer.status().as_u16(), body, provider.round_trips.take())
    };
    let register = || http().post(provider.url("oidc/register")).json(&metadata);
    assert_eq!(send(register()).await.0, 201);
    assert_eq!(send(register()).await.2, (5, 4), "… → put(client), which is there → put(event)");
    settings(json!({ "unused_clients": 1 })).await;
    let (status, _, round_trips) = send(register()).await;
    assert_eq!((status, round_trips), (201, (5, 4)), "… → get(clients) → put(event)");

    settings(json!({ "unused_clients": 9, "client_registration_management": "full" })).await;
    let (_, client, _) = send(register()).await;
    let text = |member: &str| client[member].as_str().unwrap().to_owned();
    let mut body = metadata.clone();
    body["client_id"] = client["client_id"].clone();
    let own = |method| {
        http()
            .request(method, text("registration_client_uri"))
            .bearer_auth(text("registration_access_token"))
    };
    assert_eq!(send(own(Method::GET)).await.2, (1, 1));
    body["client_name"] = json!(" ");
    let (status, _, round_trips) = send(own(Method::PUT).json(&body)).await;
    assert_eq!((status, round_trips), (400, (3, 2)), "get ∥ count → put(event)");
    body["client_name"] = json!("A");
    let (status, _, round_trips) = send(own(Method::PUT).json(&body)).await;
    assert_eq!((status, round_trips), (200, (4, 3)), "get ∥ count → put(event) → put(client)");
    for calls in [(3, 3), (1, 1)] {
        let (status, _, round_trips) = send(own(Method::GET)).await;
        assert_eq!((status, round_trips), (401, calls), "get → count(refusals) → put(event), once");
    }
}

#[tokio::test]
async fn a_registration_by_a_token_takes_one_step_more_and_a_bad_token_none() {
    let provider = Provider::open_to_all().await;
    let policy = json!({ "dynamic_client_registration": { "admission": "initial_access_token" } });
    assert_eq!(provider.change_settings(&policy).await.status(), 200);
    let management_token = provider.management_token(None).await;
    let url = provider.url("api/v2/initial-access-tokens");
    let creation = http().post(&url).bearer_auth(&management_token).json(&json!({ "max_uses": 2 }));
    provider.round_trips.take();
    let made = creation.send().await.unwrap();
    assert_eq!(provider.round_trips.take(), (3, 3), "initial-access-tokens, create");
    let made: serde_json::Value = made.json().await.unwrap();
    let register = async |token: &str| {
        let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
        let request = http().post(provider.url("oidc/register")).json(&metadata);
        let request = request.bearer_auth(token).build().unwrap();
        // From elsewhere, so that it is counted.
        send_from(&provider, request, "203.0.113.7").await
    };
    let token = made["token"].as_str().unwrap();
    assert_eq!(register(token).await.status(), 201);
    provider.round_trips.take();
    assert_eq!(register(token).await.status(), 201);
    assert_eq!(
        provider.round_trips.take(),
        (7, 4),
        "get ∥ count → count → count(token) → put(client) ∥ put(event) ∥ count(unused)"
    );
    assert_eq!(register(token).await.status(), 401);
    assert_eq!(provider.round_trips.take(), (4, 3), "get ∥ count → count → put(event)");

    let one = format!("{url}/{}", made["id"].as_str().unwrap());
    http().get(&one).bearer_auth(&management_token).send().await.unwrap();
    assert_eq!(provider.round_trips.take(), (1, 1), "initial-access-tokens, one");
    http().get(&url).bearer_auth(&management_token).send().await.unwrap();
    assert_eq!(provider.round_trips.take(), (3, 3), "initial-access-tokens, list");
    http().delete(&one).bearer_auth(&management_token).send().await.unwrap();
    assert_eq!(provider.round_trips.take(), (3, 3), "initial-access-tokens, revoke");
}

#[tokio::test]
async fn client_credentials_take_one_step() {
    let provider = Provider::start().await;
    provider.management_token(None).await;
    provider.round_trips.take();
    provider.kms_round_trips.take();
    provider.management_token(None).await;
    assert_eq!(provider.round_trips.take(), (1, 1));
    assert_eq!(provider.kms_round_trips.take(), (1, 1));
}

#[tokio::test]
async fn reading_the_settings_takes_one_step_and_changing_them_two() {
    let provider = Provider::start().await;
    let token = provider.management_token(None).await;
    let url = provider.url("api/v2/tenants/settings");
    provider.round_trips.take();
    http().get(&url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(provider.round_trips.take(), (1, 1));
    http()
        .patch(&url)
        .bearer_auth(&token)
        .json(&json!({ "friendly_name": "A" }))
        .send()
        .await
        .unwrap();
    assert_eq!(provider.round_trips.take(), (2, 2));
}

#[tokio::test]
async fn apis_and_grants_are_read_in_one_step_and_changed_in_three() {
    let provider = Provider::start().await;
    let token = provider.management_token(None).await;
    let manage = async |method: Method, path: &str, body: Value| {
        let request = http().request(method, provider.url(&format!("api/v2/{path}")));
        provider.round_trips.take();
        let answer = request.bearer_auth(&token).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        provider.round_trips.take()
    };
    let (api, grant) = (
        "resource-servers/x",
        json!({ "default_for": "third_party_clients", "audience": "x", "scope": [] }),
    );
    let path = format!("client-grants/cgr_{}.user.third-party-clients", hash("x"));
    for (method, path, body, expected) in [
        (Method::POST, "resource-servers", json!({ "identifier": "x" }), (3, 3)),
        (Method::GET, api, Value::Null, (1, 1)),
        (Method::GET, "resource-servers", Value::Null, (3, 3)),
        (Method::PATCH, api, json!({ "name": "X" }), (3, 3)),
        (Method::POST, "client-grants", grant.clone(), (3, 3)),
        (Method::GET, &path, Value::Null, (1, 1)),
        (Method::GET, "client-grants", Value::Null, (3, 3)),
        (Method::PATCH, &path, json!({ "scope": [] }), (3, 3)),
        (Method::DELETE, &path, Value::Null, (3, 3)),
        (Method::POST, "client-grants", grant, (3, 3)),
        // And its grant.
        (Method::DELETE, api, Value::Null, (6, 6)),
    ] {
        assert_eq!(manage(method.clone(), path, body).await, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn the_journey_through_the_browser_takes_no_more_than_it_must() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let mut browser = Browser::new(&provider);
    provider.round_trips.take();

    provider.kms_round_trips.take();
    browser.request(&url, None).await;
    assert_eq!(provider.round_trips.take(), (1, 1), "authorize, to sign in");
    let login = browser.page(&url).await;
    provider.round_trips.take();

    let token = login.attribute(r#"name="csrf_token" value=""#);
    let fields = sign_in_form(&provider, &token);
    browser.request(login.url.as_str(), Some(&fields)).await;
    assert_eq!(provider.round_trips.take(), (2, 2), "login, submit");
    browser.request(login.url.as_str(), Some(&fields)).await;
    assert_eq!(provider.round_trips.take(), (3, 2), "login, submit, in a session, which ends");
    let choice = format!("{}&prompt=select_account", login.url);
    browser.request(&choice, None).await;
    assert_eq!(provider.round_trips.take(), (1, 1), "login, to choose an account");

    let consent = browser.page(&url).await;
    provider.round_trips.take();
    let token = consent.attribute(r#"name="csrf_token" value=""#);
    let fields = [("csrf_token", token.as_str()), ("allow", "true")];
    browser.request(consent.url.as_str(), Some(&fields)).await;
    assert_eq!(provider.round_trips.take(), (2, 2), "consent, submit");

    let code = browser.landing(&url).await.query()["code"].clone();
    assert_eq!(provider.round_trips.take(), (2, 2), "authorize, code");
    assert_eq!(provider.kms_round_trips.take(), (0, 0), "nothing is signed before the tokens");

    let response = provider.post_form("oauth/token", &client.exchange(&code)).await;
    // The note that the client is used, and one unused client fewer, take no step of their own.
    assert_eq!(provider.round_trips.take(), (5, 3), "token, code, the first of a client");
    assert_eq!(provider.kms_round_trips.take(), (2, 1), "two signatures, side by side");
    let tokens: serde_json::Value = response.json().await.unwrap();

    let access_token = tokens["access_token"].as_str().unwrap();
    http().get(provider.url("userinfo")).bearer_auth(access_token).send().await.unwrap();
    assert_eq!(provider.round_trips.take(), (1, 1), "userinfo");
    assert_eq!(provider.kms_round_trips.take(), (0, 0), "userinfo");
}

#[tokio::test]
async fn a_refresh_takes_two_steps_and_its_repetition_one() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", "openid offline_access")]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    let tokens = provider.post_form("oauth/token", &client.exchange(&code)).await;
    let tokens: serde_json::Value = tokens.json().await.unwrap();
    let renewal = [
        ("grant_type", "refresh_token"),
        ("client_id", client.client_id.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    provider.round_trips.take();
    provider.kms_round_trips.take();
    for (steps, what) in [((2, 2), "token, refresh"), ((1, 1), "token, refresh, the same again")] {
        assert_eq!(provider.post_form("oauth/token", &renewal).await.status(), 200, "{what}");
        assert_eq!(provider.round_trips.take(), steps, "{what}");
        assert_eq!(
            provider.kms_round_trips.take(),
            (1, 1),
            "{what}: an opaque token has no signature"
        );
    }
}

#[tokio::test]
async fn a_request_object_takes_one_step_more_and_that_once() {
    let provider = Provider::open_to_all().await;
    let key = ClientKey::new("a");
    let client =
        RelyingParty::register_as(&provider, json!({ "jwks": { "keys": [key.jwk()] } })).await;
    let claims = json!({
        "client_id": client.client_id, "response_type": "code", "redirect_uri": REDIRECT_URI,
        "scope": "openid read:contacts", "audience": API,
    });
    let jwt = key.sign("oauth-authz-req+jwt", &claims);
    let mut browser = Browser::new(&provider);
    let url = client.url(&[("request", &jwt)]);
    browser.page(&url).await;
    provider.round_trips.take();
    let response = browser.request(&url, None).await;
    assert_eq!(provider.round_trips.take(), (2, 2), "who asks, then everything");
    let login = provider.issuer.trim_end_matches('/').to_owned()
        + response.headers()["location"].to_str().unwrap();
    let login = browser.page(&login).await;
    assert_eq!(provider.round_trips.take(), (1, 1), "login");
    browser.sign_in(&login).await.page();
    provider.round_trips.take();
    let authorize = login.url.as_str().replace("/u/login", "/authorize");
    browser.request(&authorize, None).await;
    assert_eq!(provider.round_trips.take(), (1, 1), "authorize, signed in");
}

#[tokio::test]
async fn a_pushed_request_takes_three_steps_and_its_answer_two_more() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let mut browser = Browser::new(&provider);
    browser.authorize(&url).await;
    provider.round_trips.take();
    let parameters = Url::parse(&url).unwrap();
    let form: Vec<_> = parameters.query_pairs().collect();
    let answer = http().post(provider.url("oauth/par")).form(&form).send().await.unwrap();
    assert_eq!(provider.round_trips.take(), (3, 3), "who asks, what decides, the write");
    let pushed: Value = answer.json().await.unwrap();
    let parameters = [
        ("client_id", &*client.client_id),
        ("request_uri", pushed["request_uri"].as_str().unwrap()),
    ];
    let url = Url::parse_with_params(&provider.url("authorize"), parameters).unwrap();
    assert!(browser.landing(url.as_str()).await.query().contains_key("code"));
    assert_eq!(provider.round_trips.take(), (4, 4), "get → get → put(code) → use");
}

#[tokio::test]
async fn an_implicit_answer_takes_one_step_before_it_is_signed() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let api = [("scope", "openid read:contacts"), ("audience", API)];
    let implicit = [("response_type", "id_token token"), ("nonce", "n")];
    let (for_api, for_userinfo) = (
        client.url(&[&implicit[..], &api].concat()),
        client.url(&[&implicit[..], &[("scope", "openid")]].concat()),
    );
    let mut browser = Browser::new(&provider);
    browser.authorize(&for_api).await;
    let consent = browser.page(&for_userinfo).await;
    browser.submit(&consent, &[("allow", "true")]).await;
    provider.round_trips.take();
    provider.kms_round_trips.take();
    browser.landing(&for_api).await;
    assert_eq!(provider.round_trips.take(), (1, 1));
    assert_eq!(provider.kms_round_trips.take(), (2, 2), "the ID Token holds the other's hash");
    browser.landing(&for_userinfo).await;
    assert_eq!(provider.kms_round_trips.take(), (1, 1), "an opaque token is not signed");
}

#[tokio::test]
async fn a_hybrid_answer_takes_no_more_steps_than_a_code() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    for (response_type, calls) in
        [("code id_token", 2), ("code token", 3), ("code id_token token", 3)]
    {
        let url =
            client.url(&[("response_type", response_type), ("scope", "openid"), ("nonce", "n")]);
        browser.arrive(&url).await;
        provider.round_trips.take();
        provider.kms_round_trips.take();
        let code = browser.landing(&url).await.fragment()["code"].clone();
        assert_eq!(provider.round_trips.take(), (calls, 2), "{response_type}");
        let signatures = usize::from(response_type.contains("id_token"));
        assert_eq!(provider.kms_round_trips.take(), (signatures, signatures), "{response_type}");
        let mut exchange = client.exchange(&code);
        exchange.retain(|(name, _)| *name != "code_verifier");
        for (status, calls, steps) in [(200, 3, 3), (400, calls, 2)] {
            let answer = provider.post_form("oauth/token", &exchange).await;
            assert_eq!(answer.status(), status);
            // Both families are revoked at the same time.
            assert_eq!(provider.round_trips.take(), (calls, steps), "{response_type} {status}");
            provider.kms_round_trips.take();
        }
    }
}

#[tokio::test]
async fn a_session_is_joined_beside_the_code_and_ended_in_two_steps() {
    let provider = Provider::open_to_all().await;
    let policy = json!({ "dynamic_client_registration": { "allow_fetching": true } });
    assert_eq!(provider.change_settings(&policy).await.status(), 200);
    let told = json!({ "backchannel_logout_uri": "https://192.0.2.1/out" });
    let client = RelyingParty::register_as(&provider, told).await;
    let url = client.code_url(&[("scope", "openid")]);
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url).await;
    let consent = browser.sign_in(&login).await.page();
    let token = consent.attribute(r#"name="csrf_token" value=""#);
    let fields = [("csrf_token", token.as_str()), ("allow", "true")];
    browser.request(consent.url.as_str(), Some(&fields)).await;
    for expected in [(3, 2), (2, 2)] {
        provider.round_trips.take();
        browser.landing(&url).await;
        assert_eq!(provider.round_trips.take(), expected, "authorize, code");
    }
    let login = browser.page(&format!("{url}&prompt=login")).await;
    provider.round_trips.take();
    let token = login.attribute(r#"name="csrf_token" value=""#);
    let fields = sign_in_form(&provider, &token);
    browser.request(login.url.as_str(), Some(&fields)).await;
    assert_eq!(provider.round_trips.take(), (3, 3), "get → put(session) → delete(session)");
    let page = browser.page(&provider.url("oidc/logout")).await;
    assert_eq!(provider.round_trips.take(), (1, 1), "logout, to ask");
    provider.kms_round_trips.take();
    let token = page.attribute(r#"name="csrf_token" value=""#);
    let fields = [("csrf_token", token.as_str()), ("logout", "true")];
    browser.request(&provider.url("u/logout?"), Some(&fields)).await;
    assert_eq!(provider.round_trips.take(), (3, 3), "get → delete → get(clients)");
    assert_eq!(provider.kms_round_trips.take(), (1, 1), "a signature for each client");
}

#[tokio::test]
async fn signing_out_everywhere_takes_three_steps_for_each_hundred_sessions() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let url = client.url(&[("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")]);
    let mut browser = Browser::new(&provider);
    let id_token = browser.authorize(&url).await.fragment()["id_token"].clone();
    let sub = client.verify_id_token(&id_token).await["sub"].as_str().unwrap().to_owned();
    provider.begin_sessions(&sub, 109).await;
    let page = browser.page(&provider.url("oidc/logout")).await;
    let token = page.attribute(r#"name="csrf_token" value=""#);
    let fields = [("csrf_token", token.as_str()), ("logout", "true"), ("everywhere", "true")];
    provider.round_trips.take();
    browser.request(&provider.url("u/logout?"), Some(&fields)).await;
    // The session of this browser is the last to end.
    assert_eq!(provider.round_trips.take(), (1 + 2 + 2 + 109 + 1, 1 + 3 + 3 + 1));
}

#[tokio::test]
async fn what_the_owner_does_to_clients_takes_no_more_than_it_must() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    // Of a third party: the tenant's own are not counted.
    let new =
        json!({ "name": "A", "callbacks": ["https://app.example/cb"], "is_first_party": false });
    owner.post("clients", &new).await;
    provider.round_trips.take();
    let (_, created) = owner.post("clients", &new).await;
    assert_eq!(provider.round_trips.take(), (4, 3), "the event before the client and its count");
    let client = format!("clients/{}", created["client_id"].as_str().unwrap());
    owner.get(&client).await;
    assert_eq!(provider.round_trips.take(), (1, 1), "one");
    owner.patch(&client, &json!({ "name": "B" })).await;
    assert_eq!(provider.round_trips.take(), (3, 3), "a change");
    owner.get("clients").await;
    assert_eq!(provider.round_trips.take(), (6, 3), "a list: four partitions side by side");
    owner.delete(&client).await;
    assert_eq!(provider.round_trips.take(), (4, 4), "a deletion");
    let (_, log) = owner.get("logs?take=1").await;
    assert_eq!(provider.round_trips.take(), (5, 2), "the log, as far as today's is enough");
    owner.delete("users/nobody/sessions").await;
    assert_eq!(provider.round_trips.take(), (3, 3), "a user's sessions, of which there are none");
    owner.get(&format!("logs/{}", log[0]["log_id"].as_str().unwrap())).await;
    assert_eq!(provider.round_trips.take(), (1, 1), "one event");
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
