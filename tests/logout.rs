//! `/oidc/logout` and `/v2/logout`: the modules of OpenID's conformance suite on RP-initiated logout, each a test of its
//! name, and what they leave out.

use crate::harness::{Arrival, Browser, Landing, Page, Provider, RelyingParty, http};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::Duration;

const ID_TOKEN: [(&str, &str); 3] =
    [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];
const BYE: &str = "https://app.example/bye";

/// A `state` of 128 characters, some of which have to be escaped.
fn state() -> String {
    "aB3-._~+/=&%? éx".chars().cycle().take(128).collect()
}

/// A client, a browser in which its user has signed in and agreed, and the ID Token that came of it.
struct SignedIn<'a> {
    provider: &'a Provider,
    client: RelyingParty<'a>,
    browser: Browser<'a>,
    id_token: String,
}

impl<'a> SignedIn<'a> {
    async fn at(provider: &'a Provider) -> Self {
        Self::with(provider, json!({})).await
    }

    async fn with(provider: &'a Provider, metadata: Value) -> Self {
        let mut all = json!({ "post_logout_redirect_uris": [BYE, "https://app.example/bye?a=b"] });
        all.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
        let client = RelyingParty::register_as(provider, all).await;
        let mut browser = Browser::new(provider);
        let landing = browser.authorize(&client.url(&ID_TOKEN)).await;
        let id_token = landing.fragment()["id_token"].clone();
        Self { provider, client, browser, id_token }
    }

    fn url(&self, parameters: &[(&str, &str)]) -> String {
        let url = self.provider.url("oidc/logout");
        url::Url::parse_with_params(&url, parameters).unwrap().into()
    }

    async fn open(&mut self, parameters: &[(&str, &str)]) -> Arrival {
        let url = self.url(parameters);
        self.browser.open(&url).await
    }

    async fn is_signed_in(&mut self) -> bool {
        let silent = self.client.url(&[&ID_TOKEN[..], &[("prompt", "none")]].concat());
        let answer = self.browser.landing(&silent).await.fragment();
        assert!(answer.contains_key("id_token") || answer["error"] == "login_required");
        answer.contains_key("id_token")
    }

    /// That the user is asked and then signed out, on a page of ours and not by going anywhere.
    async fn is_asked_and_stays_here(&mut self, parameters: &[(&str, &str)]) {
        let page = self.open(parameters).await.page();
        assert!(asks(&page), "{}", page.html);
        assert!(self.is_signed_in().await, "nothing is done unasked");
        let done = self.browser.submit(&page, &[("logout", "true")]).await.page();
        assert_eq!(done.status, 200);
        assert!(done.html.contains("<h1>You are signed out</h1>"), "{}", done.html);
        assert!(!self.is_signed_in().await);
    }

    /// That nothing is done, and that a page says so.
    async fn is_refused(&mut self, parameters: &[(&str, &str)]) {
        let page = self.open(parameters).await.page();
        assert_eq!(page.status, 400, "{parameters:?}");
        assert!(page.html.contains("invalid_request"), "{}", page.html);
        assert!(self.is_signed_in().await, "{parameters:?}");
    }
}

fn asks(page: &Page) -> bool {
    page.status == 200 && page.html.contains("<h1>Sign out?</h1>")
}

