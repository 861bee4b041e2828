//! What a token is to be for, said by `resource` (RFC 8707), at each endpoint that it may be said to.

use crate::harness::{API, Browser, Provider, RelyingParty, http};
use reqwest::Method;
use serde_json::{Value, json};

const OTHER: &str = "https://other.example/mcp";

async fn token(provider: &Provider, form: &[(&str, &str)]) -> (u16, Value) {
    let response = provider.post_form("oauth/token", form).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A second API, open to third-party clients as that of the first start is.
async fn another_api(provider: &Provider) {
    let api = json!({
        "identifier": OTHER, "name": "Other", "allow_offline_access": true,
        "scopes": [{ "value": "use:tools", "description": "Use the tools" }],
    });
    let made = provider.manage(Method::POST, "resource-servers", Some(&api)).await;
    assert_eq!(made.status(), 201);
    let grant = json!({
        "default_for": "third_party_clients", "audience": OTHER, "scope": ["use:tools"],
        "subject_type": "user",
    });
    let made = provider.manage(Method::POST, "client-grants", Some(&grant)).await;
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    let path = format!("resource-servers/{}", API.replace(':', "%3A").replace('/', "%2F"));
    let change = json!({ "allow_offline_access": true });
    assert_eq!(provider.manage(Method::PATCH, &path, Some(&change)).await.status(), 200);
}

/// The code for a request with these resources besides.
async fn code(provider: &Provider, client: &RelyingParty<'_>, resources: &[&str]) -> String {
    let mut parameters = vec![("scope", "openid read:contacts use:tools offline_access")];
    parameters.extend(resources.iter().map(|resource| ("resource", *resource)));
    let url = client.code_url(&parameters);
    Browser::new(provider).authorize(&url).await.query()["code"].clone()
}

fn audience(token: &Value) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let text = token["access_token"].as_str().unwrap_or_else(|| panic!("{token}"));
    let payload = URL_SAFE_NO_PAD.decode(text.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims["aud"][0].clone()
}

#[tokio::test]
async fn a_resource_is_an_api_however_its_uri_is_spelled() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    for spelling in [API, "https://api.example.com", "HTTPS://API.example.com:443/"] {
        let code = code(&provider, &client, &[spelling]).await;
        let (status, tokens) = token(&provider, &client.exchange(&code)).await;
        assert_eq!((status, audience(&tokens)), (200, json!(API)), "{spelling}");
    }
}

#[tokio::test]
async fn what_is_no_api_is_refused_before_anything_is_spent() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    for wrong in ["https://unknown.example/", "https://api.example.com/#part", "api", "a b:c"] {
        let url = client.code_url(&[("scope", "openid"), ("resource", wrong)]);
        let answer = Browser::new(&provider).landing(&url).await;
        assert_eq!(answer.query()["error"], "invalid_target", "{wrong}");
    }
    let code = code(&provider, &client, &[API]).await;
    for wrong in ["https://unknown.example/", "https://api.example.com/#part", OTHER] {
        let mut form = client.exchange(&code);
        form.push(("resource", wrong));
        let (status, refusal) = token(&provider, &form).await;
        assert_eq!((status, &refusal["error"]), (400, &json!("invalid_target")), "{wrong}");
    }
    let mut form = client.exchange(&code);
    form.push(("resource", API));
    assert_eq!(token(&provider, &form).await.0, 200, "the code is still good");
}

#[tokio::test]
async fn beside_audience_a_resource_may_only_say_the_same() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    another_api(&provider).await;
    for (resource, error) in [(API, None), (OTHER, Some("invalid_target"))] {
        let url =
            client.code_url(&[("scope", "openid"), ("audience", API), ("resource", resource)]);
        let mut browser = Browser::new(&provider);
        let answer = match error {
            None => browser.authorize(&url).await.query(),
            Some(_) => browser.landing(&url).await.query(),
        };
        assert_eq!(answer.get("error").map(String::as_str), error, "{resource}");
    }
}

