//! Request objects (RFC 9101, OpenID Connect Core §6): signed by the client, by value and by reference. Tests whose
//! names begin with `oidcc` are the modules of OpenID's conformance suite.

use crate::harness::{
    Browser, ClientKey, Page, Provider, REDIRECT_URI, RelyingParty, Website, http,
};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};
use url::Url;

const TYPE: &str = "oauth-authz-req+jwt";

/// A provider that may fetch from this machine, where the clients' web site is.
async fn start() -> (Provider, Website) {
    let arguments = ["--ephemeral", "--port", "0", "--fetch-from-loopback"];
    let provider = Provider::start_with(&arguments).await;
    allow_fetching(&provider, true).await;
    (provider, Website::start().await)
}

async fn allow_fetching(provider: &Provider, is_allowed: bool) {
    let change = json!({
        "flags": { "enable_dynamic_client_registration": true },
        "dynamic_client_registration": { "allow_fetching": is_allowed },
    });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
}

/// A client that signs with `key`, and registered this too.
async fn register<'a>(provider: &'a Provider, key: &ClientKey, more: Value) -> RelyingParty<'a> {
    let mut metadata = json!({ "jwks": { "keys": [key.jwk()] } });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    RelyingParty::register_as(provider, metadata).await
}

/// Everything that a request object of the client says, but for `change`; null takes a claim away.
#[expect(clippy::needless_pass_by_value, reason = "each case makes its own")]
fn claims(provider: &Provider, client: &RelyingParty<'_>, change: Value) -> Value {
    let url = Url::parse(&client.code_url(&[("scope", "openid email"), ("nonce", "inner")]));
    let mut claims: Map<_, _> =
        url.unwrap().query_pairs().map(|(k, v)| (k.into(), v.into())).collect();
    let about_it = json!({
        "iss": client.client_id, "aud": provider.issuer, "exp": provider.now() + 300, "state": "inner",
    });
    claims.extend(about_it.as_object().unwrap().clone());
    claims.extend(change.as_object().unwrap().clone());
    claims.retain(|_, value| !value.is_null());
    claims.into()
}

/// The authorization URL with these parameters alone.
fn url(provider: &Provider, parameters: &[(&str, &str)]) -> String {
    Url::parse_with_params(&provider.url("authorize"), parameters).unwrap().into()
}

/// What a request ends with that needs nobody to sign in: the parameters of a redirect to the client, or the page.
async fn answer(provider: &Provider, url: &str) -> Result<BTreeMap<String, String>, Page> {
    match Browser::new(provider).open(url).await {
        crate::harness::Arrival::Landing(landing) => Ok(landing.query()),
        crate::harness::Arrival::Page(page) => Err(page),
    }
}

fn unsigned(claims: &Value) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims))
}

fn serves_jwt(site: &Website, path: &str, jwt: String) -> String {
    site.answers(path, (200, vec![("content-type", "application/jwt".to_owned())], jwt))
}

async fn discovery(provider: &Provider) -> Value {
    // What is cached is as old as this.
    provider.advance(Duration::from_secs(30));
    provider.get(".well-known/openid-configuration").await.json().await.unwrap()
}

/// The ID Token's claims that the code in `answer` yields.
async fn redeem(provider: &Provider, client: &RelyingParty<'_>, code: &str) -> Value {
    let response = provider.post_form("oauth/token", &client.exchange(code)).await;
    let tokens: Value = response.json().await.unwrap();
    client.verify_id_token(tokens["id_token"].as_str().expect("an ID Token")).await
}

#[tokio::test]
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
    let provider = Provider::open_to_all().await;
    let document = discovery(&provider).await;
    let algorithms = &document["request_object_signing_alg_values_supported"];
    assert_eq!(algorithms, &json!(["RS256", "PS256", "ES256"]));
    assert_eq!(document["request_parameter_supported"], true);

    let key = ClientKey::new("a");
    let client = register(&provider, &key, json!({})).await;
    let jwt = unsigned(&claims(&provider, &client, json!({})));
    let refusal = answer(&provider, &client.code_url(&[("request", &jwt)])).await.unwrap();
    assert_eq!(refusal["error"], "request_not_supported");
    assert_eq!((refusal["state"].as_str(), &refusal["iss"]), ("s t&1", &provider.issuer));
}