fn pairs(landing: &Landing) -> Vec<(String, String)> {
    assert_eq!(landing.status, 303);
    assert_eq!(landing.url.fragment(), None);
    landing.url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let provider = Provider::start().await;
    let document: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    assert_eq!(document["end_session_endpoint"], provider.url("oidc/logout"));
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let (hint, state) = (user.id_token.clone(), state());
    let parameters =
        [("id_token_hint", &*hint), ("post_logout_redirect_uri", BYE), ("state", &*state)];
    let landing = user.open(&parameters).await.landing();
    assert_eq!(landing.url.as_str().split('?').next(), Some(BYE));
    assert_eq!(pairs(&landing), [("state".to_owned(), state.clone())], "and nothing else");
    assert!(!user.browser.cookies.contains_key("sid"));
    assert!(!user.is_signed_in().await);
    // Who was signed out already is sent on all the same.
    let again = user.open(&parameters).await.landing();
    assert_eq!(pairs(&again), [("state".to_owned(), state)]);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let hint = user.id_token.clone();
    let parameters = [("id_token_hint", &*hint), ("post_logout_redirect_uri", BYE)];
    let landing = user.open(&parameters).await.landing();
    assert_eq!(landing.url.as_str(), BYE);
    assert!(!user.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params() {
    let provider = Provider::open_to_all().await;
    SignedIn::at(&provider).await.is_asked_and_stays_here(&[]).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_only_state() {
    let provider = Provider::open_to_all().await;
    SignedIn::at(&provider).await.is_asked_and_stays_here(&[("state", &state())]).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let hint = user.id_token.clone();
    let page = user.open(&[("id_token_hint", &hint), ("state", &state())]).await.page();
    assert!(page.html.contains("<h1>You are signed out</h1>"), "{}", page.html);
    assert!(!user.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let hint = user.id_token.clone();
    for uri in ["https://evil.example/", "https://app.example/cb", "https://APP.example/bye", "x"] {
        user.is_refused(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]).await;
    }
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let hint = user.id_token.clone();
    for uri in ["https://app.example/bye?foo=bar", "https://app.example/bye?a=c"] {
        user.is_refused(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]).await;
    }
    // One that was registered with a query keeps it.
    let registered = ("post_logout_redirect_uri", "https://app.example/bye?a=b");
    let landing =
        user.open(&[("id_token_hint", &hint), registered, ("state", "s")]).await.landing();
    assert_eq!(landing.url.as_str(), "https://app.example/bye?a=b&state=s");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let provider = Provider::open_to_all().await;
    let parameters = [("post_logout_redirect_uri", BYE), ("state", &*state())];
    SignedIn::at(&provider).await.is_asked_and_stays_here(&parameters).await;
    // Nor is anybody sent on who is not signed in.
    let mut nobody = SignedIn::at(&provider).await;
    nobody.browser.cookies.clear();
    let client_id = nobody.client.client_id.clone();
    for more in [&[][..], &[("client_id", &*client_id)]] {
        let page = nobody.open(&[&parameters[..], more].concat()).await.page();
        assert!(page.html.contains("<h1>You are signed out</h1>"), "{}", page.html);
    }
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let claims = user.id_token.split('.').nth(1).unwrap().to_owned();
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
    for hint in [format!("{none}.{claims}."), format!("{none}.{claims}.{none}")] {
        user.is_refused(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    }
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    let provider = Provider::open_to_all().await;
    let elsewhere = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let (mut signed, parts) = (vec![], user.id_token.split('.').collect::<Vec<_>>());
    let foreign = SignedIn::at(&elsewhere).await.id_token;
    // The claims of ours with the signature of another issuer's key.
    let foreign: Vec<_> = foreign.split('.').collect();
    signed.push(format!("{}.{}.{}", parts[0], parts[1], foreign[2]));
    signed.push(foreign.join("."));
    signed.push("x".to_owned());
    for hint in signed {
        user.is_refused(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    }
}

#[tokio::test]
async fn expired_hints_of_every_kind_of_client_are_taken() {
    let provider = Provider::open_to_all().await;
    for metadata in [
        json!({}),
        json!({ "subject_type": "pairwise" }),
        json!({ "id_token_signed_response_alg": "HS256", "subject_type": "pairwise" }),
    ] {
        let mut user = SignedIn::with(&provider, metadata.clone()).await;
        provider.advance(Duration::from_hours(50));
        let hint = user.id_token.clone();
        let landing = user
            .open(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)])
            .await
            .landing();
        assert_eq!(landing.url.as_str(), BYE, "{metadata}");
        assert!(!user.is_signed_in().await, "{metadata}");
    }
}

#[tokio::test]
async fn whoever_is_hinted_at_nobody_else_is_signed_out_unasked() {
    let provider = Provider::open_to_all().await;
    let (email, password) = provider.add_user().await;
    let mut user = SignedIn::at(&provider).await;
    let hint = user.id_token.clone();
    let login = user.client.url(&[&ID_TOKEN[..], &[("prompt", "login")]].concat());
    let login = user.browser.page(&login).await;
    let as_other = [("username", email), ("password", password)];
    let consent = user.browser.submit(&login, &as_other).await.page();
    user.browser.submit(&consent, &[("allow", "true")]).await.landing();
    let parameters = [("id_token_hint", &*hint), ("post_logout_redirect_uri", BYE)];
    let page = user.open(&parameters).await.page();
    assert!(asks(&page) && page.html.contains(email), "{}", page.html);
    let stayed = user.browser.submit(&page, &[("stay", "true")]).await.page();
    assert!(stayed.html.contains("You are still signed in"), "{}", stayed.html);
    assert!(user.is_signed_in().await);
    let landing = user.browser.submit(&page, &[("logout", "true")]).await.landing();
    assert_eq!(landing.url.as_str(), BYE);
}

#[tokio::test]
async fn a_client_without_a_hint_is_answered_once_the_user_agrees() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let client_id = user.client.client_id.clone();
    let asked = [("client_id", &*client_id), ("post_logout_redirect_uri", BYE), ("state", "s t")];
    let page = user.open(&asked).await.page();
    assert!(asks(&page));
    assert!(page.html.contains("app.example</strong>"), "it says where they go: {}", page.html);
    let policy = page.header("content-security-policy");
    assert!(policy.ends_with("form-action 'self' https://app.example"), "{policy}");
    let landing = user.browser.submit(&page, &[("logout", "true")]).await.landing();
    assert_eq!(pairs(&landing), [("state".to_owned(), "s t".to_owned())]);
    assert!(!user.is_signed_in().await);
}

#[tokio::test]
async fn a_client_that_names_the_session_need_not_ask() {
    let provider = Provider::open_to_all().await;
    for metadata in [json!({}), json!({ "subject_type": "pairwise" })] {
        let mut user = SignedIn::with(&provider, metadata).await;
        let claims = user.client.verify_id_token(&user.id_token).await;
        let client_id = user.client.client_id.clone();
        for (hint, is_right) in
            [("janus@example.com", false), (claims["sid"].as_str().unwrap(), true)]
        {
            let arrival = user
                .open(&[
                    ("client_id", &client_id),
                    ("logout_hint", hint),
                    ("post_logout_redirect_uri", BYE),
                ])
                .await;
            assert_eq!(matches!(arrival, Arrival::Landing(_)), is_right, "{hint}");
        }
        assert!(!user.is_signed_in().await);
    }
}

#[tokio::test]
async fn client_and_hint_must_be_of_one_client_that_is_registered() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let other = RelyingParty::register(&provider).await.client_id;
    let hint = user.id_token.clone();
    user.is_refused(&[("id_token_hint", &hint), ("client_id", &other)]).await;
    user.is_refused(&[("client_id", "nobody"), ("post_logout_redirect_uri", BYE)]).await;
    user.is_refused(&[("client_id", &other), ("post_logout_redirect_uri", BYE)]).await;
    let page = user.browser.page(&provider.url("oidc/logout?state=a&state=b")).await;
    assert_eq!(page.status, 400, "no parameter twice");
}

