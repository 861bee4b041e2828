use crate::harness::{API, Browser, Provider, REDIRECT_URI, RelyingParty, http, left_half_hash};
use serde_json::json;
use std::time::Duration;

const ID_TOKEN_TOKEN: [(&str, &str); 2] =
    [("response_type", "id_token token"), ("nonce", "n-0S6_WzA2Mj")];

#[tokio::test]
async fn an_id_token_and_an_access_token_come_back_in_the_fragment() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(
        &[
            &ID_TOKEN_TOKEN[..],
            &[("scope", "openid profile email address phone read:contacts"), ("audience", API)],
        ]
        .concat(),
    );
    let landing = Browser::new(&provider).authorize(&url).await;
    assert_eq!(landing.status, 303);
    let answer = landing.fragment();
    assert_eq!(answer["state"], "s t&1");
    assert_eq!(answer["iss"], provider.issuer);
    assert_eq!((answer["token_type"].as_str(), answer["expires_in"].as_str()), ("Bearer", "900"));

    let id_token = client.verify_id_token(&answer["id_token"]).await;
    assert_eq!(id_token["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id_token["at_hash"], left_half_hash(&answer["access_token"]));
    assert!(id_token["iat"].as_i64().unwrap() - id_token["auth_time"].as_i64().unwrap() < 60);
    assert_eq!(id_token["email"], "janus@example.com");
    assert_eq!(id_token["email_verified"], true);
    assert_eq!(id_token["address"]["locality"], "Roma");
    assert_eq!(id_token["phone_number_verified"], true);
    assert_eq!(id_token["https://example.com/department"], "Hinges");
    for claim in [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ] {
        assert!(id_token.get(claim).is_some(), "{claim}");
    }

    let access_token = client.verify_access_token(&answer["access_token"]).await;
    assert_eq!(access_token["aud"], json!([API, format!("{}userinfo", provider.issuer)]));
    assert_eq!(access_token["scope"], "openid profile email address phone read:contacts");
    assert_eq!(
        (&access_token["client_id"], &access_token["azp"]),
        (&json!(client.client_id), &json!(client.client_id))
    );
    assert_eq!(access_token["sub"], id_token["sub"]);
    assert!(access_token["jti"].is_string());
    assert_eq!(access_token["https://example.com/department"], "Hinges");
    assert_eq!(access_token.get("email"), None);
}

#[tokio::test]
async fn each_response_type_brings_what_it_names_in_any_order_of_its_words() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&client.url(&[("response_type", "token"), ("scope", "openid")])).await;
    for (response_type, members) in [
        ("token", &["access_token", "expires_in", "iss", "scope", "state", "token_type"][..]),
        ("id_token", &["id_token", "iss", "state"]),
        (
            "token id_token",
            &["access_token", "expires_in", "id_token", "iss", "scope", "state", "token_type"],
        ),
    ] {
        let url =
            client.url(&[("response_type", response_type), ("scope", "openid"), ("nonce", "n")]);
        let answer = browser.landing(&url).await.fragment();
        assert_eq!(
            answer.keys().map(String::as_str).collect::<Vec<_>>(),
            members,
            "{response_type}"
        );
        if let Some(id_token) = answer.get("id_token") {
            let claims = client.verify_id_token(id_token).await;
            assert_eq!(claims.get("at_hash").is_some(), answer.contains_key("access_token"));
            assert_eq!(claims.get("email"), None);
        }
    }
}

#[tokio::test]
async fn without_an_audience_the_access_token_says_nothing_to_anybody_else() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "token"), ("scope", "openid email")]);
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    let token = &answer["access_token"];
    assert!(token.starts_with("at_") && !token.contains('.'), "{token}");
}

#[tokio::test]
async fn a_token_for_an_api_alone_is_for_that_api_alone() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[
        ("response_type", "token"),
        ("scope", "write:contacts nonsense"),
        ("audience", API),
    ]);
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    assert_eq!(answer["scope"], "write:contacts");
    let claims = client.verify_access_token(&answer["access_token"]).await;
    assert_eq!(claims["aud"], API);
    assert_eq!(claims["scope"], "write:contacts");
}