#[tokio::test]
async fn of_several_granted_together_each_token_is_for_one() {
    let provider = Provider::open_to_all().await;
    another_api(&provider).await;
    let client = RelyingParty::register_public(&provider).await;
    let code = code(&provider, &client, &[API, OTHER]).await;
    let mut form = client.exchange(&code);
    form.extend([("resource", API), ("resource", OTHER)]);
    let (status, refusal) = token(&provider, &form).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_target")), "both at once");
    form.truncate(form.len() - 2);
    form.push(("resource", OTHER));
    let (_, first) = token(&provider, &form).await;
    assert_eq!(audience(&first), OTHER);
    assert_eq!(first["scope"], "openid use:tools offline_access", "none of the other's scopes");
    let mut refresh_token = first["refresh_token"].as_str().unwrap().to_owned();
    for (resource, expected, scope) in [
        (Some(API), API, "openid read:contacts offline_access"),
        (Some(OTHER), OTHER, "openid use:tools offline_access"),
        // Without a word, the first that was granted.
        (None, API, "openid read:contacts offline_access"),
    ] {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", client.client_id.as_str()),
            ("refresh_token", refresh_token.as_str()),
        ];
        form.extend(resource.map(|resource| ("resource", resource)));
        let (status, renewed) = token(&provider, &form).await;
        assert_eq!(status, 200, "{renewed}");
        assert_eq!((audience(&renewed), &renewed["scope"]), (json!(expected), &json!(scope)));
        refresh_token = renewed["refresh_token"].as_str().unwrap().to_owned();
    }
}

#[tokio::test]
async fn of_an_api_with_openid_a_token_can_be_for_userinfo_alone() {
    let provider = Provider::open_to_all().await;
    another_api(&provider).await;
    let client = RelyingParty::register_public(&provider).await;
    let userinfo = format!("{}userinfo", provider.issuer);
    let code = code(&provider, &client, &[API, OTHER, &userinfo]).await;
    let mut form = client.exchange(&code);
    form.push(("resource", &userinfo));
    let (status, first) = token(&provider, &form).await;
    assert_eq!(status, 200, "{first}");
    assert_is_for_userinfo_alone(&provider, &first).await;
    let renew = async |tokens: &Value, resource: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &client.client_id),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
            ("resource", resource),
        ];
        token(&provider, &form).await
    };
    let (status, second) = renew(&first, &userinfo).await;
    assert_eq!(status, 200, "{second}");
    assert_is_for_userinfo_alone(&provider, &second).await;
    let (_, third) = renew(&second, OTHER).await;
    assert_eq!(audience(&third), OTHER, "nothing was given up");
    assert_eq!(third["scope"], "openid use:tools offline_access");
    // What the user agreed to was for the API, and ends with it.
    let path = format!("resource-servers/{}", API.replace(':', "%3A").replace('/', "%2F"));
    assert_eq!(provider.manage(Method::DELETE, &path, None).await.status(), 204);
    let (status, refusal) = renew(&third, &userinfo).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
}

async fn assert_is_for_userinfo_alone(provider: &Provider, tokens: &Value) {
    assert_eq!(tokens["scope"], "openid offline_access", "no API's scopes");
    let access_token = tokens["access_token"].as_str().unwrap();
    assert!(!access_token.contains('.'), "no API can read it");
    let request = http().get(provider.url("userinfo")).bearer_auth(access_token);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn without_openid_userinfo_is_no_part_of_an_api() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let userinfo = format!("{}userinfo", provider.issuer);
    let url = client.code_url(&[("scope", "read:contacts"), ("resource", API)]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    let mut form = client.exchange(&code);
    form.push(("resource", &userinfo));
    let (status, refusal) = token(&provider, &form).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_target")));
    form.pop();
    assert_eq!(token(&provider, &form).await.0, 200);
}

#[tokio::test]
async fn a_client_for_itself_names_one() {
    let provider = Provider::open_to_all().await;
    let audience_ = provider.management("audience").to_owned();
    let form = |more: &[(&'static str, &str)]| {
        let mut form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", provider.management("client_id").to_owned()),
            ("client_secret", provider.management("client_secret").to_owned()),
        ];
        form.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        form
    };
    for (more, status) in [
        (vec![("resource", audience_.as_str())], 200),
        (vec![("resource", audience_.as_str()), ("audience", audience_.as_str())], 200),
        (vec![], 400),
        (vec![("resource", audience_.as_str()), ("resource", API)], 400),
        (vec![("resource", "https://unknown.example/")], 400),
    ] {
        let form = form(&more);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (answered, answer) = token(&provider, &form).await;
        assert_eq!(answered, status, "{more:?}: {answer}");
    }
}
