//! Modules of the OpenID Foundation's certification: discovery, registration, keys, and logins that others initiate.

use crate::harness::{
    ClientKey, Module, Provider, REDIRECT_URI, Variant, Website, certified, certified_to_fetch,
    http,
};
use jsonwebtoken::decode_header;
use serde_json::{Value, json};
use shared::domain::Urgency;
use std::time::Duration;
use url::Url;

/// Any that has a code to authenticate for, by default.
fn chosen() -> impl Iterator<Item = Variant> {
    let is_chosen = |variant: &Variant| variant.has("code") && variant.response_mode.is_empty();
    Variant::all().into_iter().filter(is_chosen)
}

async fn discovery(provider: &Provider) -> Value {
    provider.get(".well-known/openid-configuration").await.json().await.unwrap()
}

#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    // Behind a proxy with TLS.
    let issuer = "https://id.example/";
    let provider = Provider::start_with(&["--ephemeral", "--port", "0", "--issuer", issuer]).await;
    let at = format!("http://127.0.0.1:{}", provider.port);
    let ask = |path: &str| http().get(format!("{at}{path}")).header("host", "id.example").send();
    let response = ask("/.well-known/openid-configuration").await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["issuer"], issuer);
    for (member, value) in document.as_object().unwrap() {
        assert!(!value.is_null(), "{member}");
        if member.ends_with("_endpoint") || member == "jwks_uri" {
            let url = Url::parse(value.as_str().unwrap()).unwrap();
            assert_eq!((url.scheme(), url.host_str()), ("https", Some("id.example")), "{member}");
            assert_eq!((url.query(), url.fragment()), (None, None), "{member}");
        }
        if member.ends_with("_supported") {
            assert!(value.is_boolean() || is_a_list_of_texts(value), "{member}: {value}");
        }
    }
    for required in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        assert!(document[required].is_string(), "{required}");
    }
    for (member, contained) in [
        ("response_types_supported", "code"),
        ("response_types_supported", "id_token"),
        ("response_types_supported", "id_token token"),
        ("grant_types_supported", "authorization_code"),
        ("grant_types_supported", "implicit"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("request_object_signing_alg_values_supported", "RS256"),
        ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ("token_endpoint_auth_methods_supported", "client_secret_basic"),
        ("token_endpoint_auth_methods_supported", "client_secret_post"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
        ("code_challenge_methods_supported", "S256"),
        ("ui_locales_supported", "en"),
    ] {
        let values = document[member].as_array().unwrap();
        assert!(values.contains(&json!(contained)), "{member}");
    }
    let keys: Value = ask("/.well-known/jwks.json").await.unwrap().json().await.unwrap();
    for key in keys["keys"].as_array().unwrap() {
        assert!(["kty", "kid", "alg", "use"].iter().all(|member| key[member].is_string()));
    }
}

fn is_a_list_of_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string))
}

#[tokio::test]
async fn the_registration_endpoint_is_in_the_document_of_a_certified_provider() {
    let provider = certified().await;
    let document = discovery(&provider).await;
    assert_eq!(document["registration_endpoint"], provider.url("oidc/register"));
}

/// With `private_key_jwt`, for the token endpoint.
async fn signs_in(provider: &Provider, variant: Variant, more: Value) {
    let (key, audience) = (ClientKey::rsa("a", "RS256"), provider.url("oauth/token"));
    Module::start_with(provider, variant, (key, audience), more).await.succeeds(&[]).await;
}

#[tokio::test]
async fn oidcc_server_by_private_key_jwt() {
    let provider = certified().await;
    for variant in chosen() {
        signs_in(&provider, variant, json!({})).await;
    }
}