#[tokio::test]
async fn the_default_audience_of_the_tenant_applies_where_none_is_named() {
    let provider = Provider::open_to_all().await;
    provider.change_settings(&json!({ "default_audience": API })).await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "token"), ("scope", "read:contacts")]);
    let mut browser = Browser::new(&provider);
    let answer = browser.authorize(&url).await.fragment();
    assert_eq!(client.verify_access_token(&answer["access_token"]).await["aud"], API);
    browser.landing(&url).await.fragment();
}

#[tokio::test]
async fn asking_for_a_custom_claim_by_its_name_releases_it() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    for (scope, department) in
        [("openid https://example.com/department", json!("Hinges")), ("openid email", json!(null))]
    {
        let url = client.url(&[&ID_TOKEN_TOKEN[..], &[("scope", scope)]].concat());
        let answer = Browser::new(&provider).authorize(&url).await.fragment();
        let claims = client.verify_id_token(&answer["id_token"]).await;
        assert_eq!(claims["https://example.com/department"], department, "{scope}");
    }
}

#[tokio::test]
async fn a_request_may_be_posted_and_unknown_parameters_are_ignored() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let form = [
        ("client_id", client.client_id.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "token"),
        ("scope", "openid"),
        ("auth0Client", "x"),
        ("display", "popup"),
        ("ui_locales", "fr"),
        ("acr_values", "1"),
    ];
    let mut browser = Browser::new(&provider);
    let login = browser.send(&provider.url("authorize"), &form).await.page();
    let consent = browser.sign_in(&login).await.page();
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    assert!(landing.fragment().contains_key("access_token"));
}

#[tokio::test]
async fn a_form_of_another_site_finds_the_session_that_browsers_keep_back_from_it() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    browser.authorize(&client.url(&[("response_type", "token"), ("scope", "openid")])).await;
    for prompt in ["", "none"] {
        let form = [
            ("client_id", client.client_id.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "token"),
            ("scope", "openid"),
            ("prompt", prompt),
        ];
        // Without the cookies that the browser has.
        let answer = http().post(provider.url("authorize")).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let location = answer.headers()["location"].to_str().unwrap().trim_start_matches('/');
        let landing = browser.authorize(&provider.url(location)).await;
        assert!(landing.fragment().contains_key("access_token"), "{landing:?}");
    }
}

