use crate::harness::{API, Arrival, Browser, Owner, Provider, REDIRECT_URI, RelyingParty, http};
use serde_json::{Value, json};
use std::time::Duration;

const TOKEN: [(&str, &str); 2] = [("response_type", "token"), ("scope", "openid email")];

fn url(client: &RelyingParty<'_>, more: &[(&str, &str)]) -> String {
    let mut all: Vec<_> = TOKEN.to_vec();
    all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    client.url(&[&all[..], more].concat())
}

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_what_of_it_was_checked() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_as(
        &provider,
        json!({
            "client_name": "Contacts <b>", "client_uri": "https://contacts.example/home", "logo_uri": "https://contacts.example/logo.png",
            "policy_uri": "https://contacts.example/policy", "tos_uri": "https://contacts.example/tos",
        }),
    )
    .await;
    let mut browser = Browser::new(&provider);
    let scope = "openid profile email address phone read:contacts https://example.com/department";
    let login = browser.page(&url(&client, &[("scope", scope), ("audience", API)])).await;
    let page = browser.sign_in(&login).await.page();
    for text in [
        "app.example</strong>",
        "(not verified)",
        "registered on ",
        "Contacts &#60;b&#62;",
        "contacts.example<",
        "Example API",
        "Janus Quirinus Patulcius",
        "Know that it is you who signed in",
        "See your email address",
        "See your postal address",
        "See your phone number",
        "See your name, picture",
        "Read your contacts",
        "See your department",
        r#"privacy policy is at <a href="https://contacts.example/policy" target="_blank" rel="noopener noreferrer nofollow"><bdi>contacts.example</bdi></a>"#,
        r#"terms of service are at <a href="https://contacts.example/tos" target="_blank" rel="noopener noreferrer nofollow"><bdi>contacts.example</bdi></a>"#,
    ] {
        assert!(page.html.contains(text), "{text} is not in {}", page.html);
    }
    assert!(
        page.html.find("app.example</strong>") < page.html.find("Contacts &#60;b&#62;"),
        "the host comes first"
    );
    assert!(
        !page.html.contains("logo.png") && !page.html.contains("<img"),
        "no picture of a stranger's"
    );
    let (allow, deny) = (page.html.find(r#"name="allow""#), page.html.find(r#"name="deny""#));
    assert!(allow.is_some() && allow < deny);
}

#[tokio::test]
async fn refusing_sends_the_user_back_with_access_denied() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let consent = browser.sign_in(&login).await.page();
    let landing = browser.submit(&consent, &[("deny", "true")]).await.landing();
    assert_eq!(landing.status, 303);
    let answer = landing.fragment();
    assert_eq!(
        (answer["error"].as_str(), answer["state"].as_str(), answer["iss"].as_str()),
        ("access_denied", "s t&1", provider.issuer.as_str())
    );
    assert!(
        browser.page(&url(&client, &[])).await.html.contains("Allow access?"),
        "nothing was remembered"
    );
}

#[tokio::test]
async fn consent_is_remembered_for_each_client_audience_and_set_of_scopes() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let other = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&url(&client, &[])).await;
    for (client, more, is_asked) in [
        (&client, &[][..], false),
        (&client, &[("scope", "openid")], false),
        (&client, &[("scope", "openid email phone")], true),
        (&client, &[("audience", API)], true),
        (&other, &[], true),
        (&client, &[("prompt", "consent")], true),
    ] {
        let arrival = browser.open(&url(client, more)).await;
        let is_page =
            matches!(&arrival, Arrival::Page(page) if page.html.contains("Allow access?"));
        assert_eq!(is_page, is_asked, "{more:?} {arrival:?}");
    }
    let answer = browser
        .landing(&url(&client, &[("scope", "openid phone"), ("prompt", "none")]))
        .await
        .fragment();
    assert_eq!(answer["error"], "consent_required");

    // Agreeing to more adds to what was agreed to.
    let consent = browser.page(&url(&client, &[("scope", "openid phone")])).await;
    browser.submit(&consent, &[("allow", "true")]).await.landing();
    browser
        .landing(&url(&client, &[("scope", "openid email phone"), ("prompt", "none")]))
        .await
        .fragment();

    // Another browser of the same user is not asked again either.
    let mut elsewhere = Browser::new(&provider);
    let login = elsewhere.page(&url(&client, &[])).await;
    elsewhere.sign_in(&login).await.landing();
}

#[tokio::test]
async fn users_are_asked_again_once_a_third_party_gets_responses_elsewhere() {
    let provider = Provider::open_to_all().await;
    let management =
        json!({ "dynamic_client_registration": { "client_registration_management": "full" } });
    assert_eq!(provider.change_settings(&management).await.status(), 200);
    let mut registered = provider.register(&json!({ "redirect_uris": [REDIRECT_URI] })).await;
    let client = RelyingParty::of(&provider, &registered);
    let mut browser = Browser::new(&provider);
    browser.authorize(&url(&client, &[])).await;
    let [other, third] = ["https://app.example/other", "https://app.example/third"];
    let openid = [("scope", "openid")];
    for (change, more, is_asked) in [
        (json!({ "client_name": "Another" }), &[][..], false),
        (json!({ "redirect_uris": [REDIRECT_URI, other] }), &[], true),
        (json!({ "redirect_uris": [other, REDIRECT_URI] }), &[], false),
        (json!({ "redirect_uris": [REDIRECT_URI] }), &[], false),
        (json!({ "redirect_uris": [REDIRECT_URI, other] }), &openid, true),
        // Agreeing to less brings nothing back that was agreed to before.
        (json!({ "redirect_uris": [REDIRECT_URI, other] }), &[], true),
        (json!({ "redirect_uris": [REDIRECT_URI, third] }), &openid, true),
    ] {
        provider.advance(Duration::from_secs(1));
        registered = replace(&registered, &change).await;
        provider.advance(Duration::from_secs(1));
        match browser.open(&url(&client, more)).await {
            Arrival::Page(consent) => {
                assert!(is_asked && consent.html.contains("Allow access?"), "{change}");
                browser.submit(&consent, &[("allow", "true")]).await.landing();
            }
            Arrival::Landing(_) => assert!(!is_asked, "{change}"),
        }
    }
}