/// Signs in by a client that registered `member`, and looks at what its user is shown on the way.
async fn shows(member: &str, uri: &str, is_shown: impl Fn(&str) -> bool) {
    let provider = certified().await;
    for variant in chosen() {
        let (key, audience) = (ClientKey::rsa("a", "RS256"), provider.url("oauth/token"));
        let more = json!({ (member): uri });
        let mut module = Module::start_with(&provider, variant, (key, audience), more).await;
        let url = module.url(&[]);
        let login = module.browser.page(&url).await;
        let consent = module.browser.sign_in(&login).await.page();
        assert!(is_shown(&consent.html), "{}", consent.html);
        let arrival = module.browser.submit(&consent, &[("allow", "true")]).await;
        module.check(arrival, true).await;
    }
}

#[tokio::test]
async fn oidcc_registration_policy_uri() {
    let link = r#"<a href="https://www.app.example/privacy?v=1&#38;w=2""#;
    shows("policy_uri", "https://www.app.example/privacy?v=1&w=2", |page| page.contains(link))
        .await;
}

#[tokio::test]
async fn oidcc_registration_tos_uri() {
    let link = r#"<a href="https://www.app.example/terms""#;
    shows("tos_uri", "https://www.app.example/terms", |page| page.contains(link)).await;
}

/// The logo is taken, and never loaded: its server would learn who signs in where.
#[tokio::test]
async fn oidcc_registration_logo_uri() {
    let logo = "https://www.app.example/logo.png";
    shows("logo_uri", logo, |page| !page.contains("www.app.example")).await;
}

#[tokio::test]
async fn oidcc_registration_jwks_uri() {
    let (provider, site) = (certified_to_fetch().await, Website::start().await);
    for (number, variant) in chosen().enumerate() {
        let (key, audience) = (ClientKey::rsa("a", "RS256"), provider.url("oauth/token"));
        let path = format!("/{number}/jwks.json");
        let jwks_uri = site.shows(&path, &json!({ "keys": [key.jwk()] }));
        let more = json!({ "jwks_uri": jwks_uri });
        Module::start_with(&provider, variant, (key, audience), more).await.succeeds(&[]).await;
        assert_eq!(site.requests(&path), 1);
    }
}

#[tokio::test]
async fn oidcc_registration_sector_uri() {
    let (provider, site) = (certified_to_fetch().await, Website::start().await);
    let supported = discovery(&provider).await["subject_types_supported"].clone();
    assert!(supported.as_array().unwrap().contains(&json!("pairwise")));
    let sector = site.shows("/sector.json", &json!([REDIRECT_URI, "https://other.example/cb"]));
    for variant in chosen() {
        let more = json!({ "subject_type": "pairwise", "sector_identifier_uri": sector });
        signs_in(&provider, variant, more).await;
    }
}

#[tokio::test]
async fn oidcc_registration_sector_bad() {
    let (provider, site) = (certified_to_fetch().await, Website::start().await);
    let sector = site.shows("/sector.json", &json!(["https://other.example/cb"]));
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI], "subject_type": "pairwise", "sector_identifier_uri": sector,
    });
    let refused = provider.post_json("oidc/register", &metadata).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.headers()["content-type"], "application/json");
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_client_metadata");
}

