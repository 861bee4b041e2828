//! `POST /oauth/par`: authorization requests that clients push before they send the browser (RFC 9126).

use crate::harness::{
    API, Arrival, Browser, ClientKey, Owner, Provider, REDIRECT_URI, RelyingParty, Website, http,
};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use url::Url;

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// What the client sends: what it would send the browser with, and what it authenticates with.
fn form(client: &RelyingParty<'_>, parameters: &[(&str, &str)]) -> BTreeMap<String, String> {
    let url = Url::parse(&client.code_url(parameters)).unwrap();
    let mut form: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let secret = client.client_secret.as_ref();
    form.extend(secret.map(|secret| ("client_secret".to_owned(), secret.clone())));
    form
}

async fn push(provider: &Provider, form: &BTreeMap<String, String>) -> (u16, Value) {
    let response = http().post(provider.url("oauth/par")).form(form).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The `request_uri` of what must be acceptable.
async fn pushed(provider: &Provider, form: &BTreeMap<String, String>) -> String {
    let (status, answer) = push(provider, form).await;
    assert_eq!(status, 201, "{answer}");
    answer["request_uri"].as_str().unwrap().to_owned()
}

/// Where the browser is sent with it.
fn url(provider: &Provider, client: &RelyingParty<'_>, request_uri: &str) -> String {
    let parameters = [("client_id", client.client_id.as_str()), ("request_uri", request_uri)];
    Url::parse_with_params(&provider.url("authorize"), parameters).unwrap().into()
}

/// The error that the browser ends with, on a page or at the client.
async fn refusal(browser: &mut Browser<'_>, url: &str) -> String {
    match browser.open(url).await {
        Arrival::Landing(landing) => landing.query()["error"].clone(),
        Arrival::Page(page) => {
            assert_eq!(page.status, 400, "{}", page.html);
            ["invalid_request_uri", "invalid_request"]
                .into_iter()
                .find(|code| page.html.contains(code))
                .expect("an error")
                .to_owned()
        }
    }
}

#[tokio::test]
async fn a_pushed_request_is_named_and_leads_to_a_code_for_what_was_pushed() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let form = form(&client, &[("scope", "openid email"), ("nonce", "pushed")]);
    let (status, answer) = push(&provider, &form).await;
    assert_eq!((status, &answer["expires_in"]), (201, &json!(90)), "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), 2);
    let request_uri = answer["request_uri"].as_str().unwrap();
    let random = request_uri.strip_prefix(PREFIX).unwrap();
    assert_eq!(random.len(), 43, "256 bits");
    assert_ne!(answer["request_uri"], push(&provider, &form).await.1["request_uri"]);

    // What the browser carries beside it counts for nothing.
    let url =
        url(&provider, &client, request_uri) + "&scope=openid%20address&nonce=other&state=other";
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url).await;
    assert!(!login.url.as_str().contains(random), "{}", login.url);
    let consent = browser.sign_in(&login).await.page();
    assert!(consent.html.contains("See your email address"));
    assert!(!consent.html.contains("See your postal address"));
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing().query();
    assert_eq!((&*landing["state"], &landing["iss"]), ("s t&1", &provider.issuer));
    let tokens = provider.post_form("oauth/token", &client.exchange(&landing["code"])).await;
    let tokens: Value = tokens.json().await.unwrap();
    let id_token = client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(
        (&id_token["nonce"], &id_token["email"]),
        (&json!("pushed"), &json!(provider.user("email")))
    );
}

