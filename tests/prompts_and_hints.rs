//! `prompt`, `max_age` and the hints: the modules of OpenID's conformance suite that have to do with them, each a test
//! of its name, and what they leave out.

use crate::harness::{Arrival, Browser, Landing, Page, Provider, RelyingParty};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::Duration;

const ID_TOKEN: [(&str, &str); 3] =
    [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];

fn url(client: &RelyingParty<'_>, more: &[(&str, &str)]) -> String {
    client.url(&[&ID_TOKEN[..], more].concat())
}

fn is_login(page: &Page) -> bool {
    page.html.contains("<h1>Sign in</h1>")
}

async fn claims(client: &RelyingParty<'_>, landing: Landing) -> Value {
    client.verify_id_token(&landing.fragment()["id_token"]).await
}

fn error(landing: &Landing) -> String {
    landing.fragment()["error"].clone()
}

/// A client, and a browser in which its user has signed in and agreed; the ID Token that came of it.
async fn signed_in(provider: &Provider) -> (RelyingParty<'_>, Browser<'_>, String) {
    let client = RelyingParty::register(provider).await;
    let mut browser = Browser::new(provider);
    let token = browser.authorize(&url(&client, &[])).await.fragment()["id_token"].clone();
    (client, browser, token)
}

#[tokio::test]
async fn oidcc_prompt_none_not_logged_in() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let landing = Browser::new(&provider).landing(&url(&client, &[("prompt", "none")])).await;
    assert_eq!(error(&landing), "login_required");
}

#[tokio::test]
async fn oidcc_prompt_none_logged_in() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let first = client.verify_id_token(&token).await;
    provider.advance(Duration::from_secs(2));
    let again = browser.landing(&url(&client, &[("prompt", "none")])).await;
    let again = claims(&client, again).await;
    assert_eq!((&again["sub"], &again["auth_time"]), (&first["sub"], &first["auth_time"]));
    assert_eq!(again["sid"], first["sid"], "one session");
}

#[tokio::test]
async fn oidcc_prompt_login() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let first = client.verify_id_token(&token).await["auth_time"].as_i64().unwrap();
    provider.advance(Duration::from_secs(2));
    let login = browser.page(&url(&client, &[("prompt", "login")])).await;
    assert!(is_login(&login));
    let again = browser.sign_in(&login).await.landing();
    assert_eq!(claims(&client, again).await["auth_time"], first + 2);
}

#[tokio::test]
async fn oidcc_max_age_1() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let first = client.verify_id_token(&token).await["auth_time"].as_i64().unwrap();
    provider.advance(Duration::from_secs(2));
    let login = browser.page(&url(&client, &[("max_age", "1")])).await;
    assert!(is_login(&login));
    let again = browser.sign_in(&login).await.landing();
    assert_eq!(claims(&client, again).await["auth_time"], first + 2);
}

#[tokio::test]
async fn oidcc_max_age_10000() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let first = browser.authorize(&url(&client, &[("max_age", "15000")])).await;
    let first = claims(&client, first).await["auth_time"].as_i64().unwrap();
    provider.advance(Duration::from_secs(2));
    let second = browser.landing(&url(&client, &[("max_age", "10000")])).await;
    assert_eq!(claims(&client, second).await["auth_time"], first);
}

#[tokio::test]
async fn oidcc_login_hint() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[("login_hint", "janus@example.com")])).await;
    assert!(login.html.contains(r#"value="janus@example.com""#));
    let consent = browser.sign_in(&login).await.page();
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    claims(&client, landing).await;
}

#[tokio::test]
async fn oidcc_id_token_hint() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let first = client.verify_id_token(&token).await;
    let hint = [("prompt", "none"), ("id_token_hint", token.as_str())];
    let again = browser.landing(&url(&client, &hint)).await;
    assert_eq!(claims(&client, again).await["sub"], first["sub"]);
}

