use crate::harness::{API, Browser, Provider, RelyingParty, http};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ORDERS: &str = "https://orders.example.com/v1?a=b#c";

/// The status and the body; `null` where there is none.
async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

async fn create(provider: &Provider, body: &Value) -> (u16, Value) {
    read(provider.manage(Method::POST, "resource-servers", Some(body)).await).await
}

async fn get(provider: &Provider, path: &str) -> (u16, Value) {
    read(provider.manage(Method::GET, &format!("resource-servers{path}"), None).await).await
}

async fn change(provider: &Provider, name: &str, body: &Value) -> (u16, Value) {
    let path = format!("resource-servers/{name}");
    read(provider.manage(Method::PATCH, &path, Some(body)).await).await
}

async fn delete(provider: &Provider, name: &str) -> u16 {
    let path = format!("resource-servers/{name}");
    provider.manage(Method::DELETE, &path, None).await.status().as_u16()
}

fn encoded(identifier: &str) -> String {
    url::form_urlencoded::byte_serialize(identifier.as_bytes()).collect()
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter().map(|api| api["identifier"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_api_is_made_of_what_is_given_and_of_defaults() {
    let provider = Provider::start().await;
    let (status, made) = create(&provider, &json!({ "identifier": ORDERS })).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let defaults = json!({
        "id": id, "identifier": ORDERS, "name": ORDERS, "scopes": [], "token_lifetime": 86_400,
        "token_lifetime_for_web": 7_200, "allow_offline_access": false, "signing_alg": "RS256",
        "token_dialect": "rfc9068_profile", "is_system": false,
    });
    assert_eq!(made, defaults);
    for name in [id, &encoded(ORDERS)] {
        assert_eq!(get(&provider, &format!("/{name}")).await, (200, defaults.clone()), "{name}");
    }
    let full = json!({
        "identifier": "urn:full", "name": "Ünïcode", "token_lifetime": 2_592_000, "token_lifetime_for_web": 60,
        "scopes": [{ "value": "read:x", "description": "Read" }, { "value": "write:x" }],
        "allow_offline_access": true, "signing_alg": "RS256", "token_dialect": "rfc9068_profile",
    });
    let (status, made) = create(&provider, &full).await;
    assert_eq!(status, 201, "{made}");
    let mut expected = full;
    expected["scopes"][1]["description"] = "".into();
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(&made[member], value, "{member}");
    }
    // A shorter life of all tokens is a shorter life of those in browsers.
    let short = json!({ "identifier": "short", "token_lifetime": 600 });
    assert_eq!(create(&provider, &short).await.1["token_lifetime_for_web"], 600);
}

#[tokio::test]
async fn an_identifier_is_taken_once() {
    let provider = Provider::start().await;
    for identifier in [API, provider.management("audience")] {
        let (status, error) = create(&provider, &json!({ "identifier": identifier })).await;
        assert_eq!((status, &error["errorCode"]), (409, &json!("resource_server_conflict")));
    }
    let body = json!({ "identifier": "x" });
    let (a, b, c) =
        tokio::join!(create(&provider, &body), create(&provider, &body), create(&provider, &body));
    let mut statuses = [a.0, b.0, c.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
}

#[tokio::test]
async fn a_bad_body_is_refused_by_the_member_and_makes_nothing() {
    let provider = Provider::start().await;
    let before = get(&provider, "").await;
    let own = provider.url("anything");
    let scope = |scope: Value| json!({ "scopes": [scope] });
    for (change, member) in [
        (json!({ "identifier": null }), "identifier"),
        (json!({ "identifier": "" }), "identifier"),
        (json!({ "identifier": 1 }), "identifier"),
        (json!({ "identifier": "a b" }), "identifier"),
        (json!({ "identifier": "a%2Fb" }), "identifier"),
        (json!({ "identifier": "ü" }), "identifier"),
        (json!({ "identifier": "a\"" }), "identifier"),
        (json!({ "identifier": "x".repeat(601) }), "identifier"),
        (json!({ "identifier": own }), "identifier"),
        (json!({ "identifier": provider.issuer }), "identifier"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "   " }), "name"),
        (json!({ "name": "<b>" }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "x".repeat(201) }), "name"),
        (json!({ "name": null }), "name"),
        (json!({ "scopes": {} }), "scopes"),
        (json!({ "scopes": ["read:x"] }), "scopes"),
        (scope(json!({})), "scopes"),
        (scope(json!({ "value": "" })), "scopes"),
        (scope(json!({ "value": "a b" })), "scopes"),
        (scope(json!({ "value": "x".repeat(281) })), "scopes"),
        (scope(json!({ "value": "a", "description": "x".repeat(501) })), "scopes"),
        (scope(json!({ "value": "a", "description": null })), "scopes"),
        (scope(json!({ "value": "a", "extra": 1 })), "scopes.extra"),
        (scope(json!({ "value": "openid" })), "scopes"),
        (scope(json!({ "value": "email" })), "scopes"),
        (scope(json!({ "value": "offline_access" })), "scopes"),
        (scope(json!({ "value": "https://example.com/department" })), "scopes"),
        (json!({ "scopes": [{ "value": "a" }, { "value": "a" }] }), "scopes"),
        (json!({ "scopes": vec![json!({ "value": "a" }); 1_001] }), "scopes"),
        (json!({ "token_lifetime": 0 }), "token_lifetime"),
        (json!({ "token_lifetime": "60" }), "token_lifetime"),
        (json!({ "token_lifetime": 2_592_001 }), "token_lifetime"),
        (json!({ "token_lifetime_for_web": -1 }), "token_lifetime_for_web"),
        (json!({ "token_lifetime": 60, "token_lifetime_for_web": 61 }), "token_lifetime_for_web"),
        (json!({ "allow_offline_access": "true" }), "allow_offline_access"),
        (json!({ "signing_alg": "HS256" }), "signing_alg"),
        (json!({ "token_dialect": "access_token" }), "token_dialect"),
        (json!({ "is_system": true }), "is_system"),
        (json!({ "id": "x" }), "id"),
        (json!({ "signing_secret": "x".repeat(16) }), "signing_secret"),
        (json!({ "incarnation": "x" }), "incarnation"),
    ] {
        let mut body = json!({ "identifier": "x" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, error) = create(&provider, &body).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_body")), "{change}");
        assert!(error["message"].as_str().unwrap().contains(member), "{change}: {error}");
    }
    assert_eq!(create(&provider, &json!({ "name": "x".repeat(70_000) })).await.0, 413);
    assert_eq!(get(&provider, "").await, before);
}

#[tokio::test]
async fn each_member_can_be_changed_and_the_others_stay() {
    let provider = Provider::start().await;
    let (_, mut expected) = create(&provider, &json!({ "identifier": ORDERS })).await;
    for (member, value) in [
        ("name", json!("Orders")),
        ("scopes", json!([{ "value": "read:x", "description": "Read" }])),
        ("token_lifetime", json!(7_200)),
        ("token_lifetime_for_web", json!(60)),
        ("allow_offline_access", json!(true)),
        ("signing_alg", json!("RS256")),
    ] {
        expected[member] = value.clone();
        let answer = change(&provider, &encoded(ORDERS), &json!({ (member): value })).await;
        assert_eq!(answer, (200, expected.clone()), "{member}");
    }
    let id = expected["id"].as_str().unwrap();
    for (body, member) in [
        (json!({ "identifier": "y" }), "identifier"),
        (json!({ "token_lifetime": 59 }), "token_lifetime_for_web"),
        (json!({ "token_lifetime_for_web": 7_201 }), "token_lifetime_for_web"),
        (json!({}), "minimum 1"),
        (json!([]), "JSON object"),
    ] {
        let (status, error) = change(&provider, id, &body).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_body")), "{body}");
        assert!(error["message"].as_str().unwrap().contains(member), "{body}: {error}");
    }
    assert_eq!(get(&provider, &format!("/{id}")).await.1, expected);
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let provider = Provider::start().await;
    let (_, api) = create(&provider, &json!({ "identifier": "x" })).await;
    let id = api["id"].as_str().unwrap();
    let bodies = [
        json!({ "name": "X" }),
        json!({ "allow_offline_access": true }),
        json!({ "token_lifetime_for_web": 60 }),
        json!({ "scopes": [{ "value": "a" }] }),
    ];
    let changes = bodies.iter().map(|body| change(&provider, id, body));
    for (status, body) in futures_util::future::join_all(changes).await {
        assert_eq!(status, 200, "{body}");
    }
    let (_, api) = get(&provider, &format!("/{id}")).await;
    assert_eq!((&api["name"], &api["allow_offline_access"]), (&json!("X"), &json!(true)));
    assert_eq!(
        (&api["token_lifetime_for_web"], &api["scopes"][0]["value"]),
        (&json!(60), &json!("a"))
    );
}

#[tokio::test]
async fn a_deletion_wins_over_every_change() {
    let provider = Provider::start().await;
    for turn in 0..10 {
        let identifier = format!("x{turn}");
        create(&provider, &json!({ "identifier": identifier })).await;
        let body = json!({ "name": "again" });
        let (deleted, _) = tokio::join!(
            delete(&provider, &identifier),
            futures_util::future::join_all((0..5).map(|_| change(&provider, &identifier, &body))),
        );
        assert_eq!(deleted, 204);
        assert_eq!(get(&provider, &format!("/{identifier}")).await.0, 404, "turn {turn}");
        assert_eq!(change(&provider, &identifier, &body).await.0, 404);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let provider = Provider::start().await;
    let error = json!({
        "statusCode": 404, "error": "Not Found", "message": "The resource server does not exist",
        "errorCode": "inexistent_resource_server",
    });
    for name in ["x", "a%2", "%FF", "API%23", &"A".repeat(43)] {
        assert_eq!(get(&provider, &format!("/{name}")).await, (404, error.clone()), "{name}");
        assert_eq!(delete(&provider, name).await, 404, "{name}");
    }
}

#[tokio::test]
async fn the_management_api_can_be_read_but_neither_changed_nor_deleted() {
    let provider = Provider::start().await;
    let name = encoded(provider.management("audience"));
    let (status, api) = get(&provider, &format!("/{name}")).await;
    assert_eq!((status, &api["is_system"]), (200, &json!(true)));
    let scopes: BTreeSet<_> = api["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| scope["value"].as_str().unwrap())
        .collect();
    for action in ["read", "create", "update", "delete"] {
        for what in ["resource_servers", "client_grants"] {
            assert!(scopes.contains(format!("{action}:{what}").as_str()), "{action}:{what}");
        }
    }
    let (status, error) = change(&provider, &name, &json!({ "scopes": [] })).await;
    assert_eq!((status, &error["errorCode"]), (403, &json!("system_resource_server")));
    assert_eq!(delete(&provider, &name).await, 403);
    assert_eq!(get(&provider, &format!("/{name}")).await.1, api);
}

#[tokio::test]
async fn the_default_audience_is_not_deleted_under_the_feet_of_those_who_rely_on_it() {
    let provider = Provider::start().await;
    provider.change_settings(&json!({ "default_audience": API })).await;
    assert_eq!(delete(&provider, &encoded(API)).await, 400);
    provider.change_settings(&json!({ "default_audience": null })).await;
    assert_eq!(delete(&provider, &encoded(API)).await, 204);
}

#[tokio::test]
async fn the_list_can_be_paged_filtered_and_narrowed_to_members() {
    let provider = Provider::start().await;
    let own = provider.management("audience");
    for identifier in ["b", "a", "c,d"] {
        provider.advance(std::time::Duration::from_secs(1));
        create(&provider, &json!({ "identifier": identifier })).await;
    }
    let (status, all) = get(&provider, "").await;
    assert_eq!(status, 200);
    let all: Vec<_> = names(&all).into_iter().map(str::to_owned).collect();
    assert_eq!(all[2..], ["b", "a", "c,d"], "in the order in which they were made");
    assert_eq!(BTreeSet::from([&*all[0], &*all[1]]), BTreeSet::from([own, API]));

    let (_, page) = get(&provider, "?page=1&per_page=2&include_totals=true").await;
    assert_eq!((&page["total"], &page["start"], &page["limit"]), (&json!(5), &json!(2), &json!(2)));
    assert_eq!(names(&page["resource_servers"]), ["b", "a"]);

    let mut path = "?take=2".to_owned();
    let mut walked = Vec::new();
    loop {
        let (_, page) = get(&provider, &path).await;
        walked.extend(names(&page["resource_servers"]).into_iter().map(str::to_owned));
        let Some(next) = page.get("next") else { break };
        path = format!("?take=2&from={}", next.as_str().unwrap());
    }
    assert_eq!(walked, all);

    let (_, found) = get(&provider, "?identifiers=a&identifiers=c%2Cd&identifiers=nobody").await;
    assert_eq!(names(&found), ["a", "c,d"]);
    let (_, found) = get(&provider, "?identifiers=a&fields=name,id").await;
    let members: Vec<_> = found[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "name"]);
    let (_, found) = get(&provider, "/a?fields=name,id&include_fields=false").await;
    assert!(found.get("name").is_none() && found["identifier"] == "a");

    let eleven = ["identifiers=a"; 11].join("&");
    for query in [
        "?name=a",
        "?identifiers=",
        "?page=0&page=0",
        "?take=2&page=1",
        "?from=x",
        &format!("?{eleven}"),
    ] {
        let (status, error) = get(&provider, query).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_query_string")), "{query}");
    }
}

#[tokio::test]
async fn each_method_takes_a_scope_of_its_own() {
    let provider = Provider::start().await;
    let scopes =
        ["read", "create", "update", "delete"].map(|action| format!("{action}:resource_servers"));
    for (method, path, own) in [
        (Method::GET, "resource-servers", 0),
        (Method::GET, "resource-servers/x", 0),
        (Method::POST, "resource-servers", 1),
        (Method::PATCH, "resource-servers/x", 2),
        (Method::DELETE, "resource-servers/x", 3),
    ] {
        let url = provider.url(&format!("api/v2/{path}"));
        let ask = async |token: Option<String>| {
            let request = http().request(method.clone(), &url).json(&json!({}));
            let request = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            read(request.send().await.unwrap()).await
        };
        assert_eq!(ask(None).await.0, 401, "{method} {path}");
        for (index, scope) in scopes.iter().enumerate() {
            let (status, body) = ask(Some(provider.management_token(Some(scope)).await)).await;
            assert_eq!(status == 403, index != own, "{method} {path} {scope}: {body}");
        }
    }
    for (method, path) in [(Method::PUT, "resource-servers/x"), (Method::PATCH, "resource-servers")]
    {
        assert_eq!(provider.manage(method, path, None).await.status(), 405);
    }
}

#[tokio::test]
async fn a_deleted_api_is_refused_at_once_everywhere() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut browser = Browser::new(&provider);
    let implicit =
        client.url(&[("response_type", "token"), ("scope", "read:contacts"), ("audience", API)]);
    let code_url = client.code_url(&[("scope", "read:contacts"), ("audience", API)]);
    browser.authorize(&implicit).await.fragment();
    let code = browser.landing(&code_url).await.query()["code"].clone();
    assert_eq!(delete(&provider, &encoded(API)).await, 204);
    assert_eq!(browser.landing(&implicit).await.fragment()["error"], "invalid_target");
    let consent = implicit.replace("/authorize", "/u/consent");
    assert_eq!(browser.landing(&consent).await.fragment()["error"], "invalid_target");
    let exchange = provider.post_form("oauth/token", &client.exchange(&code)).await;
    assert_eq!(read(exchange).await.1["error"], "invalid_grant");
    assert_eq!(delete(&provider, &encoded(API)).await, 404);
}

#[tokio::test]
async fn its_lifetimes_and_scopes_count_from_the_next_request_on() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let scope = "read:contacts write:contacts";
    let url = client.url(&[("response_type", "token"), ("scope", scope), ("audience", API)]);
    assert_eq!(browser.authorize(&url).await.fragment()["expires_in"], "900");
    let less = json!({ "token_lifetime_for_web": 60, "scopes": [{ "value": "read:contacts" }] });
    assert_eq!(change(&provider, &encoded(API), &less).await.0, 200);
    let answer = browser.landing(&url).await.fragment();
    assert_eq!((&*answer["expires_in"], &*answer["scope"]), ("60", "read:contacts"));
}
