use crate::harness::{Provider, http};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use reqwest::Response;
use serde_json::{Value, json};
use std::time::Duration;

const ALL_SCOPES: &str = "read:tenant_settings update:tenant_settings read:clients create:clients \
    update:clients delete:clients update:client_keys read:initial_access_tokens create:initial_access_tokens \
    delete:initial_access_tokens read:logs \
    read:resource_servers create:resource_servers update:resource_servers delete:resource_servers \
    read:sessions delete:sessions read:client_grants create:client_grants update:client_grants delete:client_grants";

fn form<'a>(provider: &'a Provider, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("audience", provider.management("audience")),
    ];
    form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    form
}

async fn token(provider: &Provider, changes: &[(&str, &str)]) -> Response {
    provider.post_form("oauth/token", &form(provider, changes)).await
}

#[tokio::test]
async fn a_token_has_the_granted_scopes_and_lasts_a_day() {
    let provider = Provider::start().await;
    let response = token(&provider, &[]).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["pragma"], "no-cache");
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(86_400)));
    assert_eq!(body["scope"], ALL_SCOPES);
    let payload = body["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["sub"], format!("{}@clients", provider.management("client_id")));
    assert_eq!(claims["aud"], provider.management("audience"));
    assert_eq!(claims["gty"], "client-credentials");
    assert_eq!(claims["azp"], claims["client_id"]);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 86_400);
}

#[tokio::test]
async fn the_request_may_be_a_form_or_json_and_the_secret_in_body_or_header() {
    let provider = Provider::start().await;
    let as_json: Value = form(&provider, &[])
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let with_null = {
        let mut with_null = as_json.clone();
        with_null["scope"] = Value::Null;
        with_null
    };
    for body in [as_json, with_null] {
        assert_eq!(provider.post_json("oauth/token", &body).await.status(), 200);
    }
    let pair =
        format!("{}:{}", provider.management("client_id"), provider.management("client_secret"));
    let body = form(&provider, &[("client_id", ""), ("client_secret", "")]);
    let request = http().post(provider.url("oauth/token")).form(&body);
    let response =
        request.header("authorization", format!("Basic {}", STANDARD.encode(pair))).send().await;
    assert_eq!(response.unwrap().status(), 200);
}

#[tokio::test]
async fn fewer_scopes_can_be_asked_for_and_more_cannot() {
    let provider = Provider::start().await;
    let body: Value =
        token(&provider, &[("scope", "read:tenant_settings")]).await.json().await.unwrap();
    assert_eq!(body["scope"], "read:tenant_settings");
    let response = token(&provider, &[("scope", "read:tenant_settings delete:everything")]).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.json::<Value>().await.unwrap()["error"], "invalid_scope");
}

#[tokio::test]
async fn what_is_wrong_with_a_token_request_is_told_by_rfc_6749() {
    let provider = Provider::open_to_all().await;
    let stranger = provider.register(&json!({ "redirect_uris": ["https://app.example/cb"] })).await;
    let (id, secret) =
        (stranger["client_id"].as_str().unwrap(), stranger["client_secret"].as_str().unwrap());
    let public = provider.register(&json!({ "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" })).await;
    let with_nul = format!("{}\0", provider.management("client_secret"));
    for (changes, status, error) in [
        (&[("client_secret", "wrong")][..], 401, "invalid_client"),
        (&[("client_secret", "")], 401, "invalid_client"),
        (&[("client_secret", with_nul.as_str())], 401, "invalid_client"),
        (&[("client_id", "nobody")], 401, "invalid_client"),
        (&[("client_id", "CLIENT#x")], 401, "invalid_client"),
        (&[("client_id", "")], 401, "invalid_client"),
        (&[("client_id", public["client_id"].as_str().unwrap())], 401, "invalid_client"),
        (&[("client_id", id), ("client_secret", secret)], 400, "unauthorized_client"),
        (&[("audience", "https://nobody.example/")], 400, "invalid_target"),
        (&[("audience", "https://api.example.com/")], 400, "unauthorized_client"),
        (&[("audience", "")], 400, "invalid_request"),
        (&[("scope", "\"")], 400, "invalid_scope"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[("grant_type", "refresh_token")], 400, "invalid_request"),
        (&[("grant_type", "")], 400, "invalid_request"),
    ] {
        let response = token(&provider, changes).await;
        assert_eq!(response.status(), status, "{changes:?}");
        assert!(response.headers().get("www-authenticate").is_none());
        assert_eq!(response.json::<Value>().await.unwrap()["error"], error, "{changes:?}");
    }
}

#[tokio::test]
async fn a_client_that_tried_basic_is_challenged_to_try_again() {
    let provider = Provider::start().await;
    let body = form(&provider, &[("client_id", ""), ("client_secret", "")]);
    for credentials in [STANDARD.encode("nobody:wrong"), "%%%".to_owned()] {
        let request = http().post(provider.url("oauth/token")).form(&body);
        let response =
            request.header("authorization", format!("Basic {credentials}")).send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], r#"Basic realm="token endpoint""#);
        assert_eq!(response.json::<Value>().await.unwrap()["error"], "invalid_client");
    }
}