#[tokio::test]
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
    let (provider, site) = start().await;
    let (key, uri) = (ClientKey::new("a"), site.url("/request.jwt"));
    let client = register(&provider, &key, json!({ "request_uris": [uri] })).await;
    serves_jwt(&site, "/request.jwt", unsigned(&claims(&provider, &client, json!({}))));
    let request = client.code_url(&[("request_uri", &uri)]);
    let refusal = answer(&provider, &request).await.unwrap();
    assert_eq!(refusal["error"], "request_uri_not_supported");
    assert_eq!(discovery(&provider).await["request_uri_parameter_supported"], true);

    allow_fetching(&provider, false).await;
    provider.advance(Duration::from_mins(2));
    let refusal = answer(&provider, &request).await.unwrap();
    assert_eq!((&*refusal["error"], &*refusal["state"]), ("request_uri_not_supported", "s t&1"));
    assert_eq!(
        site.requests("/request.jwt"),
        1,
        "nothing is fetched for a tenant that does not allow it"
    );
    assert_eq!(discovery(&provider).await["request_uri_parameter_supported"], false);
}

#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let provider = Provider::open_to_all().await;
    let key = ClientKey::rsa("a", "RS256");
    let client = register(&provider, &key, json!({})).await;
    let jwt = key.sign(TYPE, &claims(&provider, &client, json!({})));
    let wrong = [("redirect_uri", "https://app.example/wrong")];
    let request = client.code_url(&[&wrong[..], &[("request", &jwt)]].concat());
    let landing = Browser::new(&provider).authorize(&request).await;
    assert!(landing.url.as_str().starts_with(REDIRECT_URI), "{}", landing.url);
    assert!(landing.query().contains_key("code"));

    // Whatever is wrong with the object, nothing is sent to an address that nobody vouches for.
    let other = key.sign(TYPE, &claims(&provider, &client, json!({ "redirect_uri": wrong[0].1 })));
    let broken = format!("{jwt}x");
    for jwt in [other, broken, unsigned(&claims(&provider, &client, json!({})))] {
        let request = client.code_url(&[&wrong[..], &[("request", &jwt)]].concat());
        let page = answer(&provider, &request).await.unwrap_err();
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn oidcc_request_uri_signed_rs256() {
    let (provider, site) = start().await;
    let key = ClientKey::rsa("a", "RS256");
    let uri = format!("{}#v1", site.url("/request.jwt"));
    let client = register(&provider, &key, json!({ "request_uris": [uri] })).await;
    let object = claims(&provider, &client, json!({}));
    serves_jwt(&site, "/request.jwt", key.sign(TYPE, &object));
    let request = client.url(&[
        ("response_type", "code"),
        ("scope", "openid"),
        ("request_uri", &uri),
        ("state", ""),
        ("redirect_uri", ""),
    ]);
    let landing = Browser::new(&provider).authorize(&request).await.query();
    assert_eq!(landing["state"], "inner");
    assert_eq!(redeem(&provider, &client, &landing["code"]).await["nonce"], "inner");
    assert_eq!(site.requests("/request.jwt"), 1, "however many stops the browser makes");
    let document = discovery(&provider).await;
    assert_eq!(document["request_uri_parameter_supported"], true);
    assert_eq!(document["require_request_uri_registration"], true);
}

#[tokio::test]
async fn oidcc_request_uri_unsigned() {
    // The module skips itself where `none` is not listed, and fails where nothing is said of request_uri.
    let (provider, _) = start().await;
    let document = discovery(&provider).await;
    let algorithms = document["request_object_signing_alg_values_supported"].as_array().unwrap();
    assert!(!algorithms.contains(&json!("none")));
    assert_eq!(document["request_uri_parameter_supported"], true);
}

#[tokio::test]
async fn only_what_the_object_holds_counts() {
    let provider = Provider::open_to_all().await;
    for (alg, key) in [
        ("RS256", ClientKey::rsa("a", "RS256")),
        ("PS256", ClientKey::rsa("b", "PS256")),
        ("ES256", ClientKey::new("c")),
    ] {
        let registered = json!({ "request_object_signing_alg": alg });
        let client = register(&provider, &key, registered).await;
        let jwt = key.sign(TYPE, &claims(&provider, &client, json!({ "max_age": 1_000 })));
        // Beside it are another scope, state and nonce, and a prompt that forbids to ask.
        let outer = [("request", jwt.as_str()), ("prompt", "none"), ("scope", "openid profile")];
        let request = client.code_url(&[&outer[..], &[("nonce", "outer")]].concat());
        let landing = Browser::new(&provider).authorize(&request).await.query();
        assert_eq!(landing["state"], "inner", "{alg}");
        let id_token = redeem(&provider, &client, &landing["code"]).await;
        assert_eq!(id_token["nonce"], "inner", "{alg}");
        assert!(id_token.get("email").is_some() && id_token.get("name").is_none(), "{alg}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_object_is_told_to_the_client() {
    let provider = Provider::open_to_all().await;
    let (key, stranger) = (ClientKey::new("a"), ClientKey::new("a"));
    let registered = json!({ "request_object_signing_alg": "ES256" });
    let client = register(&provider, &key, registered).await;
    let signed = |change: Value| key.sign(TYPE, &claims(&provider, &client, change));
    let good = claims(&provider, &client, json!({}));
    let rsa = ClientKey::rsa("a", "RS256");
    for (jwt, why) in [
        ("x.y.z".to_owned(), "is not a JWT"),
        (key.sign("at+jwt", &good), "has another typ"),
        (rsa.sign(TYPE, &good), "is signed with another algorithm"),
        (stranger.sign(TYPE, &good), "is not signed by a key"),
        (signed(json!({ "exp": provider.now() - 61 })), "has expired"),
        (signed(json!({ "aud": "https://other.example/" })), "has an aud"),
        (signed(json!({ "iss": "other" })), "has an iss"),
        (signed(json!({ "client_id": "other" })), "has no client_id, or another"),
        (signed(json!({ "response_type": "token" })), "has another response_type"),
        (signed(json!({ "request_uri": "https://app.example/" })), "must not have request"),
    ] {
        let refusal = answer(&provider, &client.code_url(&[("request", &jwt)])).await.unwrap();
        let description = &refusal["error_description"];
        assert_eq!(refusal["error"], "invalid_request_object", "{description}");
        assert!(description.starts_with(&format!("request {why}")), "{description}");
        assert_eq!((refusal["state"].as_str(), &refusal["iss"]), ("s t&1", &provider.issuer));
    }
    let both = client.code_url(&[("request", &signed(json!({}))), ("request_uri", "urn:a:b")]);
    assert_eq!(answer(&provider, &both).await.unwrap()["error"], "invalid_request");
    // What is wrong with the parameters themselves is told where they say.
    let jwt = signed(json!({ "scope": "profile", "code_challenge_method": "plain" }));
    let request = url(&provider, &[("client_id", &client.client_id), ("request", &jwt)]);
    let refusal = answer(&provider, &request).await.unwrap();
    assert_eq!((&*refusal["error"], &*refusal["state"]), ("invalid_request", "inner"));
    let jwt = signed(json!({ "registration": "{}" }));
    let refusal = answer(&provider, &client.code_url(&[("request", &jwt)])).await.unwrap();
    assert_eq!(refusal["error"], "registration_not_supported");

    let without_keys = RelyingParty::register(&provider).await;
    let jwt = key.sign(TYPE, &claims(&provider, &without_keys, json!({})));
    let refusal = answer(&provider, &without_keys.code_url(&[("request", &jwt)])).await.unwrap();
    assert_eq!(refusal["error"], "invalid_request_object");
}

#[tokio::test]
async fn a_request_is_signed_by_the_keys_that_the_client_publishes_now() {
    let (provider, site) = start().await;
    let (old, new) = (ClientKey::new("old"), ClientKey::rsa("new", "PS256"));
    let jwks_uri = site.shows("/jwks.json", &json!({ "keys": [old.jwk()] }));
    let client = RelyingParty::register_as(&provider, json!({ "jwks_uri": jwks_uri })).await;
    let request = |key: &ClientKey| {
        let jwt = key.sign(TYPE, &claims(&provider, &client, json!({})));
        client.code_url(&[("request", &jwt)])
    };
    let login = Browser::new(&provider).page(&request(&old)).await;
    assert_eq!(login.status, 200);
    assert_eq!(site.requests("/jwks.json"), 1, "the copy from the registration is fresh");
    site.shows("/jwks.json", &json!({ "keys": [old.jwk(), new.jwk()] }));
    provider.advance(Duration::from_mins(1));
    let login = Browser::new(&provider).page(&request(&new)).await;
    assert_eq!((login.status.as_u16(), site.requests("/jwks.json")), (200, 2));
    let refusal = answer(&provider, &request(&ClientKey::new("old"))).await.unwrap();
    assert_eq!(refusal["error"], "invalid_request_object");
    assert_eq!(
        site.requests("/jwks.json"),
        2,
        "a wrong signature by a known key is no reason to ask"
    );
}

#[tokio::test]
async fn what_is_agreed_to_is_what_was_shown_whatever_becomes_of_the_document() {
    let (provider, site) = start().await;
    let (key, uri) = (ClientKey::new("a"), site.url("/request.jwt"));
    let client = register(&provider, &key, json!({ "request_uris": [uri] })).await;
    let serve = |change: Value| {
        serves_jwt(&site, "/request.jwt", key.sign(TYPE, &claims(&provider, &client, change)));
    };
    serve(json!({ "prompt": "login consent", "exp": provider.now() + 30 }));
    let mut browser = Browser::new(&provider);
    let login = browser
        .page(&url(&provider, &[("client_id", &client.client_id), ("request_uri", &uri)]))
        .await;
    // The object expires while its user types a password, and another one is there.
    provider.advance(Duration::from_mins(5));
    serve(json!({ "scope": "openid profile email address phone" }));
    let consent = browser.sign_in(&login).await.page();
    assert!(consent.html.contains("See your email address"), "{}", consent.html);
    assert!(!consent.html.contains("See your postal address"));
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing().query();
    assert_eq!(landing["state"], "inner");
    let id_token = redeem(&provider, &client, &landing["code"]).await;
    assert!(id_token.get("email").is_some() && id_token.get("address").is_none());
    assert_eq!(site.requests("/request.jwt"), 1);

    // The form is of that one request: it can't be sent for another.
    let other = browser
        .page(&url(&provider, &[("client_id", &client.client_id), ("request_uri", &uri)]))
        .await;
    assert!(other.html.contains("See your postal address"));
    let token = consent.attribute(r#"name="csrf_token" value=""#);
    let forged = [("csrf_token", token.as_str()), ("allow", "true")];
    let again = browser.send(other.url.as_str(), &forged).await.page();
    assert_eq!(again.url.path(), "/u/consent", "it is asked for again");
}

#[tokio::test]
async fn a_page_that_is_left_open_for_too_long_leads_nowhere() {
    let provider = Provider::open_to_all().await;
    let key = ClientKey::new("a");
    let client = register(&provider, &key, json!({})).await;
    let jwt = key.sign(TYPE, &claims(&provider, &client, json!({})));
    let mut browser = Browser::new(&provider);
    let login = browser.page(&client.code_url(&[("request", &jwt)])).await;
    provider.advance(Duration::from_mins(59));
    assert_eq!(browser.page(login.url.as_str()).await.status, 200);
    provider.advance(Duration::from_mins(1));
    let page = browser.page(login.url.as_str()).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.html.contains("invalid_request_uri"), "{}", page.html);
}

#[tokio::test]
async fn what_the_browser_carries_cannot_be_made_up_nor_used_at_another_tenant() {
    let provider = Provider::open_to_all().await;
    let other = Provider::open_to_all().await;
    let key = ClientKey::new("a");
    let client = register(&provider, &key, json!({})).await;
    let jwt = key.sign(TYPE, &claims(&provider, &client, json!({})));
    let login = Browser::new(&provider).page(&client.code_url(&[("request", &jwt)])).await;
    let carried = login.url.query_pairs().find(|(name, _)| name == "request_uri").unwrap().1;
    let made_up = format!("{carried}x");
    let elsewhere = RelyingParty::register(&other).await;
    for request in [
        client.code_url(&[("request_uri", &made_up)]),
        elsewhere.code_url(&[("request_uri", &carried)]),
    ] {
        let at = if request.starts_with(&other.issuer) { &other } else { &provider };
        let refusal = answer(at, &request).await.unwrap();
        assert_eq!(refusal["error"], "request_uri_not_supported");
    }
}

#[tokio::test]
async fn pages_in_between_look_into_no_request_object_themselves() {
    let provider = Provider::open_to_all().await;
    let key = ClientKey::new("a");
    let client = register(&provider, &key, json!({})).await;
    let stranger = ClientKey::new("a").sign(TYPE, &claims(&provider, &client, json!({})));
    let request = client.code_url(&[("request", &stranger)]);
    for page in ["u/login", "u/consent"] {
        let request = request.replace(&provider.url("authorize"), &provider.url(page));
        let response = http().get(&request).send().await.unwrap();
        assert_eq!(response.status(), 303);
        let location = response.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("/authorize?"), "{location}");
    }
}

#[tokio::test]
async fn a_client_that_registered_so_must_sign_its_requests() {
    let provider = Provider::open_to_all().await;
    let key = ClientKey::new("a");
    let registered = json!({ "require_signed_request_object": true });
    let client = register(&provider, &key, registered).await;
    let refusal = answer(&provider, &client.code_url(&[("scope", "openid")])).await.unwrap();
    assert_eq!((&*refusal["error"], &*refusal["state"]), ("invalid_request", "s t&1"));
    let jwt = key.sign(TYPE, &claims(&provider, &client, json!({})));
    let landing = Browser::new(&provider).authorize(&client.code_url(&[("request", &jwt)])).await;
    assert!(landing.query().contains_key("code"));
}

#[tokio::test]
async fn only_what_was_registered_is_fetched_and_seldom() {
    let (provider, site) = start().await;
    let (key, uri) = (ClientKey::new("a"), site.url("/request.jwt"));
    let client = register(&provider, &key, json!({ "request_uris": [uri] })).await;
    for uri in [
        site.url("/other.jwt"),
        format!("{uri}#other"),
        format!("{uri}?a=b"),
        "https://app.example/request.jwt".to_owned(),
        "urn:ietf:params:oauth:request_uri:x".to_owned(),
    ] {
        let refusal = answer(&provider, &client.code_url(&[("request_uri", &uri)])).await.unwrap();
        assert_eq!(refusal["error"], "invalid_request_uri", "{uri}");
    }
    assert_eq!(provider.fetcher.calls(), 0);
    // Nothing is there, then a page, then what should be.
    let request = client.code_url(&[("request_uri", &uri)]);
    for (page, why) in [
        (None, "404"),
        (Some("<html>"), "did not answer with a signed JWT"),
        (Some("{}"), "did not answer with a signed JWT"),
    ] {
        if let Some(page) = page {
            serves_jwt(&site, "/request.jwt", page.to_owned());
        }
        provider.advance(Duration::from_mins(1));
        let asked = site.requests("/request.jwt");
        for _ in 0..2 {
            let refusal = answer(&provider, &request).await.unwrap();
            assert_eq!(refusal["error"], "invalid_request_uri", "{page:?}");
            assert!(refusal["error_description"].contains(why), "{refusal:?}");
        }
        assert_eq!(site.requests("/request.jwt"), asked + 1, "once");
    }
    provider.advance(Duration::from_mins(1));
    serves_jwt(
        &site,
        "/request.jwt",
        key.sign(TYPE, &claims(&provider, &client, json!({}))) + "\n",
    );
    assert_eq!(Browser::new(&provider).page(&request).await.url.path(), "/u/login");

    provider.advance(Duration::from_mins(1));
    provider.fetcher.is_out_of_reach(true);
    let refusal = answer(&provider, &request).await.unwrap();
    assert_eq!(refusal["error"], "temporarily_unavailable");
}
