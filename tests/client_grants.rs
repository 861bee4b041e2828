use crate::harness::{API, Browser, Provider, RelyingParty, http};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const THIRD_PARTY: &str = "third_party_clients";

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

async fn create(provider: &Provider, body: &Value) -> (u16, Value) {
    read(provider.manage(Method::POST, "client-grants", Some(body)).await).await
}

async fn get(provider: &Provider, path: &str) -> (u16, Value) {
    read(provider.manage(Method::GET, &format!("client-grants{path}"), None).await).await
}

async fn change(provider: &Provider, id: &str, scope: Value) -> (u16, Value) {
    let body = json!({ "scope": scope });
    read(provider.manage(Method::PATCH, &format!("client-grants/{id}"), Some(&body)).await).await
}

async fn delete(provider: &Provider, id: &str) -> u16 {
    provider.manage(Method::DELETE, &format!("client-grants/{id}"), None).await.status().as_u16()
}

async fn create_api(provider: &Provider, identifier: &str, scopes: &[&str]) {
    let scopes: Vec<_> = scopes.iter().map(|scope| json!({ "value": scope })).collect();
    let body = json!({ "identifier": identifier, "scopes": scopes });
    let response = provider.manage(Method::POST, "resource-servers", Some(&body)).await;
    assert_eq!(response.status(), 201);
}

/// The id of the grant that the first start gives every third-party client.
async fn default_grant(provider: &Provider) -> String {
    let (_, found) = get(provider, "?default_for=third_party_clients").await;
    found[0]["id"].as_str().unwrap().to_owned()
}

fn own(client_id: &str, scope: &[&str]) -> Value {
    json!({ "client_id": client_id, "audience": API, "scope": scope, "subject_type": "user" })
}