#[tokio::test]
async fn a_hint_counts_long_after_it_expired_and_for_clients_of_every_kind() {
    let provider = Provider::open_to_all().await;
    let week = json!({ "idle_session_lifetime": 200, "session_lifetime": 400 });
    assert_eq!(provider.change_settings(&week).await.status(), 200);
    for metadata in [
        json!({ "subject_type": "pairwise" }),
        json!({ "id_token_signed_response_alg": "HS256" }),
        json!({ "id_token_signed_response_alg": "HS256", "subject_type": "pairwise" }),
    ] {
        let client = RelyingParty::register_as(&provider, metadata.clone()).await;
        let mut browser = Browser::new(&provider);
        let token = browser.authorize(&url(&client, &[])).await.fragment()["id_token"].clone();
        provider.advance(Duration::from_hours(100));
        for prompt in ["none", "consent"] {
            let hint = [("prompt", prompt), ("id_token_hint", token.as_str())];
            match browser.open(&url(&client, &hint)).await {
                Arrival::Landing(landing) => {
                    assert!(landing.fragment().contains_key("id_token"), "{metadata} {landing:?}");
                }
                Arrival::Page(page) => assert!(page.html.contains("Allow access?"), "{metadata}"),
            }
        }
        let hint = [("prompt", "none"), ("id_token_hint", token.as_str())];
        let landing = Browser::new(&provider).landing(&url(&client, &hint)).await;
        assert_eq!(error(&landing), "login_required", "{metadata}");
    }
}

#[tokio::test]
async fn nobody_is_answered_for_but_the_user_that_the_hint_names() {
    let provider = Provider::open_to_all().await;
    let other = provider.add_user().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let hint = ("id_token_hint", token.as_str());

    // The other user takes the browser over.
    let login = browser.page(&url(&client, &[("prompt", "login")])).await;
    let as_other = [("username", other.0), ("password", other.1)];
    let consent = browser.submit(&login, &as_other).await.page();
    browser.submit(&consent, &[("allow", "true")]).await.landing();
    let silent = browser.landing(&url(&client, &[hint, ("prompt", "none")])).await;
    assert_eq!(error(&silent), "login_required");

    // Who signs in as somebody else than is asked for is told of no more than that.
    let login = browser.page(&url(&client, &[hint])).await;
    assert!(is_login(&login), "the user who is meant signs in");
    let landing = browser.submit(&login, &as_other).await.landing();
    assert_eq!(error(&landing), "login_required");
    let login = browser.page(&url(&client, &[hint])).await;
    let answer = browser.sign_in(&login).await.landing();
    let first = client.verify_id_token(&token).await;
    assert_eq!(claims(&client, answer).await["sub"], first["sub"]);
}

#[tokio::test]
async fn what_is_no_id_token_of_this_client_is_no_hint() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let other = RelyingParty::register(&provider).await;
    let login = browser.page(&url(&other, &[])).await;
    let others = browser.submit(&login, &[("allow", "true")]).await.landing();
    let others = others.fragment()["id_token"].clone();
    let both = client.url(&[
        ("response_type", "token"),
        ("scope", "openid read:contacts"),
        ("audience", crate::harness::API),
    ]);
    let consent = browser.page(&both).await;
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    let access_token = landing.fragment()["access_token"].clone();
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let parts: Vec<_> = token.split('.').collect();
    let none = format!("{}.{}.", encode(json!({ "alg": "none" })), parts[1]);
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    let changed = format!("{}.{}.{}", parts[0], encode(json!({ "sub": "usr_1" })), parts[2]);
    for forged in [&others, &access_token, &none, &unsigned, &changed, "x", "a.b.c"] {
        for prompt in ["none", "login"] {
            let hint = [("prompt", prompt), ("id_token_hint", forged)];
            let landing = browser.landing(&url(&client, &hint)).await;
            assert_eq!(error(&landing), "invalid_request", "{prompt} {forged}");
        }
    }
}

