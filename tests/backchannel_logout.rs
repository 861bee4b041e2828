//! Back-channel logout: who is told that a session has ended, what they are told, and who is never called.

use crate::harness::{Browser, Provider, RelyingParty, Website};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use shared::domain::{ClientId, Issuer, Participant, Session, Sid};
use std::time::Duration;

const ID_TOKEN: [(&str, &str); 3] =
    [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A provider that calls this machine, where the clients' web site is.
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

/// A client that is told at `path` of the site, which takes it.
async fn told<'a>(
    provider: &'a Provider,
    (site, path): (&Website, &str),
    metadata: Value,
) -> RelyingParty<'a> {
    let uri = site.answers(path, (200, vec![], String::new()));
    let mut all =
        json!({ "backchannel_logout_uri": uri, "backchannel_logout_session_required": true });
    all.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    RelyingParty::register_as(provider, all).await
}

/// An ID Token for the client, in a browser whose user signs in or agrees where they are asked to.
async fn id_token(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> String {
    let url = client.url(&ID_TOKEN);
    if !browser.cookies.contains_key("sid") {
        return browser.authorize(&url).await.fragment()["id_token"].clone();
    }
    let consent = browser.page(&url).await;
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    landing.fragment()["id_token"].clone()
}

async fn log_out(provider: &Provider, browser: &mut Browser<'_>, hint: &str) {
    let page = browser.page(&provider.url(&format!("oidc/logout?id_token_hint={hint}"))).await;
    assert!(page.html.contains("You are signed out"), "{}", page.html);
}

/// The one Logout Token that was posted to `path`, and nothing else with it.
fn posted(site: &Website, path: &str) -> String {
    let bodies = site.bodies(path);
    let [body] = &bodies[..] else { panic!("{bodies:?}") };
    let form: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let [(name, token)] = &form[..] else { panic!("{body}") };
    assert_eq!(name, "logout_token");
    token.clone()
}

fn claims(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn oidcc_backchannel_rp_initiated_logout_discovery_endpoint_verification() {
    let (provider, _) = start().await;
    for is_on in [true, false] {
        allow_fetching(&provider, is_on).await;
        let document: Value =
            provider.get(".well-known/openid-configuration").await.json().await.unwrap();
        for member in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
            assert_eq!(document[member], is_on, "{member}");
        }
        assert_eq!(document["end_session_endpoint"], provider.url("oidc/logout"));
    }
}

#[tokio::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let hint = id_token(&client, &mut browser).await;
    log_out(&provider, &mut browser, &hint).await;

    // Before the browser was answered.
    let token = posted(&site, "/out");
    assert_eq!(site.last_headers()["content-type"], "application/x-www-form-urlencoded");
    let verified = client.verify_logout_token(&token).await;
    let id_token = claims(&hint);
    let members: Vec<_> = verified.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"], "no nonce");
    assert_eq!(verified["events"], json!({ EVENT: {} }));
    assert_eq!((&verified["sub"], &verified["sid"]), (&id_token["sub"], &id_token["sid"]));
    let lifetime = verified["exp"].as_i64().unwrap() - verified["iat"].as_i64().unwrap();
    assert!((1..=120).contains(&lifetime), "{lifetime}");
    assert!(verified["jti"].as_str().unwrap().len() >= 22);
}

#[tokio::test]
async fn each_client_is_told_by_the_names_and_the_signature_that_it_knows() {
    let (provider, site) = start().await;
    let kinds = [
        ("/public", json!({})),
        ("/pairwise", json!({ "subject_type": "pairwise" })),
        ("/secret", json!({ "id_token_signed_response_alg": "HS256" })),
    ];
    let (mut browser, mut told_clients) = (Browser::new(&provider), vec![]);
    for (path, metadata) in kinds {
        let client = told(&provider, (&site, path), metadata).await;
        let id_token = id_token(&client, &mut browser).await;
        told_clients.push((path, client, id_token));
    }
    // One that takes no part, and one that does not want to be told.
    told(&provider, (&site, "/idle"), json!({})).await;
    let untold = RelyingParty::register(&provider).await;
    let hint = id_token(&untold, &mut browser).await;
    log_out(&provider, &mut browser, &hint).await;
    assert_eq!(site.requests("/idle"), 0);
    let mut tokens = vec![];
    for (path, client, id_token) in &told_clients {
        let (token, id_token) = (posted(&site, path), claims(id_token));
        let logout = claims(&token);
        for claim in ["iss", "aud", "sub", "sid"] {
            assert_eq!(logout[claim], id_token[claim], "{path} {claim}");
        }
        match *path {
            "/secret" => client.verify_logout_token_by_secret(&token),
            _ => drop(client.verify_logout_token(&token).await),
        }
        tokens.push(logout["jti"].clone());
    }
    assert_eq!(told_clients.len(), 3);
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
}

