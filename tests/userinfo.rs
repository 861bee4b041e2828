use crate::harness::{API, Browser, Provider, RelyingParty, http};
use reqwest::Response;
use serde_json::{Value, json};

async fn token(provider: &Provider, scope: &str, audience: &str) -> (String, String) {
    let client = RelyingParty::register(provider).await;
    let parameters = [
        ("response_type", "id_token token"),
        ("nonce", "n"),
        ("scope", scope),
        ("audience", audience),
    ];
    let answer = Browser::new(provider).authorize(&client.url(&parameters)).await.fragment();
    let claims = client.verify_id_token(&answer["id_token"]).await;
    (answer["access_token"].clone(), claims["sub"].as_str().unwrap().to_owned())
}

async fn get(provider: &Provider, authorization: &str) -> Response {
    http()
        .get(provider.url("userinfo"))
        .header("authorization", authorization)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn claims_come_by_scope_for_either_kind_of_token_and_by_either_method() {
    let provider = Provider::open_to_all().await;
    for audience in ["", API] {
        let (token, sub) = token(&provider, "openid email phone", audience).await;
        let expected = json!({
            "sub": sub, "email": "janus@example.com", "email_verified": true,
            "phone_number": "+390669800000", "phone_number_verified": true,
        });
        let by_get = get(&provider, &format!("Bearer {token}")).await;
        assert_eq!(by_get.headers()["cache-control"], "no-store");
        assert_eq!(by_get.headers()["access-control-allow-origin"], "*");
        assert_eq!(by_get.json::<Value>().await.unwrap(), expected);
        let by_header =
            http().post(provider.url("userinfo")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(by_header.json::<Value>().await.unwrap(), expected);
        let by_form = provider.post_form("userinfo", &[("access_token", &token)]).await;
        assert_eq!(by_form.json::<Value>().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_client_that_registered_so_gets_a_signed_answer() {
    let provider = Provider::open_to_all().await;
    let metadata = json!({ "userinfo_signed_response_alg": "RS256" });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let url = client.url(&[("response_type", "token"), ("scope", "openid email")]);
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    let response = get(&provider, &format!("Bearer {}", answer["access_token"])).await;
    assert_eq!(response.headers()["content-type"], "application/jwt");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let claims = client.verify_userinfo(&response.text().await.unwrap()).await;
    assert_eq!((&claims["email"], claims.get("nonce")), (&json!("janus@example.com"), None));
}

#[tokio::test]
async fn every_standard_claim_of_the_first_user_is_there() {
    let provider = Provider::open_to_all().await;
    let (token, _) = token(&provider, "openid profile email address phone", "").await;
    let claims: Value = get(&provider, &format!("Bearer {token}")).await.json().await.unwrap();
    for claim in [
        "sub",
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
    ] {
        assert!(claims.get(claim).is_some(), "{claim}");
    }
    assert!(claims["updated_at"].is_i64());
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_told_by_rfc_6750() {
    let provider = Provider::open_to_all().await;
    let (token, _) = token(&provider, "openid", "").await;
    let management = provider.management_token(None).await;

    let response = provider.get("userinfo").await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], r#"Bearer realm="Cardea""#);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let response = provider.get(&format!("userinfo?access_token={token}")).await;
    assert_eq!(response.status(), 401, "a token in the URL is no token");

    for (authorization, status, error) in [
        ("Basic abc".to_owned(), 400, "invalid_request"),
        (format!("Bearer {token} {token}"), 400, "invalid_request"),
        ("Bearer nonsense".to_owned(), 401, "invalid_token"),
        ("Bearer at_nonsense".to_owned(), 401, "invalid_token"),
        ("Bearer a.b.c".to_owned(), 401, "invalid_token"),
        (format!("Bearer {token}A"), 401, "invalid_token"),
        (format!("Bearer {}", token.replace("at_", "ac_")), 401, "invalid_token"),
        (format!("Bearer {management}"), 401, "invalid_token"),
    ] {
        let response = get(&provider, &authorization).await;
        assert_eq!(response.status(), status, "{authorization}");
        let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
        assert!(
            challenge.starts_with(&format!(r#"Bearer realm="Cardea", error="{error}""#)),
            "{challenge}"
        );
        assert_eq!(response.json::<Value>().await.unwrap()["error"], error);
    }

    let request =
        http().post(provider.url("userinfo")).bearer_auth(&token).form(&[("access_token", &token)]);
    assert_eq!(request.send().await.unwrap().status(), 400, "two ways at once");
}

#[tokio::test]
async fn a_token_without_openid_does_not_reach_it() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "token"), ("scope", "email")]);
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    let response = get(&provider, &format!("Bearer {}", answer["access_token"])).await;
    assert_eq!(response.status(), 403);
    assert_eq!(
        response.headers()["www-authenticate"],
        r#"Bearer realm="Cardea", error="insufficient_scope", scope="openid""#
    );
    let url =
        client.url(&[("response_type", "token"), ("scope", "read:contacts"), ("audience", API)]);
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    assert_eq!(
        get(&provider, &format!("Bearer {}", answer["access_token"])).await.status(),
        401,
        "for the API alone"
    );
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let url = client.url(&[("response_type", "id_token"), ("nonce", "n"), ("scope", "openid")]);
    let answer = Browser::new(&provider).authorize(&url).await.fragment();
    assert_eq!(get(&provider, &format!("Bearer {}", answer["id_token"])).await.status(), 401);
}

#[tokio::test]
async fn a_token_of_one_tenant_is_none_to_another() {
    let (one, other) = (Provider::open_to_all().await, Provider::open_to_all().await);
    for audience in ["", API] {
        let (token, _) = token(&one, "openid", audience).await;
        assert_eq!(get(&other, &format!("Bearer {token}")).await.status(), 401);
    }
    let management = one.management_token(None).await;
    let request = http().get(other.url("api/v2/tenants/settings")).bearer_auth(management);
    assert_eq!(request.send().await.unwrap().status(), 401);
}
