use crate::harness::{Browser, Page, Provider, RelyingParty, http};
use serde_json::json;
use std::time::Duration;

const TOKEN: [(&str, &str); 2] = [("response_type", "token"), ("scope", "openid")];

fn url(client: &RelyingParty<'_>, more: &[(&str, &str)]) -> String {
    client.url(&[&TOKEN[..], more].concat())
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let mut answers = Vec::new();
    for (username, password) in [
        (provider.user("email"), "wrong"),
        (provider.user("email"), ""),
        ("nobody@example.com", provider.user("password")),
        ("", ""),
        ("LOGIN#x", "x"),
    ] {
        let page =
            browser.submit(&login, &[("username", username), ("password", password)]).await.page();
        assert_eq!(page.status, 400);
        assert!(page.html.contains(r#"role="alert""#));
        assert!(
            page.html.contains(&format!(r#"value="{}""#, username.replace('#', "&#35;")))
                || page.html.contains(&format!(r#"value="{username}""#))
        );
        assert!(!browser.cookies.contains_key("sid"));
        answers.push(
            page.html
                .split("<p class=\"notice\"")
                .nth(1)
                .unwrap()
                .split("</p>")
                .next()
                .unwrap()
                .to_owned(),
        );
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn the_email_address_is_taken_however_it_is_typed() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let fields = [("username", " JANUS@Example.com "), ("password", provider.user("password"))];
    assert!(browser.submit(&login, &fields).await.page().html.contains("Allow access?"));
}

#[tokio::test]
async fn the_hint_fills_in_the_form_and_cannot_break_out_of_it() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_as(
        &provider,
        json!({ "client_name": "\"><script>alert(1)</script>" }),
    )
    .await;
    let mut browser = Browser::new(&provider);
    let login =
        browser.page(&url(&client, &[("login_hint", "\"><script>alert(2)</script>")])).await;
    assert!(!login.html.contains("<script"), "{}", login.html);
    let consent = browser.sign_in(&login).await.page();
    assert!(!consent.html.contains("<script"), "{}", consent.html);
    let login = browser
        .page(&url(&client, &[("login_hint", "janus@example.com"), ("prompt", "login")]))
        .await;
    assert!(login.html.contains(r#"value="janus@example.com""#));
}

#[tokio::test]
async fn a_form_that_somebody_else_sends_signs_nobody_in() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut victim = Browser::new(&provider);
    let login = victim.page(&url(&client, &[])).await;
    let mut attacker = Browser::new(&provider);
    let attackers = attacker.page(&url(&client, &[])).await;
    let fields = [("username", provider.user("email")), ("password", provider.user("password"))];

    // Another browser's token, another request's, none, and none of the cookies.
    let other_request = victim.page(&url(&client, &[("nonce", "other")])).await;
    let forms = [
        (login.url.as_str(), attackers.attribute(r#"name="csrf_token" value=""#)),
        (login.url.as_str(), other_request.attribute(r#"name="csrf_token" value=""#)),
        (login.url.as_str(), String::new()),
    ];
    for (action, token) in &forms {
        let fields = [&fields[..], &[("csrf_token", token.as_str())]].concat();
        let page = victim.send(action, &fields).await.page();
        assert_eq!(page.status, 400);
        assert!(!victim.cookies.contains_key("sid"));
    }
    let token = login.attribute(r#"name="csrf_token" value=""#);
    let without_cookies = [&fields[..], &[("csrf_token", token.as_str())]].concat();
    let page = Browser::new(&provider).send(login.url.as_str(), &without_cookies).await.page();
    assert_eq!(page.status, 400);

    // What the browser itself says of where the form was.
    let own = provider.issuer.trim_end_matches('/');
    let cookies = format!("browser={}", victim.cookies["browser"]);
    for (site, origin, status) in [
        (None, "https://evil.example", 400),
        (Some("cross-site"), "null", 400),
        (None, "null", 303),
        (None, own, 303),
        (Some("cross-site"), own, 400),
        (Some("same-site"), "null", 400),
        (Some("same-origin"), "https://evil.example", 400),
        (Some("same-origin"), "null", 303),
        (Some("same-origin"), own, 303),
    ] {
        let request = http().post(login.url.as_str()).form(&without_cookies);
        let mut request = request.header("cookie", &cookies).header("origin", origin);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{site:?} {origin}");
        let mut set = response.headers().get_all("set-cookie").iter();
        let has_session = set.any(|cookie| cookie.to_str().unwrap().starts_with("sid="));
        assert_eq!(has_session, status == 303, "{site:?} {origin}");
    }

    // Browsers send no cookie with another site's form: that it seems to be gone must not replace it.
    let foreign = http().post(login.url.as_str()).form(&without_cookies);
    let response = foreign.header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(!response.headers().contains_key("set-cookie"), "an open form stays good");
    assert!(victim.submit(&login, &fields).await.page().html.contains("Allow access?"));
}

#[tokio::test]
async fn pages_carry_every_header_that_keeps_them_safe() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let consent = browser.sign_in(&login).await.page();
    let error = browser.page(&provider.url("authorize")).await;
    let start = browser.page(&provider.url("")).await;
    for page in [&login, &consent, &error, &start] {
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(page.header(name), value, "{name} of {}", page.url);
        }
        let policy = page.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "style-src 'sha256-",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "{directive} of {}", page.url);
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(page.headers.get("access-control-allow-origin").is_none());
    }
    for page in [&login, &consent] {
        let policy = page.header("content-security-policy");
        assert!(policy.ends_with("form-action 'self' https://app.example"), "{policy}");
    }
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let provider = Provider::open_to_all().await;
    // Without TLS, browsers would not take what this asks for.
    let none = json!({ "session_cookie": { "same_site": "none" } });
    assert_eq!(provider.change_settings(&none).await.status(), 200);
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let token = login.attribute(r#"name="csrf_token" value=""#);
    let fields = [
        ("csrf_token", token.as_str()),
        ("username", provider.user("email")),
        ("password", provider.user("password")),
    ];
    let response = browser.request(login.url.as_str(), Some(&fields)).await;
    let cookies: Vec<_> = response
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap())
        .collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("sid=")), "{cookies:?}");
    for cookie in cookies {
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    }
}

/// The cookies that are set by signing in at a provider behind a proxy.
async fn sign_in(provider: &Provider, client_id: &str) -> Vec<String> {
    let url = format!(
        "http://127.0.0.1:{}/u/login?client_id={client_id}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb",
        provider.port
    );
    let shown = http().get(&url).header("host", "id.example").send().await.unwrap();
    let cookie = shown.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let cookie = cookie.to_owned();
    let html = shown.text().await.unwrap();
    let (_, token) = html.split_once(r#"name="csrf_token" value=""#).unwrap();
    let form = [
        ("csrf_token", token.split('"').next().unwrap()),
        ("username", provider.user("email")),
        ("password", provider.user("password")),
    ];
    let request = http().post(&url).header("host", "id.example").header("cookie", cookie);
    let response = request.form(&form).send().await.unwrap();
    assert_eq!(response.status(), 303);
    let cookies = response.headers().get_all("set-cookie").iter();
    cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn behind_a_proxy_with_tls_cookies_have_the_host_prefix_and_are_secure() {
    let arguments = ["--ephemeral", "--port", "0", "--issuer", "https://id.example/"];
    let provider = Provider::start_with(&arguments).await;
    let at = |path: &str| format!("http://127.0.0.1:{}/{path}", provider.port);
    let client = |request: reqwest::RequestBuilder| request.header("host", "id.example").send();

    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("audience", "https://id.example/api/v2/"),
    ];
    let token = client(http().post(at("oauth/token")).form(&form)).await.unwrap();
    let token = token.json::<serde_json::Value>().await.unwrap();
    let on = json!({ "flags": { "enable_dynamic_client_registration": true } });
    let token = token["access_token"].as_str().unwrap();
    client(http().patch(at("api/v2/tenants/settings")).bearer_auth(token).json(&on)).await.unwrap();
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let registered = client(http().post(at("oidc/register")).json(&metadata)).await.unwrap();
    let registered = registered.json::<serde_json::Value>().await.unwrap();

    let client_id = registered["client_id"].as_str().unwrap();
    for (same_site, expected) in [("none", "None"), ("lax", "Lax")] {
        let change = json!({ "session_cookie": { "same_site": same_site } });
        let change = http().patch(at("api/v2/tenants/settings")).bearer_auth(token).json(&change);
        assert_eq!(client(change).await.unwrap().status(), 200);
        let cookies = sign_in(&provider, client_id).await;
        let [session] =
            &cookies.iter().filter(|it| it.starts_with("__Host-sid=")).collect::<Vec<_>>()[..]
        else {
            panic!("{cookies:?}")
        };
        let attributes = format!("; Path=/; HttpOnly; SameSite={expected}; Secure");
        assert!(session.ends_with(&attributes), "{session}");
        let others = cookies.iter().filter(|it| *it != *session);
        assert!(others.clone().count() > 0);
        for other in others {
            assert!(other.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{other}");
        }
    }
    let path = format!("u/login?client_id={client_id}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb");
    let response = client(http().get(at(&path))).await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-browser="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

#[tokio::test]
async fn prompt_login_and_a_short_max_age_ask_for_the_password_once_and_no_more() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let id_token = [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];
    let first = browser.authorize(&client.url(&id_token)).await.fragment();
    let first = client.verify_id_token(&first["id_token"]).await["auth_time"].as_i64().unwrap();
    for more in [&[("prompt", "login")][..], &[("max_age", "0")], &[("max_age", "1")]] {
        provider.advance(Duration::from_secs(5));
        let login = browser.page(&client.url(&[&id_token[..], more].concat())).await;
        assert!(login.html.contains("<h1>Sign in</h1>"), "{more:?}");
        let answer = browser.sign_in(&login).await.landing().fragment();
        let auth_time =
            client.verify_id_token(&answer["id_token"]).await["auth_time"].as_i64().unwrap();
        assert!(auth_time >= first + 5, "{more:?}");
        // The same request once more: what was done for the first is used up.
        provider.advance(Duration::from_secs(5));
        let page = browser.page(&client.url(&[&id_token[..], more].concat())).await;
        assert!(page.html.contains("<h1>Sign in</h1>"), "{more:?}");
    }
    let silent = browser
        .landing(
            &client.url(&[&id_token[..], &[("max_age", "10000"), ("prompt", "none")]].concat()),
        )
        .await;
    assert!(silent.fragment().contains_key("id_token"));
}

#[tokio::test]
async fn a_password_given_for_a_request_that_was_then_refused_is_asked_for_again() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let url = url(&client, &[("prompt", "login")]);
    let login = browser.page(&url).await;
    let consent = browser.sign_in(&login).await.page();
    browser.submit(&consent, &[("deny", "true")]).await.landing();
    assert!(browser.page(&url).await.html.contains("<h1>Sign in</h1>"));
}

#[tokio::test]
async fn a_client_that_registered_a_default_max_age_is_held_to_it() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_as(&provider, json!({ "default_max_age": 60 })).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&url(&client, &[])).await;
    provider.advance(Duration::from_mins(1));
    browser.landing(&url(&client, &[])).await;
    provider.advance(Duration::from_secs(1));
    assert!(browser.page(&url(&client, &[])).await.html.contains("<h1>Sign in</h1>"));
}

#[tokio::test]
async fn a_session_ends_when_its_tenant_says_so() {
    let provider = Provider::open_to_all().await;
    provider.change_settings(&json!({ "session_lifetime": 10, "idle_session_lifetime": 4 })).await;
    let client = RelyingParty::register(&provider).await;
    let hours = |hours: u64| provider.advance(Duration::from_hours(hours));
    let is_login = |page: &Page| page.html.contains("<h1>Sign in</h1>");

    let mut idle = Browser::new(&provider);
    idle.authorize(&url(&client, &[])).await;
    hours(4);
    provider.advance(Duration::from_secs(1));
    assert!(is_login(&idle.page(&url(&client, &[])).await), "after four idle hours");

    let mut busy = Browser::new(&provider);
    busy.authorize(&url(&client, &[])).await;
    for _ in 0..3 {
        hours(3);
        busy.landing(&url(&client, &[])).await;
    }
    hours(1);
    assert!(is_login(&busy.page(&url(&client, &[])).await), "after ten hours in all");
}

#[tokio::test]
async fn a_session_of_a_browser_that_made_it_up_is_none() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&url(&client, &[])).await;
    let real = browser.cookies["sid"].clone();
    let cut = real[..real.len() - 2].to_owned();
    for cookie in ["", "x", "e30", cut.as_str(), browser.cookies["browser"].clone().as_str()] {
        let mut forger = Browser::new(&provider);
        forger.cookies.insert("sid".to_owned(), cookie.to_owned());
        assert!(
            forger.page(&url(&client, &[])).await.html.contains("<h1>Sign in</h1>"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn each_sign_in_makes_a_new_session() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let login = browser.page(&url(&client, &[])).await;
    let mut cookies = Vec::new();
    for _ in 0..2 {
        // The same form twice, as by a double click.
        assert!(browser.sign_in(&login).await.page().html.contains("Allow access?"));
        cookies.push(browser.cookies["sid"].clone());
    }
    assert_ne!(cookies[0], cookies[1]);
}