#[tokio::test]
async fn no_logout_token_is_ever_taken_for_an_id_token() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let hint = id_token(&client, &mut browser).await;
    log_out(&provider, &mut browser, &hint).await;
    let token = posted(&site, "/out");
    let url = client.url(&[&ID_TOKEN[..], &[("id_token_hint", &token)]].concat());
    assert_eq!(browser.landing(&url).await.fragment()["error"], "invalid_request");
    let page = browser.page(&provider.url(&format!("oidc/logout?id_token_hint={token}"))).await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn a_client_is_noted_once_and_told_also_of_the_session_before_a_password_was_given_again() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let first = id_token(&client, &mut browser).await;
    browser.landing(&client.url(&ID_TOKEN)).await;
    let login = browser.page(&client.url(&[&ID_TOKEN[..], &[("prompt", "login")]].concat())).await;
    let second = browser.sign_in(&login).await.landing().fragment()["id_token"].clone();
    log_out(&provider, &mut browser, &second).await;
    let sids: Vec<_> = site
        .bodies("/out")
        .iter()
        .map(|body| claims(body.strip_prefix("logout_token=").unwrap())["sid"].clone())
        .collect();
    assert_eq!(sids.len(), 2, "{sids:?}");
    for token in [&first, &second] {
        assert!(sids.contains(&claims(token)["sid"]), "{sids:?}");
    }
}

#[tokio::test]
async fn no_client_is_forgotten_where_a_password_was_given_again_in_vain() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let hint = id_token(&client, &mut browser).await;
    let login = browser.page(&client.url(&[&ID_TOKEN[..], &[("prompt", "login")]].concat())).await;
    provider.outage.of(&["PutItem"]);
    assert_eq!(browser.sign_in(&login).await.page().status, 503);
    provider.outage.of(&[]);
    log_out(&provider, &mut browser, &hint).await;
    assert_eq!(claims(&posted(&site, "/out"))["sid"], claims(&hint)["sid"]);
}

#[tokio::test]
async fn a_client_that_fails_for_a_moment_is_told_again_and_one_that_refuses_is_not() {
    let (provider, site) = start().await;
    for (status, times) in [(204, 1), (400, 1), (302, 1), (404, 1), (429, 3), (500, 3), (503, 3)] {
        let path = format!("/{status}");
        let client = told(&provider, (&site, &path), json!({})).await;
        let location = vec![("location", site.url("/elsewhere"))];
        site.answers(&path, (status, location, String::new()));
        let mut browser = Browser::new(&provider);
        let hint = id_token(&client, &mut browser).await;
        log_out(&provider, &mut browser, &hint).await;
        assert_eq!(site.requests(&path), times, "{status}");
    }
    assert_eq!(site.requests("/elsewhere"), 0, "no redirect is followed");
}

#[tokio::test]
async fn whoever_signs_out_is_signed_out_whether_or_not_clients_can_be_told() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let gone = told(&provider, (&site, "/gone"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let hint = id_token(&client, &mut browser).await;
    id_token(&gone, &mut browser).await;
    let owner = crate::harness::Owner::of(&provider).await;
    assert_eq!(owner.delete(&format!("clients/{}", gone.client_id)).await, 204);
    provider.fetcher.is_out_of_reach(true);
    log_out(&provider, &mut browser, &hint).await;
    provider.fetcher.is_out_of_reach(false);
    let silent = client.url(&[&ID_TOKEN[..], &[("prompt", "none")]].concat());
    assert_eq!(browser.landing(&silent).await.fragment()["error"], "login_required");
    assert_eq!((site.requests("/out"), site.requests("/gone")), (0, 0));
}

#[tokio::test]
async fn nobody_is_called_where_the_tenant_does_not_allow_it() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let hint = id_token(&client, &mut browser).await;
    allow_fetching(&provider, false).await;
    log_out(&provider, &mut browser, &hint).await;
    assert_eq!((site.requests("/out"), provider.fetcher.calls()), (0, 0));
}

