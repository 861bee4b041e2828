//! How responses get to the client: `query`, `fragment`, `form_post`, `web_message`.

use crate::harness::{Browser, Owner, Page, Provider, REDIRECT_URI, RelyingParty};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

const ORIGIN: &str = "https://app.example";

/// All response types, with what they need.
const RESPONSE_TYPES: [&str; 7] = [
    "code",
    "token",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
];

fn parameters<'a>(response_type: &'a str, response_mode: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("response_type", response_type),
        ("response_mode", response_mode),
        ("scope", "openid"),
        ("nonce", "n"),
    ]
}

/// The names of what comes back for a response type, besides `state` and `iss`.
fn members(response_type: &str) -> Vec<&'static str> {
    let has = |word: &str| response_type.split(' ').any(|other| other == word);
    let mut members = vec![];
    members.extend(has("code").then_some("code"));
    members.extend(has("id_token").then_some("id_token"));
    if has("token") {
        members.extend(["access_token", "expires_in", "scope", "token_type"]);
    }
    members.extend(["iss", "state"]);
    members.sort_unstable();
    members
}

/// A first-party client whose pages at [`ORIGIN`] its owner trusts.
async fn single_page_application(provider: &Provider) -> RelyingParty<'_> {
    let owner = Owner::of(provider).await;
    let new = json!({ "name": "Spa", "callbacks": [REDIRECT_URI], "web_origins": [ORIGIN] });
    let (status, client) = owner.post("clients", &new).await;
    assert_eq!((status, &client["web_origins"]), (201, &json!([ORIGIN])));
    RelyingParty::of(provider, &client)
}

/// The policy of the page names the script that is in it, and no other.
fn has_the_one_script(page: &Page) {
    let script = page.html.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, script.as_bytes()));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("; script-src 'sha256-{hash}';")), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert_eq!(page.html.matches("<script").count(), 1);
}