#[tokio::test]
async fn a_form_of_the_clients_does_what_a_link_does_though_it_brings_no_session() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let form = [
        ("id_token_hint", user.id_token.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    // As browsers send it, which keep the cookies back.
    let response = http().post(provider.url("oidc/logout")).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 303);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let url = url::Url::parse(&provider.issuer).unwrap().join(&location).unwrap();
    let landing = user.browser.landing(url.as_str()).await;
    assert_eq!(pairs(&landing), [("state".to_owned(), "s".to_owned())]);
    assert!(!user.is_signed_in().await);
    // And as they do where the tenant has them bring it.
    let mut user = SignedIn::at(&provider).await;
    let form = [("id_token_hint", user.id_token.as_str()), ("post_logout_redirect_uri", BYE)];
    let landing = user.browser.send(&provider.url("oidc/logout"), &form).await.landing();
    assert_eq!(landing.url.as_str(), BYE);
    assert!(!user.is_signed_in().await);
}

#[tokio::test]
async fn a_form_that_somebody_else_sends_signs_nobody_out() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let page = user.open(&[]).await.page();
    let other = user.open(&[("state", "other")]).await.page();
    let mut stranger = SignedIn::at(&provider).await;
    let strangers = stranger.open(&[]).await.page();
    let token = |page: &Page| page.attribute(r#"name="csrf_token" value=""#);
    let url = provider.url("u/logout?");
    for token in [String::new(), "x".to_owned(), token(&other), token(&strangers)] {
        let form = [("csrf_token", token.as_str()), ("logout", "true")];
        let refused = user.browser.send(&url, &form).await.page();
        assert_eq!(refused.status, 400);
        assert!(refused.html.contains("<h1>Sign out?</h1>"), "it is asked again");
    }
    let cookies: Vec<_> =
        user.browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let form = [("csrf_token", token(&page)), ("logout", "true".to_owned())];
    let foreign = http().post(&url).form(&form).header("cookie", cookies.join("; "));
    let foreign = foreign.header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(foreign.status(), 400);
    assert!(!foreign.headers().contains_key("set-cookie"));
    assert!(user.is_signed_in().await);
    let done = user.browser.submit(&page, &[("logout", "true")]).await.page();
    assert!(done.html.contains("<h1>You are signed out</h1>"));
    for (name, value) in [("x-frame-options", "DENY"), ("cache-control", "no-store")] {
        assert_eq!((page.header(name), done.header(name)), (value, value));
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_just_the_cookie() {
    let provider = Provider::open_to_all().await;
    let mut user = SignedIn::at(&provider).await;
    let (mut thief, hint) = (Browser::new(&provider), user.id_token.clone());
    thief.cookies.clone_from(&user.browser.cookies);
    user.open(&[("id_token_hint", &hint)]).await.page();
    user.browser.cookies.clone_from(&thief.cookies);
    assert!(!user.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_user_and_of_no_other() {
    let provider = Provider::open_to_all().await;
    let (email, password) = provider.add_user().await;
    let (mut here, mut there) = (SignedIn::at(&provider).await, SignedIn::at(&provider).await);
    let mut other = SignedIn::at(&provider).await;
    let login = other.client.url(&[&ID_TOKEN[..], &[("prompt", "login")]].concat());
    let login = other.browser.page(&login).await;
    let consent =
        other.browser.submit(&login, &[("username", email), ("password", password)]).await.page();
    other.browser.submit(&consent, &[("allow", "true")]).await.landing();

    let page = here.open(&[]).await.page();
    let everywhere = [("logout", "true"), ("everywhere", "true")];
    here.browser.submit(&page, &everywhere).await.page();
    assert!(!here.is_signed_in().await && !there.is_signed_in().await);
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_newest_of_many_sessions_or_says_to_try_again() {
    let provider = Provider::open_to_all().await;
    let mut here = SignedIn::at(&provider).await;
    let claims = here.id_token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let everywhere = [("logout", "true"), ("everywhere", "true")];
    provider.begin_sessions(claims["sub"].as_str().unwrap(), 1_010).await;
    provider.advance(Duration::from_secs(1));
    let mut there = SignedIn::at(&provider).await;

    let page = here.open(&[]).await.page();
    let refused = here.browser.submit(&page, &everywhere).await.page();
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), "2");
    assert!(there.is_signed_in().await, "it is too late in the list");
    assert!(here.is_signed_in().await, "or nobody could try again");
    let done = here.browser.submit(&page, &everywhere).await.page();
    assert!(done.html.contains("<h1>You are signed out</h1>"), "{}", done.html);
    assert!(!here.is_signed_in().await && !there.is_signed_in().await);
}

#[tokio::test]
async fn auth0s_clients_sign_out_by_their_own_address() {
    let provider = Provider::open_to_all().await;
    let urls = json!({ "allowed_logout_urls": ["https://tenant.example/bye"] });
    assert_eq!(provider.change_settings(&urls).await.status(), 200);
    let bare = RelyingParty::register(&provider).await.client_id;
    let url = |parameters: &[(&str, &str)]| -> String {
        url::Url::parse_with_params(&provider.url("v2/logout"), parameters).unwrap().into()
    };
    let client = |user: &SignedIn<'_>| user.client.client_id.clone();
    for (of_client, return_to, lands) in [
        (true, Some("https://app.example/bye?a=b"), Some("https://app.example/bye?a=b")),
        (true, None, Some(BYE)),
        (false, Some("https://tenant.example/bye"), Some("https://tenant.example/bye")),
        (false, None, None),
    ] {
        let mut user = SignedIn::at(&provider).await;
        let client_id = client(&user);
        let mut parameters = vec![];
        parameters.extend(of_client.then_some(("client_id", &*client_id)));
        parameters.extend(return_to.map(|uri| ("returnTo", uri)));
        match (user.browser.open(&url(&parameters)).await, lands) {
            (Arrival::Landing(landing), Some(uri)) => assert_eq!(landing.url.as_str(), uri),
            (Arrival::Page(page), None) => assert!(page.html.contains("You are signed out")),
            (arrival, _) => panic!("{parameters:?}: {arrival:?}"),
        }
        assert!(!user.is_signed_in().await, "{parameters:?}");
    }
    let mut user = SignedIn::at(&provider).await;
    let client_id = client(&user);
    for parameters in [
        &[("client_id", &*client_id), ("returnTo", "https://evil.example/")][..],
        &[("client_id", &client_id), ("returnTo", "https://tenant.example/bye")],
        &[("client_id", &bare), ("returnTo", BYE)],
        &[("returnTo", BYE)],
        &[("returnTo", "https://tenant.example/bye?x")],
        &[("client_id", "nobody")],
    ] {
        assert_eq!(user.browser.page(&url(parameters)).await.status, 400, "{parameters:?}");
        assert!(user.is_signed_in().await, "{parameters:?}");
    }
    let posted = provider.post_form("v2/logout", &[]).await;
    assert_eq!(
        (posted.status().as_u16(), posted.headers()["allow"].to_str().unwrap()),
        (405, "GET")
    );
}