#[tokio::test]
async fn clients_are_told_at_the_same_time() {
    let (provider, site) = start().await;
    let mut browser = Browser::new(&provider);
    let mut hint = String::new();
    for number in 0..6 {
        let path = format!("/slow/{number}");
        let client = told(&provider, (&site, &path), json!({})).await;
        hint = id_token(&client, &mut browser).await;
    }
    site.takes(Duration::from_millis(700));
    let told =
        tokio::time::timeout(Duration::from_millis(2_800), log_out(&provider, &mut browser, &hint));
    told.await.expect("not one after another");
    for number in 0..6 {
        assert_eq!(site.requests(&format!("/slow/{number}")), 1);
    }
}

#[tokio::test]
async fn signing_out_everywhere_tells_the_clients_of_every_session() {
    let (provider, site) = start().await;
    let one = told(&provider, (&site, "/one"), json!({})).await;
    let two = told(&provider, (&site, "/two"), json!({})).await;
    let (mut here, mut there) = (Browser::new(&provider), Browser::new(&provider));
    id_token(&one, &mut here).await;
    let there_token = id_token(&two, &mut there).await;
    let page = here.page(&provider.url("oidc/logout")).await;
    here.submit(&page, &[("logout", "true"), ("everywhere", "true")]).await.page();
    assert_eq!(site.requests("/one"), 1);
    assert_eq!(claims(&posted(&site, "/two"))["sid"], claims(&there_token)["sid"]);
}

#[tokio::test]
async fn clients_are_told_of_what_has_ended_also_where_that_is_not_all() {
    let (provider, site) = start().await;
    let mut clients = vec![];
    for path in ["/own", "/old", "/new"] {
        clients.push(told(&provider, (&site, path), json!({})).await);
    }
    let (mut here, mut old, mut new) =
        (Browser::new(&provider), Browser::new(&provider), Browser::new(&provider));
    let own_token = id_token(&clients[0], &mut here).await;
    let old_token = id_token(&clients[1], &mut old).await;
    provider.advance(Duration::from_secs(1));
    provider.begin_sessions(claims(&own_token)["sub"].as_str().unwrap(), 1_000).await;
    provider.advance(Duration::from_secs(1));
    let new_token = id_token(&clients[2], &mut new).await;

    let page = here.page(&provider.url("oidc/logout")).await;
    for (status, told) in [(503, [0, 1, 0]), (200, [1, 1, 1])] {
        let everywhere = [("logout", "true"), ("everywhere", "true")];
        assert_eq!(here.submit(&page, &everywhere).await.page().status, status);
        assert_eq!(["/own", "/old", "/new"].map(|path| site.requests(path)), told);
    }
    for (path, token) in [("/own", own_token), ("/old", old_token), ("/new", new_token)] {
        assert_eq!(claims(&posted(&site, path))["sid"], claims(&token)["sid"], "{path}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_answer_holds_nobody_up_for_long() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let hint = id_token(&client, &mut browser).await;
    site.takes(Duration::from_mins(1));
    let left = log_out(&provider, &mut browser, &hint);
    tokio::time::timeout(Duration::from_secs(9), left).await.expect("within nine seconds");
    assert_eq!(site.requests("/out"), 1);
}

#[tokio::test]
async fn a_session_is_joined_by_nobody_once_it_has_ended_and_by_so_many_at_most() {
    let (provider, site) = start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let token = id_token(&client, &mut browser).await;
    let (store, sid) = (provider.store(), claims(&token)["sid"].as_str().unwrap().to_owned());
    let t = provider.issuer.parse::<Issuer>().unwrap().tenant_id();
    let sid = Sid::parse(&sid).unwrap();
    // It has one client already.
    for number in 0..Session::MAX_CLIENTS {
        let client_id = ClientId::parse(&format!("client{number}")).unwrap();
        let participant = Participant { client_id, sid: sid.clone() };
        assert!(store.join_session(&t, &sid, &participant).await.unwrap());
    }
    let session = store.end_session(&t, &sid).await.unwrap().unwrap();
    assert_eq!(session.clients.len(), Session::MAX_CLIENTS);
    assert_eq!(session.clients[0].client_id.as_str(), client.client_id);
    assert!(!store.join_session(&t, &sid, &session.clients[0]).await.unwrap());
    assert_eq!(store.end_session(&t, &sid).await.unwrap(), None, "and is not made by that");
}

#[tokio::test]
async fn nobody_is_called_inside_a_network() {
    let provider = Provider::open_to_all().await;
    allow_fetching(&provider, true).await;
    let site = Website::start().await;
    let client = told(&provider, (&site, "/out"), json!({})).await;
    let mut browser = Browser::new(&provider);
    let hint = id_token(&client, &mut browser).await;
    log_out(&provider, &mut browser, &hint).await;
    assert_eq!((provider.fetcher.calls(), site.requests("/out")), (1, 0));
}