/// The registration with this change, by the client itself.
async fn replace(registered: &Value, change: &Value) -> Value {
    let text = |member: &str| registered[member].as_str().unwrap();
    let mut body = json!({ "client_id": text("client_id"), "redirect_uris": [REDIRECT_URI] });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let token = text("registration_access_token");
    let request = http().put(text("registration_client_uri")).bearer_auth(token).json(&body);
    let replaced = request.send().await.unwrap();
    assert_eq!(replaced.status(), 200, "{change}");
    replaced.json().await.unwrap()
}

#[tokio::test]
async fn the_owner_moves_a_third_party_likewise_and_its_own_applications_unasked() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    for is_first_party in [false, true] {
        let new = json!({
            "name": "An app", "callbacks": [REDIRECT_URI], "is_first_party": is_first_party,
            "app_type": "regular_web",
        });
        let (status, created) = owner.post("clients", &new).await;
        assert_eq!(status, 201, "{created}");
        let client = RelyingParty::of(&provider, &created);
        let mut browser = Browser::new(&provider);
        browser.authorize(&url(&client, &[])).await;
        provider.advance(Duration::from_secs(1));
        let change = json!({ "callbacks": [REDIRECT_URI, "https://app.example/other"] });
        let (status, _) = owner.patch(&format!("clients/{}", client.client_id), &change).await;
        assert_eq!(status, 200);
        let is_asked = matches!(browser.open(&url(&client, &[])).await, Arrival::Page(_));
        assert_eq!(is_asked, !is_first_party);
    }
}

#[tokio::test]
async fn prompt_consent_asks_each_time_and_is_satisfied_by_the_answer() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&url(&client, &[])).await;
    for _ in 0..2 {
        let consent = browser.page(&url(&client, &[("prompt", "consent")])).await;
        browser.submit(&consent, &[("allow", "true")]).await.landing().fragment();
    }
}

#[tokio::test]
async fn a_program_on_a_device_that_anybody_could_be_is_asked_for_every_time() {
    let provider = Provider::open_to_all().await;
    let client =
        RelyingParty::register_as(&provider, json!({ "redirect_uris": ["com.example.app:/cb"] }))
            .await;
    let mut browser = Browser::new(&provider);
    let url = url(&client, &[("redirect_uri", "com.example.app:/cb")]);
    let login = browser.page(&url).await;
    let consent = browser.sign_in(&login).await.page();
    assert!(consent.html.contains("a program on this device"));
    assert!(
        consent.header("content-security-policy").ends_with("form-action 'self' com.example.app:")
    );
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    assert_eq!(landing.url.scheme(), "com.example.app");
    assert!(browser.page(&url).await.html.contains("Allow access?"));
}

#[tokio::test]
async fn consent_cannot_be_given_for_another_request_session_or_browser() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let shown = browser.sign_in(&login).await.page();
    let wider = browser.page(&url(&client, &[("scope", "openid email phone address")])).await;
    let token = shown.attribute(r#"name="csrf_token" value=""#);

    let forged = [("csrf_token", token.as_str()), ("allow", "true")];
    for (url, form) in [
        (&wider.url, &forged[..]),
        (&shown.url, &[("allow", "true")]),
        (&shown.url, &[("deny", "true")]),
        // Neither yes nor no.
        (&shown.url, &[("csrf_token", token.as_str())]),
    ] {
        let page = browser.send(url.as_str(), form).await.page();
        assert!(page.html.contains("Allow access?"), "{form:?}");
        assert_eq!(page.status, 400, "{form:?}");
    }
    let cookies: Vec<_> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for cookies in [cookies.join("; "), String::new()] {
        let request = http().post(shown.url.as_str()).form(&forged).header("cookie", cookies);
        let response = request.header("sec-fetch-site", "cross-site").send().await.unwrap();
        assert_eq!(response.status(), 400, "another site's");
    }

    let stranger = Browser::new(&provider).send(shown.url.as_str(), &forged).await.page();
    assert!(stranger.html.contains("<h1>Sign in</h1>"));

    // After signing in again the old page is from another session.
    let login = browser.page(&url(&client, &[("prompt", "login")])).await;
    browser.sign_in(&login).await;
    assert!(browser.send(shown.url.as_str(), &forged).await.page().html.contains("Allow access?"));
}

#[tokio::test]
async fn going_back_and_sending_twice_do_no_harm() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let consent = browser.sign_in(&login).await.page();
    for _ in 0..2 {
        let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
        assert!(landing.fragment().contains_key("access_token"));
    }
    assert!(browser.page(consent.url.as_str()).await.html.contains("Allow access?"));
    assert!(browser.page(login.url.as_str()).await.html.contains("<h1>Sign in</h1>"));
}
