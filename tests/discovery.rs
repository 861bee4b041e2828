use crate::harness::{Provider, http};
use serde_json::{Value, json};

#[tokio::test]
async fn both_documents_are_the_same_and_name_only_endpoints_that_answer() {
    let provider = Provider::open_to_all().await;
    let document: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    let twin: Value =
        provider.get(".well-known/oauth-authorization-server").await.json().await.unwrap();
    assert_eq!(document, twin);
    assert_eq!(document["issuer"], provider.issuer);
    for (member, value) in document.as_object().unwrap() {
        if member.ends_with("_endpoint") || member == "jwks_uri" {
            let status = http().get(value.as_str().unwrap()).send().await.unwrap().status();
            assert_ne!(status, 404, "{member}");
        }
    }
}

#[tokio::test]
async fn what_is_promised_is_what_clients_rely_on() {
    let provider = Provider::start().await;
    let document: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    for (member, value) in [
        (
            "response_types_supported",
            json!([
                "code",
                "token",
                "id_token",
                "id_token token",
                "code id_token",
                "code token",
                "code id_token token",
            ]),
        ),
        ("response_modes_supported", json!(["query", "fragment", "form_post", "web_message"])),
        (
            "grant_types_supported",
            json!(["authorization_code", "implicit", "refresh_token", "client_credentials"]),
        ),
        ("subject_types_supported", json!(["public", "pairwise"])),
        ("id_token_signing_alg_values_supported", json!(["RS256", "HS256"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["none", "client_secret_post", "client_secret_basic", "private_key_jwt"]),
        ),
        ("token_endpoint_auth_signing_alg_values_supported", json!(["RS256", "PS256", "ES256"])),
        (
            "revocation_endpoint_auth_methods_supported",
            json!(["none", "client_secret_post", "client_secret_basic", "private_key_jwt"]),
        ),
        (
            "revocation_endpoint_auth_signing_alg_values_supported",
            json!(["RS256", "PS256", "ES256"]),
        ),
        (
            "introspection_endpoint_auth_methods_supported",
            json!(["client_secret_post", "client_secret_basic", "private_key_jwt"]),
        ),
        (
            "introspection_endpoint_auth_signing_alg_values_supported",
            json!(["RS256", "PS256", "ES256"]),
        ),
        ("introspection_endpoint", json!(provider.url("oauth/introspect"))),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("dpop_signing_alg_values_supported", json!(["RS256", "PS256", "ES256"])),
        (
            "scopes_supported",
            json!(["openid", "profile", "email", "address", "phone", "offline_access"]),
        ),
        ("request_parameter_supported", json!(true)),
        ("request_uri_parameter_supported", json!(false)),
        ("require_request_uri_registration", json!(true)),
        ("require_pushed_authorization_requests", json!(false)),
        ("request_object_signing_alg_values_supported", json!(["RS256", "PS256", "ES256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        assert_eq!(document[member], value, "{member}");
    }
    let claims = document["claims_supported"].as_array().unwrap();
    assert!(claims.contains(&json!("https://example.com/department")));
}

#[tokio::test]
async fn the_registration_endpoint_is_there_only_while_registration_is_on() {
    let provider = Provider::start().await;
    for is_on in [false, true, false] {
        let flags = json!({ "flags": { "enable_dynamic_client_registration": is_on } });
        provider.change_settings(&flags).await;
        let document: Value =
            provider.get(".well-known/openid-configuration").await.json().await.unwrap();
        assert_eq!(document.get("registration_endpoint").is_some(), is_on);
    }
}

#[tokio::test]
async fn the_current_and_the_next_key_are_published_without_their_private_parts() {
    let provider = Provider::start().await;
    let response = provider.get(".well-known/jwks.json").await;
    assert_eq!(response.headers()["cache-control"], "public, max-age=900");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let document: Value = response.json().await.unwrap();
    let keys = document["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
    for key in keys {
        let members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    }
}

#[tokio::test]
async fn a_host_that_is_no_issuer_is_not_found_whatever_proxies_say() {
    let provider = Provider::start().await;
    for (path, host) in [
        (".well-known/openid-configuration", "evil.example"),
        (".well-known/jwks.json", "127.0.0.1"),
        ("", "evil.example"),
        ("authorize", "TENANT#x"),
        (".well-known/jwks.json", "localhost:99999"),
        (".well-known/jwks.json", "["),
    ] {
        let request = http().get(provider.url(path)).header("host", host);
        let response = request
            .header("x-forwarded-host", format!("localhost:{}", provider.port))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 404, "{host}");
    }
    let request = http().get(provider.url(".well-known/openid-configuration"));
    let request =
        request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
    let document: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(document["issuer"], provider.issuer);
}

#[tokio::test]
async fn every_endpoint_says_which_methods_it_has() {
    let provider = Provider::start().await;
    for (path, allow) in [
        ("", "GET"),
        (".well-known/openid-configuration", "GET, OPTIONS"),
        (".well-known/jwks.json", "GET, OPTIONS"),
        ("oidc/register", "POST, OPTIONS"),
        ("authorize", "GET, POST"),
        ("oidc/logout", "GET, POST"),
        ("u/logout", "GET, POST"),
        ("v2/logout", "GET"),
        ("u/login", "GET, POST"),
        ("u/consent", "GET, POST"),
        ("oauth/token", "POST, OPTIONS"),
        ("oauth/par", "POST, OPTIONS"),
        ("oauth/revoke", "POST, OPTIONS"),
        ("oauth/introspect", "POST, OPTIONS"),
        ("userinfo", "GET, POST, OPTIONS"),
        ("api/v2/tenants/settings", "GET, PATCH"),
    ] {
        let response = http().delete(provider.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(response.headers()["allow"], allow, "{path}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_call_what_is_for_programs_and_nothing_else() {
    let provider = Provider::start().await;
    for (path, is_for_programs) in [
        (".well-known/openid-configuration", true),
        (".well-known/jwks.json", true),
        ("oidc/register", true),
        ("oauth/token", true),
        ("oauth/par", true),
        ("oauth/revoke", true),
        ("oauth/introspect", true),
        ("userinfo", true),
        ("authorize", false),
        ("u/login", false),
        ("api/v2/tenants/settings", false),
    ] {
        let request = http().request(reqwest::Method::OPTIONS, provider.url(path));
        let request = request
            .header("origin", "https://app.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type, mcp-protocol-version");
        let response = request.send().await.unwrap();
        assert_eq!(response.status() == 204, is_for_programs, "{path}");
        if is_for_programs {
            assert_eq!(response.headers()["access-control-allow-origin"], "*", "{path}");
            assert_eq!(
                response.headers()["access-control-allow-headers"],
                "Authorization, *",
                "{path}"
            );
        } else {
            let response = provider.get(path).await;
            assert!(response.headers().get("access-control-allow-origin").is_none(), "{path}");
        }
    }
}

#[tokio::test]
async fn the_start_page_has_the_commands_for_this_server() {
    let provider = Provider::start().await;
    let response = provider.get("").await;
    assert_eq!(response.status(), 200);
    let html = response.text().await.unwrap();
    assert!(html.contains(&format!("{}oidc/register", provider.issuer)));
    assert!(!html.contains(provider.management("client_secret")));
    assert!(!html.contains(provider.user("password")));
}