#[tokio::test]
async fn before_the_redirect_uri_is_proven_every_error_is_a_page() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let twice =
        |parameter: &str| format!("{}&{parameter}", client.url(&[("response_type", "token")]));
    for (url, code) in [
        (client.url(&[("client_id", "")]), "invalid_request"),
        (client.url(&[("client_id", "nobody")]), "invalid_request"),
        (client.url(&[("client_id", "<script>")]), "invalid_request"),
        (client.url(&[("redirect_uri", "")]), "invalid_request"),
        (client.url(&[("redirect_uri", "https://evil.example/")]), "invalid_request"),
        (client.url(&[("redirect_uri", "https://app.example/cb?more")]), "invalid_request"),
        (client.url(&[("redirect_uri", "https://app.example/cb/..;/")]), "invalid_request"),
        (client.url(&[("redirect_uri", "https://APP.example/cb")]), "invalid_request"),
        (client.url(&[("client_id", provider.management("client_id"))]), "invalid_request"),
        (twice("client_id=x"), "invalid_request"),
        (twice("redirect_uri=https%3A%2F%2Fapp.example%2Fcb"), "invalid_request"),
        (twice("state=again"), "invalid_request"),
        (twice("scope=%zz"), "invalid_request"),
    ] {
        let page = browser.page(&url).await;
        assert_eq!(page.status, 400, "{url}");
        assert!(page.html.contains(&format!("<code>{code}</code>")), "{url}: {}", page.html);
        assert!(!page.html.contains("<script>"), "{url}");
        assert_eq!(page.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn after_that_every_error_goes_to_the_client_in_the_fragment() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let codes_only =
        RelyingParty::register_as(&provider, json!({ "response_types": ["code"] })).await;
    let mut browser = Browser::new(&provider);
    for (client, parameters, error) in [
        (&client, &[("response_type", "token foo")][..], "unsupported_response_type"),
        (&client, &[("response_type", "token none")], "unsupported_response_type"),
        (&codes_only, &[("response_type", "code token")], "unauthorized_client"),
        (&codes_only, &[("response_type", "token")], "unauthorized_client"),
        (&client, &[("response_type", "id_token"), ("scope", "openid")], "invalid_request"),
        (&client, &[("response_type", "id_token token"), ("scope", "openid")], "invalid_request"),
        (&client, &[("response_type", "id_token"), ("nonce", "n")], "invalid_scope"),
        (&client, &[("response_type", "token"), ("response_mode", "query")], "invalid_request"),
        (&client, &[("response_type", "token"), ("response_mode", "nonsense")], "invalid_request"),
        (&client, &[("response_type", "token"), ("scope", "a\"b")], "invalid_scope"),
        (
            &client,
            &[("response_type", "token"), ("audience", "https://nobody.example/")],
            "invalid_target",
        ),
        (
            &client,
            &[("response_type", "token"), ("audience", provider.management("audience"))],
            "invalid_target",
        ),
        (&client, &[("response_type", "token"), ("request", "x.y.z")], "invalid_request_object"),
        (
            &client,
            &[("response_type", "token"), ("request_uri", "https://a.example/")],
            "request_uri_not_supported",
        ),
        (
            &client,
            &[("response_type", "token"), ("registration", "{}")],
            "registration_not_supported",
        ),
        (&client, &[("response_type", "token"), ("prompt", "none login")], "invalid_request"),
        (&client, &[("response_type", "token"), ("prompt", "none")], "login_required"),
        (&client, &[("response_type", "token"), ("max_age", "soon")], "invalid_request"),
    ] {
        let answer = browser.landing(&client.url(parameters)).await.fragment();
        assert_eq!(answer["error"], error, "{parameters:?}");
        assert_eq!(
            (answer["state"].as_str(), answer["iss"].as_str()),
            ("s t&1", provider.issuer.as_str())
        );
        assert!(answer.keys().all(|name| ["error", "error_description", "state", "iss"].contains(&name.as_str())));
    }
    let answer = browser.landing(&client.url(&[])).await.query();
    assert_eq!(answer["error"], "invalid_request");
}

#[tokio::test]
async fn tokens_expire() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "token"), ("scope", "openid")]);
    let token = Browser::new(&provider).authorize(&url).await.fragment()["access_token"].clone();
    let userinfo = async || {
        let request = crate::harness::http().get(provider.url("userinfo")).bearer_auth(&token);
        request.send().await.unwrap().status().as_u16()
    };
    provider.advance(Duration::from_secs(899));
    assert_eq!(userinfo().await, 200);
    provider.advance(Duration::from_secs(1));
    assert_eq!(userinfo().await, 401);
}

#[tokio::test]
async fn id_tokens_are_signed_with_the_secret_of_a_client_that_registered_so() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
    let provider = Provider::open_to_all().await;
    let client =
        RelyingParty::register_as(&provider, json!({ "id_token_signed_response_alg": "HS256" }))
            .await;
    let url = client.url(&[&ID_TOKEN_TOKEN[..], &[("scope", "openid")]].concat());
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[&client.client_id]);
    validation.set_issuer(&[&provider.issuer]);
    let key = DecodingKey::from_secret(client.client_secret.unwrap().as_bytes());
    let claims =
        decode::<serde_json::Value>(&answer["id_token"], &key, &validation).unwrap().claims;
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
}

#[tokio::test]
async fn the_parameters_of_a_registered_redirect_uri_survive() {
    let provider = Provider::open_to_all().await;
    let redirect_uri = "https://app.example/cb?keep=this%20one";
    let client =
        RelyingParty::register_as(&provider, json!({ "redirect_uris": [redirect_uri] })).await;
    let url = client.url(&[
        ("response_type", "token"),
        ("redirect_uri", redirect_uri),
        ("prompt", "none"),
    ]);
    let landing = Browser::new(&provider).landing(&url).await;
    assert!(
        landing.url.as_str().starts_with(&format!("{redirect_uri}#error=login_required")),
        "{}",
        landing.url
    );
}