#[tokio::test]
async fn every_response_type_comes_by_its_default_and_by_every_mode_that_it_may() {
    let provider = Provider::open_to_all().await;
    let client = single_page_application(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.arrive(&client.url(&parameters("token", ""))).await;
    for response_type in RESPONSE_TYPES {
        let url = |mode| client.url(&parameters(response_type, mode));
        let is_code = response_type == "code";
        let fragment = browser.landing(&url("fragment")).await.fragment();
        let by_default = browser.landing(&url("")).await;
        let by_default = if is_code { by_default.query() } else { by_default.fragment() };
        let form = browser.page(&url("form_post")).await;
        let message = browser.page(&url("web_message")).await;
        for answer in [fragment, by_default, form.form_post(REDIRECT_URI), message.hidden_fields()]
        {
            let names: Vec<_> = answer.keys().map(String::as_str).collect();
            assert_eq!(names, members(response_type), "{response_type}");
            assert_eq!((&*answer["state"], &answer["iss"]), ("s t&1", &provider.issuer));
        }
        let query = browser.landing(&url("query")).await;
        if is_code {
            assert!(query.query().contains_key("code"));
        } else {
            assert_eq!(query.fragment()["error"], "invalid_request", "{response_type}");
        }
    }
}

#[tokio::test]
async fn a_form_posts_itself_and_has_a_button_for_those_without_scripts() {
    let provider = Provider::open_to_all().await;
    let redirect_uri = "https://app.example/cb?a=%22b%22&c=d";
    let metadata = json!({ "redirect_uris": [redirect_uri] });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let state = "\"'><script>alert(1)</script>&amp;\u{e9}";
    let parameters = parameters("code", "form_post");
    let url = client
        .url(&[&parameters[..], &[("redirect_uri", redirect_uri), ("state", state)]].concat());
    let page = Browser::new(&provider).arrive(&url).await.page();
    let answer = page.form_post(redirect_uri);
    assert_eq!(answer["state"], state);
    has_the_one_script(&page);
    assert!(page.html.contains(r#"<button type="submit">Continue</button>"#));
    let policy = page.header("content-security-policy");
    assert!(policy.ends_with("form-action 'self' https://app.example"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(page.header(name), value);
    }
}

#[tokio::test]
async fn errors_come_by_the_mode_that_was_asked_for_also_from_the_consent_page() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    for (response_type, more, error) in [
        ("code", ("prompt", "none"), "login_required"),
        ("id_token", ("nonce", ""), "invalid_request"),
        ("code none", ("scope", "openid"), "unsupported_response_type"),
        ("", ("scope", "openid"), "invalid_request"),
        ("token", ("max_age", "x"), "invalid_request"),
    ] {
        let mut all = parameters(response_type, "form_post").to_vec();
        all.retain(|(name, _)| *name != more.0);
        all.push(more);
        let answer = browser.page(&client.url(&all)).await.form_post(REDIRECT_URI);
        assert_eq!(answer["error"], error, "{response_type}");
        let names: Vec<_> = answer.keys().map(String::as_str).collect();
        assert_eq!(names, ["error", "error_description", "iss", "state"]);
    }
    let login = browser.page(&client.url(&parameters("code id_token", "form_post"))).await;
    let consent = browser.sign_in(&login).await.page();
    let refused = browser.submit(&consent, &[("deny", "true")]).await.page();
    assert_eq!(refused.form_post(REDIRECT_URI)["error"], "access_denied");
}

#[tokio::test]
async fn a_message_goes_to_pages_of_the_one_origin_that_the_owner_named() {
    let provider = Provider::start().await;
    let client = single_page_application(&provider).await;
    let mut browser = Browser::new(&provider);
    let silent =
        client.url(&[&parameters("code", "web_message")[..], &[("prompt", "none")]].concat());
    let refused = browser.page(&silent).await;
    assert_eq!(refused.hidden_fields()["error"], "login_required");
    let signed_in = browser.arrive(&client.url(&parameters("code", "web_message"))).await.page();
    let answered = browser.page(&silent).await;
    for page in [&refused, &signed_in, &answered] {
        assert_eq!(page.status, 200);
        assert_eq!(page.attribute(r#"data-target-origin=""#), ORIGIN);
        assert_eq!(page.hidden_fields()["state"], "s t&1");
        has_the_one_script(page);
        for part in [
            r#"type: "authorization_response", response }"#,
            "(window.opener || window.parent).postMessage(",
            "document.body.dataset.targetOrigin",
        ] {
            assert!(page.html.contains(part), "{part}");
        }
        let policy = page.header("content-security-policy");
        assert!(policy.contains("; frame-ancestors https://app.example;"), "{policy}");
        assert!(page.headers.get("x-frame-options").is_none());
        assert_eq!(page.header("cache-control"), "no-store");
    }
    assert!(answered.hidden_fields().contains_key("code"));
}

#[tokio::test]
async fn no_message_goes_to_an_origin_that_the_owner_did_not_name() {
    let provider = Provider::open_to_all().await;
    // Whoever registers itself names none, and none follows from its redirect URIs.
    let metadata = json!({ "web_origins": [ORIGIN] });
    let stranger = RelyingParty::register_as(&provider, metadata).await;
    let owner = Owner::of(&provider).await;
    let path = format!("clients/{}", stranger.client_id);
    let url = stranger.url(&parameters("id_token token", "web_message"));
    let mut browser = Browser::new(&provider);
    for origins in [json!([]), json!(["https://other.example", "https://app.example:8443"])] {
        let (status, _) = owner.patch(&path, &json!({ "web_origins": origins })).await;
        assert_eq!(status, 200);
        let landing = browser.landing(&url).await;
        assert!(landing.url.as_str().starts_with(REDIRECT_URI), "{}", landing.url);
        assert_eq!(landing.fragment()["error"], "invalid_request", "{origins}");
    }
    let (_, changed) = owner.patch(&path, &json!({ "web_origins": [ORIGIN, ORIGIN] })).await;
    assert_eq!(changed["web_origins"], json!([ORIGIN]));
    let answer = browser.arrive(&url).await.page().hidden_fields();
    assert!(answer.contains_key("access_token"), "{answer:?}");
    for (value, place) in [
        (json!("https://app.example"), "web_origins must be"),
        (json!(["https://app.example/"]), "web_origins[0] must be"),
        (json!([ORIGIN, "*"]), "web_origins[1] must be"),
        (json!(["http://app.example"]), "web_origins[0] must be"),
        (json!([1]), "web_origins[0] must be"),
    ] {
        let (status, error) = owner.patch(&path, &json!({ "web_origins": value })).await;
        let message = error["message"].as_str().unwrap();
        assert_eq!(status, 400);
        assert!(message.contains(place), "{message}");
    }
}

#[tokio::test]
async fn no_form_goes_to_a_program_on_a_device() {
    let provider = Provider::open_to_all().await;
    let metadata = json!({ "redirect_uris": ["com.example.app:/cb"] });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let redirect_uri = [("redirect_uri", "com.example.app:/cb")];
    let url = client.url(&[&parameters("code", "form_post")[..], &redirect_uri].concat());
    assert_eq!(Browser::new(&provider).landing(&url).await.query()["error"], "invalid_request");
}