#[tokio::test]
async fn token_requests_that_cannot_be_read_are_refused() {
    let provider = Provider::start().await;
    for (content_type, body, status) in [
        ("application/x-www-form-urlencoded", "grant_type=a&grant_type=a".to_owned(), 400),
        ("application/x-www-form-urlencoded", "grant_type=%zz".to_owned(), 400),
        ("application/json", "[]".to_owned(), 400),
        ("application/json", r#"{"grant_type":["client_credentials"]}"#.to_owned(), 400),
        ("text/plain", "grant_type=client_credentials".to_owned(), 415),
        ("application/json", format!("{{\"a\":\"{}\"}}", "x".repeat(70_000)), 413),
    ] {
        let request = http().post(provider.url("oauth/token")).header("content-type", content_type);
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.status(), status, "{content_type}");
        assert_eq!(response.json::<Value>().await.unwrap()["error"], "invalid_request");
    }
    // Credentials in the URL are as good as absent (RFC 6749 §2.3.1).
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form(&provider, &[]))
        .finish();
    let response = provider.post_form(&format!("oauth/token?{query}"), &[]).await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn the_settings_start_with_registration_off() {
    let provider = Provider::start().await;
    let mut settings = provider.settings().await;
    assert!(settings.as_object_mut().unwrap().remove("dynamic_client_registration").is_some());
    assert_eq!(
        settings,
        json!({
            "flags": {
                "enable_dynamic_client_registration": false,
                "require_pushed_authorization_requests": false,
            },
            "session_lifetime": 168,
            "idle_session_lifetime": 72,
            "session_cookie": { "same_site": "lax" },
            "refresh_token": {
                "rotation_type": "rotating",
                "expiration_type": "expiring",
                "leeway": 10,
                "token_lifetime": 2_592_000,
                "infinite_token_lifetime": false,
                "idle_token_lifetime": 1_296_000,
                "infinite_idle_token_lifetime": false,
            },
            "id_token_scope_claims": "always",
            "signing_alg": "RS256",
            "custom_claims": [
                { "claim": "https://example.com/department", "attribute": "department", "scopes": ["profile"] },
            ],
            "dynamic_client_registration_security_mode": "permissive",
        })
    );
}

#[tokio::test]
async fn each_setting_can_be_changed_and_the_others_stay() {
    let provider = Provider::start().await;
    let mut expected = provider.settings().await;
    for (member, value) in [
        ("friendly_name", json!("Ünïcode Inc.")),
        ("picture_url", json!("https://example.com/logo.png")),
        ("support_email", json!("help@example.com")),
        ("support_url", json!("https://example.com/help")),
        ("default_audience", json!("https://api.example.com/")),
        ("session_lifetime", json!(24)),
        ("allowed_logout_urls", json!(["https://app.example/bye", "http://localhost:3000/"])),
        ("idle_session_lifetime", json!(2)),
        ("session_cookie", json!({ "same_site": "none" })),
        ("id_token_scope_claims", json!("without_access_token")),
        ("custom_claims", json!([])),
        ("dynamic_client_registration_security_mode", json!("strict")),
        (
            "flags",
            json!({
                "enable_dynamic_client_registration": true,
                "require_pushed_authorization_requests": true,
            }),
        ),
    ] {
        let response = provider.change_settings(&json!({ (member): value })).await;
        assert_eq!(response.status(), 200, "{member}");
        expected[member] = value;
        assert_eq!(response.json::<Value>().await.unwrap(), expected, "{member}");
        assert_eq!(provider.settings().await, expected, "{member}");
    }
    provider
        .change_settings(&json!({ "friendly_name": null, "flags": {} , "support_url": ""}))
        .await;
    let settings = provider.settings().await;
    assert_eq!((settings.get("friendly_name"), settings.get("support_url")), (None, None));
    assert_eq!(settings["flags"]["enable_dynamic_client_registration"], true);
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let provider = Provider::start().await;
    let (a, b, c) = (
        json!({ "friendly_name": "A" }),
        json!({ "support_email": "b@example.com" }),
        json!({ "flags": { "enable_dynamic_client_registration": true } }),
    );
    let (a, b, c) = tokio::join!(
        provider.change_settings(&a),
        provider.change_settings(&b),
        provider.change_settings(&c)
    );
    assert_eq!([a.status(), b.status(), c.status()], [200, 200, 200]);
    let settings = provider.settings().await;
    assert_eq!(settings["friendly_name"], "A");
    assert_eq!(settings["support_email"], "b@example.com");
    assert_eq!(settings["flags"]["enable_dynamic_client_registration"], true);
}