#[tokio::test]
async fn who_is_asked_to_choose_goes_on_with_one_click_or_as_somebody_else() {
    let provider = Provider::open_to_all().await;
    let other = provider.add_user().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let first = client.verify_id_token(&token).await;
    let select = url(&client, &[("prompt", "select_account")]);

    provider.advance(Duration::from_secs(5));
    let choice = browser.page(&select).await;
    assert!(choice.html.contains("<h1>Choose an account</h1>"), "{}", choice.html);
    assert!(choice.html.contains("janus@example.com"));
    let landing = browser.submit(&choice, &[("continue", "true")]).await.landing();
    let again = claims(&client, landing).await;
    assert_eq!((&again["sub"], &again["auth_time"]), (&first["sub"], &first["auth_time"]));

    // It was chosen for that request alone; and a choice of another page's is none.
    let choice = browser.page(&select).await;
    assert!(choice.html.contains("<h1>Choose an account</h1>"));
    let forged = [("continue", "true"), ("csrf_token", "x")];
    assert_eq!(browser.send(choice.url.as_str(), &forged).await.page().status, 400);
    let as_other = [("username", other.0), ("password", other.1)];
    let consent = browser.submit(&choice, &as_other).await.page();
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    assert_ne!(claims(&client, landing).await["sub"], first["sub"]);

    // Nobody to choose from, and what can't be chosen without a password.
    assert!(is_login(&Browser::new(&provider).page(&select).await));
    let login = browser.page(&url(&client, &[("prompt", "select_account login")])).await;
    assert!(is_login(&login));
    let strict = url(&client, &[("prompt", "select_account"), ("max_age", "0")]);
    let choice = browser.page(&strict).await;
    let login = browser.submit(&choice, &[("continue", "true")]).await.page();
    assert!(is_login(&login), "once chosen, the password is asked for: no circle");
    let landing = browser.submit(&login, &as_other).await.landing();
    assert!(landing.fragment().contains_key("id_token"));
}

#[tokio::test]
async fn a_choice_is_bound_to_the_user_who_was_shown() {
    let provider = Provider::open_to_all().await;
    let other = provider.add_user().await;
    let (client, mut browser, _) = signed_in(&provider).await;
    let choice = browser.page(&url(&client, &[("prompt", "select_account")])).await;
    // Meanwhile, in another window.
    let login = browser.page(&url(&client, &[("prompt", "login")])).await;
    browser.submit(&login, &[("username", other.0), ("password", other.1)]).await.page();
    let page = browser.submit(&choice, &[("continue", "true")]).await.page();
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn a_session_has_one_name_for_all_clients_but_those_that_must_not_compare() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let sid = client.verify_id_token(&token).await["sid"].clone();
    assert!(sid.is_string());
    assert!(!browser.cookies["sid"].contains(sid.as_str().unwrap()));
    let pairwise = |host: &str| {
        let redirect_uri = format!("https://{host}/cb");
        (json!({ "subject_type": "pairwise", "redirect_uris": [redirect_uri] }), redirect_uri)
    };
    let mut sids = vec![sid];
    for (metadata, redirect_uri) in
        [pairwise("one.example"), pairwise("two.example"), pairwise("two.example")]
    {
        let client = RelyingParty::register_as(&provider, metadata).await;
        let consent = browser.page(&url(&client, &[("redirect_uri", &redirect_uri)])).await;
        let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
        sids.push(claims(&client, landing).await["sid"].clone());
    }
    assert!(sids[0] != sids[1] && sids[1] != sids[2] && sids[2] == sids[3], "{sids:?}");
}

#[tokio::test]
async fn one_sign_in_is_good_for_every_client_of_the_tenant() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, token) = signed_in(&provider).await;
    let first = client.verify_id_token(&token).await;
    for metadata in [json!({}), json!({ "token_endpoint_auth_method": "none" })] {
        let client = RelyingParty::register_as(&provider, metadata).await;
        let landing = browser.landing(&url(&client, &[("prompt", "none")])).await;
        assert_eq!(error(&landing), "consent_required", "nothing but consent is missing");
        let consent = browser.page(&url(&client, &[])).await;
        assert!(consent.html.contains("Allow access?"), "no password: {}", consent.html);
        let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
        let claims = claims(&client, landing).await;
        for claim in ["sub", "sid", "auth_time"] {
            assert_eq!(claims[claim], first[claim], "{claim}");
        }
    }
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let provider = Provider::open_to_all().await;
    let (client, mut browser, _) = signed_in(&provider).await;
    let before = browser.cookies["sid"].clone();
    let login = browser.page(&url(&client, &[("prompt", "login")])).await;
    browser.sign_in(&login).await.landing();
    assert_ne!(browser.cookies["sid"], before);
    let mut thief = Browser::new(&provider);
    thief.cookies.insert("sid".to_owned(), before);
    let landing = thief.landing(&url(&client, &[("prompt", "none")])).await;
    assert_eq!(error(&landing), "login_required");
}