#[tokio::test]
async fn clients_authenticate_as_at_the_token_endpoint() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let good = form(&client, &[]);
    let mut without = good.clone();
    without.remove("client_secret");
    let mut wrong = good.clone();
    wrong.insert("client_secret".to_owned(), "wrong".to_owned());
    let mut unknown = good.clone();
    unknown.insert("client_id".to_owned(), "nobody".to_owned());
    for form in [&without, &wrong, &unknown] {
        let (status, answer) = push(&provider, form).await;
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    }
    // By the header, where client_id may be left out of the form.
    without.remove("client_id");
    let request = http().post(provider.url("oauth/par")).form(&without);
    let request = request.basic_auth(&client.client_id, client.client_secret.as_ref());
    assert_eq!(request.send().await.unwrap().status(), 201);

    let public = RelyingParty::register_public(&provider).await;
    assert_eq!(push(&provider, &form(&public, &[])).await.0, 201);

    // With a key, for each audience that RFC 9126 §2 names, and once.
    let key = ClientKey::new("a");
    let signing =
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.jwk()] } });
    let client = RelyingParty::register_as(&provider, signing).await;
    for path in ["", "oauth/token", "oauth/par"] {
        let assertion = key.assertion(&client.client_id, &provider.url(path), provider.now());
        let mut form = form(&client, &[]);
        form.extend(assertion.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(push(&provider, &form).await.0, 201, "{path}");
        assert_eq!(push(&provider, &form).await.0, 401, "{path}, again");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_at_once() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    for (parameters, error) in [
        ([("redirect_uri", "https://app.example/wrong")], "invalid_request"),
        ([("redirect_uri", "")], "invalid_request"),
        ([("response_type", "")], "invalid_request"),
        ([("response_type", "none")], "unsupported_response_type"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("scope", "a\"b")], "invalid_scope"),
        ([("audience", "https://unknown.example/")], "invalid_target"),
        ([("prompt", "none login")], "invalid_request"),
        ([("max_age", "soon")], "invalid_request"),
        ([("registration", "{}")], "registration_not_supported"),
        ([("request", "a.b.c")], "invalid_request_object"),
        ([("request_uri", "https://app.example/request")], "invalid_request"),
        ([("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
    ] {
        let (status, answer) = push(&provider, &form(&client, &parameters)).await;
        assert_eq!((status, &answer["error"]), (400, &json!(error)), "{parameters:?}: {answer}");
    }
    let twice = format!("client_id={0}&client_id={0}", client.client_id);
    let request = http().post(provider.url("oauth/par")).body(twice);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(request.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_pushed_request_is_its_clients_alone_and_good_for_a_minute_and_a_half() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let other = RelyingParty::register(&provider).await;
    let request_uri = pushed(&provider, &form(&client, &[])).await;
    let mut browser = Browser::new(&provider);
    let others = url(&provider, &other, &request_uri);
    assert_eq!(refusal(&mut browser, &others).await, "invalid_request_uri");
    let unknown = format!("{PREFIX}{}", "a".repeat(43));
    let unknown = url(&provider, &client, &unknown);
    assert_eq!(refusal(&mut browser, &unknown).await, "invalid_request_uri");
    // Where the browser brings along an address that is registered, it is told there.
    let at_the_client = unknown + "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code";
    assert_eq!(refusal(&mut browser, &at_the_client).await, "invalid_request_uri");

    let mine = url(&provider, &client, &request_uri);
    provider.advance(Duration::from_secs(89));
    let login = browser.page(&mine).await;
    assert_eq!(login.url.path(), "/u/login");
    provider.advance(Duration::from_secs(1));
    assert_eq!(refusal(&mut browser, &mine).await, "invalid_request_uri");
    // Whoever came in time may take longer to sign in.
    provider.advance(Duration::from_mins(30));
    let consent = browser.sign_in(&login).await.page();
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    assert!(landing.query().contains_key("code"));
}

#[tokio::test]
async fn a_pushed_request_is_good_for_one_answer_however_often_its_user_reloads() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&client.code_url(&[])).await;

    let mine =
        url(&provider, &client, &pushed(&provider, &form(&client, &[("prompt", "login")])).await);
    let first = browser.page(&mine).await;
    let login = browser.page(&mine).await;
    let landing = browser.sign_in(&login).await.landing();
    assert!(landing.query().contains_key("code"));
    assert_eq!(refusal(&mut browser, &mine).await, "invalid_request_uri");
    // A tab that was opened before is of no use either.
    let landing = browser.sign_in(&first).await.landing();
    assert_eq!(landing.query()["error"], "invalid_request_uri");

    // Of many at once one gets a code.
    let mine = url(&provider, &client, &pushed(&provider, &form(&client, &[])).await);
    let cookies = &browser.cookies;
    let answers = join_all((0..20).map(|_| async {
        let mut browser = Browser::new(&provider);
        browser.cookies.clone_from(cookies);
        let Arrival::Landing(landing) = browser.open(&mine).await else { return false };
        landing.query().contains_key("code")
    }));
    assert_eq!(answers.await.into_iter().filter(|has_code| *has_code).count(), 1);
}

#[tokio::test]
async fn a_request_object_can_be_pushed() {
    let arguments = ["--ephemeral", "--port", "0", "--fetch-from-loopback"];
    let provider = Provider::start_with(&arguments).await;
    let change = json!({
        "flags": { "enable_dynamic_client_registration": true },
        "dynamic_client_registration": { "allow_fetching": true },
    });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let (site, key) = (Website::start().await, ClientKey::rsa("a", "PS256"));
    let jwks_uri = site.shows("/jwks.json", &json!({ "keys": [key.jwk()] }));
    let metadata = json!({ "jwks_uri": jwks_uri, "require_signed_request_object": true });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let claims = json!({
        "iss": client.client_id, "aud": provider.issuer, "client_id": client.client_id,
        "response_type": "code", "redirect_uri": REDIRECT_URI, "scope": "openid", "state": "inner",
        "audience": API,
    });
    let (status, answer) = push(&provider, &form(&client, &[])).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")), "it is not signed");
    let jwt = key.sign("oauth-authz-req+jwt", &claims);
    let form = form(&client, &[("request", &jwt), ("scope", "openid profile")]);
    let request_uri = pushed(&provider, &form).await;
    let landing = Browser::new(&provider).authorize(&url(&provider, &client, &request_uri)).await;
    assert_eq!(landing.query()["state"], "inner");

    let mut wrong = claims;
    wrong["client_id"] = "other".into();
    let jwt = key.sign("oauth-authz-req+jwt", &wrong);
    let mut form = form;
    form.insert("request".to_owned(), jwt);
    let (status, answer) = push(&provider, &form).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request_object")));
}

#[tokio::test]
async fn client_and_owner_may_say_that_requests_must_be_pushed() {
    let provider = Provider::open_to_all().await;
    let must = json!({ "require_pushed_authorization_requests": true });
    let strict = RelyingParty::register_as(&provider, must).await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    assert_eq!(refusal(&mut browser, &strict.code_url(&[])).await, "invalid_request");
    assert_eq!(browser.page(&client.code_url(&[])).await.status, 200);
    let of_discovery = async || {
        provider.advance(Duration::from_secs(30));
        let document = provider.get(".well-known/openid-configuration").await;
        let document: Value = document.json().await.unwrap();
        assert_eq!(document["pushed_authorization_request_endpoint"], provider.url("oauth/par"));
        document["require_pushed_authorization_requests"].clone()
    };
    assert_eq!(of_discovery().await, false);

    let flag =
        |value: Value| json!({ "flags": { "require_pushed_authorization_requests": value } });
    assert_eq!(provider.change_settings(&flag(json!("true"))).await.status(), 400);
    assert_eq!(provider.change_settings(&flag(json!(true))).await.status(), 200);
    assert_eq!(provider.settings().await["flags"]["enable_dynamic_client_registration"], true);
    assert_eq!(of_discovery().await, true);
    assert_eq!(refusal(&mut browser, &client.code_url(&[])).await, "invalid_request");
    for client in [&strict, &client] {
        let request_uri = pushed(&provider, &form(client, &[])).await;
        let login = browser.page(&url(&provider, client, &request_uri)).await;
        assert_eq!(login.url.path(), "/u/login");
    }
    // The owner can say it of a client, too.
    assert_eq!(provider.change_settings(&flag(json!(false))).await.status(), 200);
    let owner = Owner::of(&provider).await;
    let path = format!("clients/{}", client.client_id);
    let change = json!({ "require_pushed_authorization_requests": true });
    let (status, changed) = owner.ask(Method::PATCH, &path, Some(&change)).await;
    assert_eq!((status, &changed["require_pushed_authorization_requests"]), (200, &json!(true)));
    assert_eq!(refusal(&mut browser, &client.code_url(&[])).await, "invalid_request");
}

#[tokio::test]
async fn a_failure_while_answering_leaves_the_request_good_and_a_lost_answer_does_not_count_twice()
{
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&client.code_url(&[])).await;
    let mine = url(&provider, &client, &pushed(&provider, &form(&client, &[])).await);
    provider.outage.of(&["PutItem"]);
    let landing = browser.landing(&mine).await;
    assert_eq!(landing.query()["error"], "temporarily_unavailable");
    provider.outage.of(&[]);
    assert!(browser.landing(&mine).await.query().contains_key("code"));

    let implicit = form(&client, &[("response_type", "token")]);
    let mine = url(&provider, &client, &pushed(&provider, &implicit).await);
    provider.outage.lose_an_answer_to("PutItem");
    assert!(browser.landing(&mine).await.fragment().contains_key("access_token"));
}