#[tokio::test]
async fn oidcc_refresh_token_rp_key_rotation() {
    let (provider, site) = (certified_to_fetch().await, Website::start().await);
    for (number, variant) in chosen().enumerate() {
        let (old, new) = (ClientKey::rsa("old", "RS256"), ClientKey::rsa("new", "RS256"));
        let path = format!("/{number}/jwks.json");
        let mut grant_types = vec!["authorization_code", "refresh_token"];
        grant_types.extend((variant.response_type != "code").then_some("implicit"));
        let more = json!({
            "jwks_uri": site.shows(&path, &json!({ "keys": [old.jwk()] })),
            "grant_types": grant_types,
        });
        let audience = provider.url("oauth/token");
        let mut module = Module::start_with(&provider, variant, (old, audience), more).await;
        let asked = [("scope", "openid offline_access"), ("prompt", "consent")];
        let tokens = module.succeeds(&asked).await.tokens.unwrap();
        site.shows(&path, &json!({ "keys": [new.jwk()] }));
        module.sign_with(new);
        provider.advance(Duration::from_mins(1));
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        let form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let renewed = module.ask(form).await;
        assert_eq!(renewed.status(), 200);
        let renewed: Value = renewed.json().await.unwrap();
        module.client.verify_id_token(renewed["id_token"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn oidcc_server_rotate_keys() {
    let provider = certified().await;
    let kids = async || {
        let keys: Value = provider.get(".well-known/jwks.json").await.json().await.unwrap();
        let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        keys["keys"].as_array().unwrap().iter().map(kid).collect::<Vec<_>>()
    };
    let variant = Variant { response_type: "code id_token", response_mode: "" };
    let mut module = Module::start(&provider, variant).await;
    let before = module.succeeds(&[]).await.answer["id_token"].clone();
    let old = kids().await;
    provider.advance(Duration::from_hours(24));
    provider.rotate_signing_key(Urgency::Planned).await;
    provider.advance(Duration::from_secs(30));
    let after = module.succeeds(&[]).await.answer["id_token"].clone();
    let new = kids().await;
    assert!(new.iter().any(|kid| !old.contains(kid)), "a new key is there");
    assert!(old.iter().all(|kid| new.contains(kid)), "and so are those from before");
    let [before, after] = [before, after].map(|token| decode_header(&token).unwrap().kid.unwrap());
    assert_ne!(before, after, "another key signs");
    assert!(old.contains(&after), "which verifiers could know beforehand");
}

#[tokio::test]
async fn oidcc_3rd_party_init_login() {
    let provider = certified_to_fetch().await;
    let uri = "https://app.example/initiate";
    let metadata = json!({ "redirect_uris": [REDIRECT_URI], "initiate_login_uri": uri });
    let registered = provider.register(&metadata).await;
    assert_eq!(registered["initiate_login_uri"], uri);
    let read = http()
        .get(registered["registration_client_uri"].as_str().unwrap())
        .bearer_auth(registered["registration_access_token"].as_str().unwrap());
    let read = read.send().await.unwrap();
    assert_eq!(read.status(), 200);
    assert_eq!(read.headers()["content-type"], "application/json");
    assert_eq!(read.json::<Value>().await.unwrap()["initiate_login_uri"], uri);
}

#[tokio::test]
async fn oidcc_3rd_party_init_login_nohttps() {
    let provider = certified_to_fetch().await;
    let uri = "http://app.example/initiate";
    let metadata = json!({ "redirect_uris": [REDIRECT_URI], "initiate_login_uri": uri });
    let refused = provider.post_json("oidc/register", &metadata).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.headers()["content-type"], "application/json");
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_client_metadata");
}

/// What the suite registers before and whatever it is about: a request of its very form, without a name for its key.
#[tokio::test]
async fn a_registration_of_the_suites_own_form_is_taken_and_taken_back() {
    let provider = certified_to_fetch().await;
    let mut jwk = ClientKey::rsa("a", "RS256").jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    jwk["use"] = "sig".into();
    let metadata = json!({
        "client_name": "oidcc-server", "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code id_token"], "jwks": { "keys": [jwk] },
        "token_endpoint_auth_method": "client_secret_basic", "redirect_uris": [REDIRECT_URI],
        "contacts": ["certification@app.example"],
        "request_uris": ["https://app.example/request.jwt#fragment"],
        "post_logout_redirect_uris": ["https://app.example/bye"],
    });
    let registered = provider.register(&metadata).await;
    assert_eq!(registered["client_secret_expires_at"], 0);
    assert_eq!(registered.get("scope"), None, "so that it may ask for any");
    let deletion = http()
        .delete(registered["registration_client_uri"].as_str().unwrap())
        .bearer_auth(registered["registration_access_token"].as_str().unwrap());
    assert_eq!(deletion.send().await.unwrap().status(), 204);
}