#[tokio::test]
async fn a_bad_body_is_refused_by_the_member_and_changes_nothing() {
    let provider = Provider::start().await;
    let before = provider.settings().await;
    for (body, member) in [
        (
            json!({ "flags": { "enable_dynamic_client_registration": "true" } }),
            "flags.enable_dynamic_client_registration",
        ),
        (
            json!({ "flags": { "enable_dynamic_client_registration": 1 } }),
            "flags.enable_dynamic_client_registration",
        ),
        (
            json!({ "flags": { "enable_dynamic_client_registration": null } }),
            "flags.enable_dynamic_client_registration",
        ),
        (json!({ "flags": { "enable_everything": true } }), "flags.enable_everything"),
        (json!({ "flags": true }), "flags"),
        (json!({ "friendly_name": 1 }), "friendly_name"),
        (json!({ "friendly_name": "x".repeat(601) }), "friendly_name"),
        (json!({ "picture_url": "javascript:alert(1)" }), "picture_url"),
        (json!({ "default_audience": "https://nobody.example/" }), "default_audience"),
        (json!({ "default_audience": provider.management("audience") }), "default_audience"),
        (json!({ "support_email": "nobody" }), "support_email"),
        (json!({ "support_url": "example.com" }), "support_url"),
        (json!({ "session_lifetime": 0 }), "session_lifetime"),
        (json!({ "session_lifetime": "24" }), "session_lifetime"),
        (json!({ "allowed_logout_urls": "https://app.example/" }), "allowed_logout_urls"),
        (json!({ "allowed_logout_urls": ["http://app.example/"] }), "allowed_logout_urls"),
        (json!({ "allowed_logout_urls": [1] }), "allowed_logout_urls"),
        (json!({ "idle_session_lifetime": -1 }), "idle_session_lifetime"),
        (json!({ "session_cookie": "none" }), "session_cookie"),
        (json!({ "session_cookie": {} }), "session_cookie"),
        (json!({ "session_cookie": { "same_site": "strict" } }), "session_cookie"),
        (json!({ "session_cookie": { "same_site": "lax", "path": "/" } }), "session_cookie"),
        (
            json!({ "dynamic_client_registration_security_mode": "lax" }),
            "dynamic_client_registration_security_mode",
        ),
        (json!({ "issuer": "https://evil.example/" }), "issuer"),
        (json!({ "version": 7 }), "version"),
        (json!({ "friendly_name": "A", "nonsense": 1 }), "nonsense"),
        (json!({}), "minimum 1"),
        (json!([]), "JSON object"),
    ] {
        let response = provider.change_settings(&body).await;
        assert_eq!(response.status(), 400, "{body}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(
            (&error["statusCode"], &error["error"], &error["errorCode"]),
            (&json!(400), &json!("Bad Request"), &json!("invalid_body")),
            "{body}"
        );
        assert!(error["message"].as_str().unwrap().contains(member), "{body}: {error}");
    }
    assert_eq!(provider.settings().await, before);
}

#[tokio::test]
async fn who_may_call_it_is_told_by_the_token_alone() {
    let provider = Provider::start().await;
    let reader = provider.management_token(Some("read:tenant_settings")).await;
    let url = provider.url("api/v2/tenants/settings");
    let get = |token: Option<String>| {
        let request = http().get(&url);
        let request = match token {
            Some(token) => request.header("authorization", token),
            None => request,
        };
        async { request.send().await.unwrap() }
    };
    assert_eq!(get(Some(format!("Bearer {reader}"))).await.status(), 200);

    let response = get(None).await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], r#"Bearer realm="Management API""#);
    let error: Value = response.json().await.unwrap();
    assert_eq!(
        error,
        json!({ "statusCode": 401, "error": "Unauthorized", "message": "Missing authentication" })
    );

    for bad in forgeries(&reader) {
        let response = get(Some(bad.clone())).await;
        assert_eq!(response.status(), 401, "{bad}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["message"], "Invalid token");
    }

    let response = http()
        .patch(&url)
        .bearer_auth(&reader)
        .json(&json!({ "friendly_name": "A" }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({ "statusCode": 403, "error": "Forbidden", "message": "Insufficient scope, expected any of: update:tenant_settings", "errorCode": "insufficient_scope" })
    );

    provider.advance(Duration::from_hours(24) + Duration::from_secs(61));
    assert_eq!(get(Some(format!("Bearer {reader}"))).await.status(), 401);
}

/// What looks like `token` but is not one of ours.
fn forgeries(token: &str) -> Vec<String> {
    let parts: Vec<_> = token.split('.').collect();
    let encode = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let mut claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    claims["scope"] = "update:tenant_settings read:tenant_settings".into();
    let edited = encode(claims);
    let with_header = |change: &dyn Fn(&mut Value)| {
        let mut header = header.clone();
        change(&mut header);
        format!("Bearer {}.{}.{}", encode(header), parts[1], parts[2])
    };
    vec![
        "Bearer".to_owned(),
        "Bearer x".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {}.{edited}.{}", parts[0], parts[2]),
        format!("Bearer {}.{}.", parts[0], parts[1]),
        format!("Bearer {}.{}", parts[0], parts[1]),
        format!("Bearer {token}="),
        with_header(&|header| header["alg"] = "none".into()),
        with_header(&|header| header["alg"] = "HS256".into()),
        with_header(&|header| header["kid"] = "../../etc/passwd".into()),
        with_header(&|header| header["typ"] = "JWT".into()),
        with_header(&|header| header["crit"] = json!(["exp"])),
        with_header(&|header| header["jku"] = "https://evil.example/jwks.json".into()),
    ]
}