/// What the client gets that asks for both scopes of the example API: the scopes, or the error.
async fn outcome(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> String {
    let scope = "openid read:contacts write:contacts";
    let url = client.url(&[
        ("response_type", "token"),
        ("scope", scope),
        ("audience", API),
        ("prompt", "login consent"),
    ]);
    let answer = browser.authorize(&url).await.fragment();
    answer.get("error").unwrap_or_else(|| &answer["scope"]).clone()
}

#[tokio::test]
async fn a_default_grant_decides_what_clients_that_registered_themselves_can_ask_for() {
    for mode in ["permissive", "strict"] {
        let provider = Provider::open_to_all().await;
        provider
            .change_settings(&json!({ "dynamic_client_registration_security_mode": mode }))
            .await;
        let client = RelyingParty::register_public(&provider).await;
        let mut browser = Browser::new(&provider);
        let url = client.code_url(&[
            ("scope", "openid read:contacts write:contacts"),
            ("audience", API),
            // Where errors of a strict client would be a page without it.
            ("prompt", "none"),
        ]);
        let with_consent = url.replace("prompt=none", "prompt=login+consent");
        let granted = async |browser: &mut Browser<'_>| {
            let code = browser.authorize(&with_consent).await.query()["code"].clone();
            let tokens = provider.post_form("oauth/token", &client.exchange(&code)).await;
            read(tokens).await.1["scope"].as_str().unwrap().to_owned()
        };
        assert_eq!(granted(&mut browser).await, "openid read:contacts write:contacts", "{mode}");

        let id = default_grant(&provider).await;
        assert_eq!(change(&provider, &id, json!(["read:contacts"])).await.0, 200);
        assert_eq!(granted(&mut browser).await, "openid read:contacts", "{mode}");

        assert_eq!(delete(&provider, &id).await, 204);
        let answer = browser.landing(&url).await.query();
        assert_eq!(answer["error"], "invalid_target", "{mode}");
        assert!(answer["error_description"].contains("client grant"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_clients_own_grant_takes_the_place_of_the_default() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let other = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let all = "openid read:contacts write:contacts";
    assert_eq!(outcome(&client, &mut browser).await, all);

    let (status, grant) = create(&provider, &own(&client.client_id, &["write:contacts"])).await;
    assert_eq!(status, 201, "{grant}");
    assert_eq!(outcome(&client, &mut browser).await, "openid write:contacts");
    assert_eq!(outcome(&other, &mut browser).await, all, "nobody else's");

    let id = grant["id"].as_str().unwrap();
    assert_eq!(change(&provider, id, json!([])).await.0, 200);
    assert_eq!(outcome(&client, &mut browser).await, "openid");
    assert_eq!(delete(&provider, &default_grant(&provider).await).await, 204);
    assert_eq!(outcome(&client, &mut browser).await, "openid");
    assert_eq!(outcome_of_refusal(&other, &mut browser).await, "invalid_target");
    assert_eq!(delete(&provider, id).await, 204);
    assert_eq!(outcome_of_refusal(&client, &mut browser).await, "invalid_target");
}

/// The error that the client gets.
async fn outcome_of_refusal(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> String {
    let url = client.url(&[("response_type", "token"), ("audience", API)]);
    browser.landing(&url).await.fragment()["error"].clone()
}

#[tokio::test]
async fn the_consent_page_shows_what_is_granted_and_no_more() {
    let provider = Provider::open_to_all().await;
    let id = default_grant(&provider).await;
    change(&provider, &id, json!(["read:contacts"])).await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let scope = "openid read:contacts write:contacts";
    let url = client.url(&[("response_type", "token"), ("scope", scope), ("audience", API)]);
    let login = browser.page(&url).await;
    let page = browser.sign_in(&login).await.page();
    assert!(page.html.contains("Read your contacts"));
    assert!(!page.html.contains("Change your contacts"), "{}", page.html);
    // What was agreed to is not widened by what is granted later.
    browser.submit(&page, &[("allow", "true")]).await.landing().fragment();
    change(&provider, &id, json!(["read:contacts", "write:contacts"])).await;
    assert!(browser.page(&url).await.html.contains("Change your contacts"));
}

#[tokio::test]
async fn an_api_that_nothing_was_granted_for_is_out_of_reach() {
    let provider = Provider::open_to_all().await;
    create_api(&provider, "https://new.example.com/", &["a"]).await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    for audience in ["https://new.example.com/", provider.management("audience")] {
        let url = client.url(&[("response_type", "token"), ("audience", audience)]);
        assert_eq!(browser.landing(&url).await.fragment()["error"], "invalid_target", "{audience}");
    }
}

#[tokio::test]
async fn what_was_granted_for_a_deleted_api_does_not_come_back_with_its_name() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let id = default_grant(&provider).await;
    let (_, grant) = create(&provider, &own(&client.client_id, &["read:contacts"])).await;
    let name: String = url::form_urlencoded::byte_serialize(API.as_bytes()).collect();
    let path = format!("resource-servers/{name}");
    assert_eq!(provider.manage(Method::DELETE, &path, None).await.status(), 204);
    for id in [id.as_str(), grant["id"].as_str().unwrap()] {
        assert_eq!(get(&provider, &format!("/{id}")).await.0, 404);
        assert_eq!(change(&provider, id, json!([])).await.0, 404);
    }
    let (_, list) = get(&provider, "").await;
    assert_eq!(list.as_array().unwrap().len(), 1, "the management client's own is left: {list}");

    create_api(&provider, API, &["read:contacts", "write:contacts"]).await;
    assert_eq!(get(&provider, &format!("/{id}")).await.0, 404);
    assert_eq!(outcome_of_refusal(&client, &mut browser).await, "invalid_target");
    let (status, _) = create(&provider, &own(&client.client_id, &["write:contacts"])).await;
    assert_eq!(status, 201);
    assert_eq!(outcome(&client, &mut browser).await, "openid write:contacts");
}

#[tokio::test]
async fn a_grant_is_shown_as_it_was_made() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    create_api(&provider, "x", &["a", "b"]).await;
    for (body, subject_type) in [
        (json!({ "default_for": THIRD_PARTY, "audience": "x", "scope": ["b", "a"] }), "user"),
        (
            json!({ "client_id": client.client_id, "audience": "x", "scope": [], "subject_type": "user" }),
            "user",
        ),
        (
            json!({ "client_id": provider.management("client_id"), "audience": "x", "scope": ["a"] }),
            "client",
        ),
    ] {
        let (status, made) = create(&provider, &body).await;
        assert_eq!(status, 201, "{body}: {made}");
        let id = made["id"].as_str().unwrap();
        assert!(id.starts_with("cgr_"));
        let mut expected = body.clone();
        (expected["id"], expected["subject_type"]) = (id.into(), subject_type.into());
        assert_eq!(made, expected);
        assert_eq!(get(&provider, &format!("/{id}")).await, (200, expected));
        let (status, error) = create(&provider, &body).await;
        assert_eq!((status, &error["errorCode"]), (409, &json!("client_grant_conflict")), "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_granted_is_refused_by_the_member() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let (third, first) = (client.client_id.as_str(), provider.management("client_id"));
    let management = provider.management("audience");
    let default = |change: Value| {
        let mut body = json!({ "default_for": THIRD_PARTY, "audience": API, "scope": [] });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let to = |client_id: &str, audience: &str, subject_type: &str| json!({ "client_id": client_id, "audience": audience, "scope": [], "subject_type": subject_type });
    for (body, status, code, member) in [
        (default(json!({ "client_id": third })), 400, "invalid_body", "default_for"),
        (default(json!({ "default_for": null })), 400, "invalid_body", "client_id"),
        (default(json!({ "default_for": "everybody" })), 400, "invalid_body", "default_for"),
        (default(json!({ "default_for": 1 })), 400, "invalid_body", "default_for"),
        (default(json!({ "subject_type": "client" })), 400, "invalid_body", "subject_type"),
        (default(json!({ "subject_type": "users" })), 400, "invalid_body", "subject_type"),
        (default(json!({ "audience": null })), 400, "invalid_body", "audience"),
        (default(json!({ "audience": "" })), 400, "invalid_body", "audience"),
        (default(json!({ "audience": "x" })), 404, "inexistent_resource_server", "resource server"),
        (default(json!({ "audience": management })), 400, "invalid_body", "audience"),
        (default(json!({ "scope": null })), 400, "invalid_body", "scope"),
        (default(json!({ "scope": "read:contacts" })), 400, "invalid_body", "scope"),
        (default(json!({ "scope": [1] })), 400, "invalid_body", "scope"),
        (default(json!({ "scope": ["a b"] })), 400, "invalid_body", "scope"),
        (default(json!({ "scope": ["read:others"] })), 400, "invalid_body", "scope"),
        (default(json!({ "scope": ["openid"] })), 400, "invalid_body", "scope"),
        (
            default(json!({ "scope": ["read:contacts", "read:contacts"] })),
            400,
            "invalid_body",
            "scope",
        ),
        (default(json!({ "scope": vec!["read:contacts"; 1_001] })), 400, "invalid_body", "scope"),
        (
            default(json!({ "organization_usage": "deny" })),
            400,
            "invalid_body",
            "organization_usage",
        ),
        (default(json!({ "id": "cgr_x" })), 400, "invalid_body", "id"),
        (to("nobody", API, "user"), 404, "inexistent_client", "client"),
        (to("no#body", API, "user"), 400, "invalid_body", "client_id"),
        (to("", API, "user"), 400, "invalid_body", "client_id"),
        (to("third-party-clients", API, "user"), 400, "invalid_body", "client_id"),
        (to(third, API, "client"), 400, "invalid_body", "subject_type"),
        (to(third, management, "client"), 400, "invalid_body", "subject_type"),
        (to(third, management, "user"), 400, "invalid_body", "audience"),
        (to(first, API, "user"), 400, "invalid_body", "subject_type"),
        (json!([]), 400, "invalid_body", "JSON object"),
    ] {
        let (found, error) = create(&provider, &body).await;
        assert_eq!((found, error["errorCode"].as_str()), (status, Some(code)), "{body}: {error}");
        assert!(error["message"].as_str().unwrap().contains(member), "{body}: {error}");
    }
    let id = default_grant(&provider).await;
    for body in
        [json!({}), json!({ "scope": ["read:others"] }), json!({ "audience": API, "scope": [] })]
    {
        let path = format!("client-grants/{id}");
        let (status, error) = read(provider.manage(Method::PATCH, &path, Some(&body)).await).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_body")), "{body}");
    }
}

#[tokio::test]
async fn a_client_of_the_tenants_own_gets_tokens_for_itself_by_its_grant() {
    let provider = Provider::start().await;
    let token = async |scope: &[(&'static str, &'static str)]| {
        let form = [
            &[
                ("grant_type", "client_credentials"),
                ("client_id", provider.management("client_id")),
                ("client_secret", provider.management("client_secret")),
                ("audience", API),
            ],
            scope,
        ]
        .concat();
        let (status, body) = read(provider.post_form("oauth/token", &form).await).await;
        let text = body.get("error").unwrap_or(&body["scope"]).as_str().unwrap().to_owned();
        (status, text)
    };
    let refused = |error: &str| (400, error.to_owned());
    assert_eq!(token(&[]).await, refused("unauthorized_client"));
    let body = json!({ "client_id": provider.management("client_id"), "audience": API, "scope": ["read:contacts", "write:contacts"] });
    let (_, grant) = create(&provider, &body).await;
    let id = grant["id"].as_str().unwrap();
    assert_eq!(token(&[]).await, (200, "read:contacts write:contacts".to_owned()));
    change(&provider, id, json!(["read:contacts"])).await;
    assert_eq!(token(&[]).await, (200, "read:contacts".to_owned()));
    assert_eq!(token(&[("scope", "write:contacts")]).await, refused("invalid_scope"));
    // The API has it no more.
    let path = format!("resource-servers/{}", API.replace(':', "%3A").replace('/', "%2F"));
    let scopes = json!({ "scopes": [{ "value": "write:contacts" }] });
    assert_eq!(provider.manage(Method::PATCH, &path, Some(&scopes)).await.status(), 200);
    assert_eq!(token(&[("scope", "read:contacts")]).await, refused("invalid_scope"));
    assert_eq!(delete(&provider, id).await, 204);
    assert_eq!(token(&[]).await, refused("unauthorized_client"));
}

#[tokio::test]
async fn the_owner_cannot_lock_themselves_out() {
    let provider = Provider::start().await;
    let (_, found) = get(&provider, "?subject_type=client").await;
    let (status, error) = read(
        provider
            .manage(
                Method::DELETE,
                &format!("client-grants/{}", found[0]["id"].as_str().unwrap()),
                None,
            )
            .await,
    )
    .await;
    assert_eq!((status, &error["errorCode"]), (403, &json!("own_client_grant")));
    assert_eq!(get(&provider, "").await.0, 200);
}

#[tokio::test]
async fn the_list_can_be_filtered_and_paged() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    create_api(&provider, "x", &["a"]).await;
    create(&provider, &json!({ "default_for": THIRD_PARTY, "audience": "x", "scope": ["a"] }))
        .await;
    create(&provider, &own(&client.client_id, &[])).await;
    let (id, first) = (client.client_id.as_str(), provider.management("client_id"));
    for (query, count) in [
        (String::new(), 4),
        ("?audience=x".to_owned(), 1),
        ("?audience=https%3A%2F%2Fapi.example.com%2F".to_owned(), 2),
        ("?audience=nobody".to_owned(), 0),
        (format!("?client_id={id}"), 1),
        (format!("?client_id={first}"), 1),
        ("?subject_type=user".to_owned(), 3),
        ("?subject_type=client".to_owned(), 1),
        ("?default_for=third_party_clients".to_owned(), 2),
        ("?default_for=third_party_clients&audience=x".to_owned(), 1),
        (format!("?default_for=third_party_clients&client_id={id}"), 0),
    ] {
        let (status, list) = get(&provider, &query).await;
        assert_eq!((status, list.as_array().map(Vec::len)), (200, Some(count)), "{query}: {list}");
    }
    let (_, page) = get(&provider, "?include_totals=true&per_page=3").await;
    assert_eq!((&page["total"], &page["limit"]), (&json!(4), &json!(3)));
    assert_eq!(page["client_grants"].as_array().unwrap().len(), 3);
    let (mut path, mut walked) = ("?take=1".to_owned(), 0);
    loop {
        let (_, page) = get(&provider, &path).await;
        walked += page["client_grants"].as_array().unwrap().len();
        let Some(next) = page.get("next") else { break };
        path = format!("?take=1&from={}", next.as_str().unwrap());
    }
    assert_eq!(walked, 4);
    for query in ["?subject_type=users", "?default_for=all", "?client_id=a%23b", "?scope=a"] {
        let (status, error) = get(&provider, query).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_query_string")), "{query}");
    }
}

#[tokio::test]
async fn each_method_takes_a_scope_of_its_own() {
    let provider = Provider::start().await;
    let scopes =
        ["read", "create", "update", "delete"].map(|action| format!("{action}:client_grants"));
    for (method, path, own) in [
        (Method::GET, "client-grants", 0),
        (Method::GET, "client-grants/x", 0),
        (Method::POST, "client-grants", 1),
        (Method::PATCH, "client-grants/x", 2),
        (Method::DELETE, "client-grants/x", 3),
    ] {
        for (index, scope) in scopes.iter().enumerate() {
            let token = provider.management_token(Some(scope)).await;
            let url = provider.url(&format!("api/v2/{path}"));
            let request = http().request(method.clone(), url).bearer_auth(token).json(&json!({}));
            let (status, body) = read(request.send().await.unwrap()).await;
            assert_eq!(status == 403, index != own, "{method} {path} {scope}: {body}");
        }
    }
    let (status, error) = get(&provider, "/x").await;
    assert_eq!((status, &error["errorCode"]), (404, &json!("inexistent_client_grant")));
    for (method, path) in [(Method::PUT, "client-grants/x"), (Method::DELETE, "client-grants")] {
        assert_eq!(provider.manage(method, path, None).await.status(), 405);
    }
}

#[tokio::test]
async fn a_deletion_wins_over_every_change() {
    let provider = Provider::start().await;
    let body = json!({ "default_for": THIRD_PARTY, "audience": API, "scope": [] });
    for turn in 0..10 {
        let id = default_grant(&provider).await;
        let changes = (0..5).map(|_| change(&provider, &id, json!(["read:contacts"])));
        let (deleted, _) =
            tokio::join!(delete(&provider, &id), futures_util::future::join_all(changes));
        assert_eq!(deleted, 204);
        assert_eq!(get(&provider, &format!("/{id}")).await.0, 404, "turn {turn}");
        assert_eq!(create(&provider, &body).await.0, 201);
    }
}
