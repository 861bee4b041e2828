//! `/api/v2/initial-access-tokens`, and registration by who has one (RFC 7591 §3).

use crate::harness::{Owner, Provider, http, send_from};
use aws_sdk_dynamodb::config::Credentials;
use futures_util::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use shared::config::{Aws, Endpoints};
use std::time::Duration;

const REDIRECT_URIS: [&str; 1] = ["https://app.example/cb"];
const MONTH: i64 = 30 * 86_400;

/// A tenant where only who has a token can register.
async fn by_token() -> Provider {
    with_policy(json!({})).await
}

async fn with_policy(policy: Value) -> Provider {
    let provider = Provider::open_to_all().await;
    let mut policy = policy;
    policy["admission"] = "initial_access_token".into();
    let change = json!({ "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&change).await.status(), 200, "{change}");
    provider
}

async fn manage(provider: &Provider, method: Method, path: &str, body: Option<&Value>) -> Response {
    let token = provider.management_token(None).await;
    let url = provider.url(&format!("api/v2/initial-access-tokens{path}"));
    let request = http().request(method, url).bearer_auth(token);
    match body {
        Some(body) => request.json(body),
        None => request,
    }
    .send()
    .await
    .unwrap()
}

async fn get(provider: &Provider, path: &str) -> (u16, Value) {
    answer(manage(provider, Method::GET, path, None).await).await
}

async fn answer(response: Response) -> (u16, Value) {
    let (status, body) = (response.status().as_u16(), response.bytes().await.unwrap());
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn create(provider: &Provider, body: Value) -> Value {
    let response = manage(provider, Method::POST, "", Some(&body)).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let (status, made) = answer(response).await;
    assert_eq!(status, 201, "{body}: {made}");
    made
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

async fn present(provider: &Provider, authorization: Option<&str>, metadata: &Value) -> Response {
    let request = http().post(provider.url("oidc/register")).json(metadata);
    match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    }
    .send()
    .await
    .unwrap()
}

async fn register(provider: &Provider, token: &Value, metadata: Value) -> (u16, Value) {
    let mut body = json!({ "redirect_uris": REDIRECT_URIS });
    body.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    let authorization = format!("Bearer {}", text(token, "token"));
    answer(present(provider, Some(&authorization), &body).await).await
}

async fn uses(provider: &Provider, token: &Value) -> u64 {
    let (status, shown) = get(provider, &format!("/{}", text(token, "id"))).await;
    assert_eq!(status, 200, "{shown}");
    shown["uses"].as_u64().unwrap()
}

#[tokio::test]
async fn a_token_is_told_once_and_shown_without_it_from_then_on() {
    let provider = by_token().await;
    let asked = json!({
        "description": "For the partner",
        "expires_in": 3_600,
        "max_uses": 10,
        "client_metadata": { "client_name": "Partner", "default_max_age": 60, "logo_uri": null },
        "allowed_members": ["redirect_uris", "client_uri", "client_uri"],
    });
    let mut made = create(&provider, asked).await;
    let token = made.as_object_mut().unwrap().remove("token").unwrap();
    let token = token.as_str().unwrap();
    let (id, created_at) = (text(&made, "id"), made["created_at"].as_i64().unwrap());
    assert!(token.starts_with(&format!("{id}_")) && token.len() == id.len() + 44, "{token}");
    assert_eq!(
        made,
        json!({
            "id": id,
            "description": "For the partner",
            "created_at": created_at,
            "expires_at": created_at + 3_600,
            "max_uses": 10,
            "uses": 0,
            "client_metadata": { "client_name": "Partner", "default_max_age": 60, "logo_uri": null },
            "allowed_members": ["redirect_uris", "client_uri"],
        })
    );
    assert_eq!(get(&provider, &format!("/{id}")).await, (200, made.clone()));
    assert_eq!(get(&provider, "").await, (200, json!([made])));
    // It may have an underscore of its own.
    let secret = &token[id.len() + 1..];
    let (items, _) = items(&provider).await;
    assert!(items.iter().any(|item| item.contains(id)));
    assert!(!items.iter().any(|item| item.contains(secret)), "only its hash is kept");
}

/// Everything that the table holds, an item a text, and how many clients are among it.
async fn items(provider: &Provider) -> (Vec<String>, usize) {
    let aws = Aws {
        region: "local".to_owned(),
        credentials: Credentials::new("local", "local", None, None, "local"),
        endpoints: Endpoints { dynamodb: Some(provider.database.clone()), ..Endpoints::default() },
        ca_bundle: None,
        interceptors: Vec::new(),
    };
    let client = aws.dynamodb(&aws.sdk_config().unwrap());
    let found = client.scan().table_name("cardea").send().await.unwrap();
    assert!(found.last_evaluated_key.is_none(), "all of it");
    let items: Vec<_> = found.items.unwrap().iter().map(|item| format!("{item:?}")).collect();
    let clients = items.iter().filter(|item| item.contains("CLIENT#")).count();
    (items, clients)
}

#[tokio::test]
async fn by_default_a_token_is_good_once_and_for_a_month() {
    let provider = by_token().await;
    let made = create(&provider, json!({})).await;
    let lifetime = made["expires_at"].as_i64().unwrap() - made["created_at"].as_i64().unwrap();
    assert_eq!((&made["max_uses"], lifetime), (&json!(1), MONTH));
    assert_eq!(made["allowed_members"], Value::Null);
    assert_eq!(register(&provider, &made, json!({})).await.0, 201);
    assert_eq!(register(&provider, &made, json!({})).await.0, 401);
    assert_eq!(uses(&provider, &made).await, 1);
}

#[tokio::test]
async fn what_a_token_cannot_be_is_refused_by_the_member_when_it_is_made() {
    let provider = with_policy(json!({ "allowed_redirect_hosts": ["app.example"] })).await;
    for (body, said) in [
        (json!({ "nonsense": 1 }), "Additional properties not allowed: nonsense"),
        (json!({ "token": "mine" }), "token"),
        (json!({ "uses": 0 }), "uses"),
        (json!({ "expires_in": 0 }), "expires_in"),
        (json!({ "expires_in": 31_536_001 }), "expires_in"),
        (json!({ "expires_in": "60" }), "expires_in"),
        (json!({ "expires_in": null }), "expires_in"),
        (json!({ "max_uses": 0 }), "max_uses"),
        (json!({ "max_uses": 1_000_001 }), "max_uses"),
        (json!({ "max_uses": 1.5 }), "max_uses"),
        (json!({ "max_uses": "unlimited" }), "max_uses"),
        (json!({ "description": "x".repeat(141) }), "description"),
        (json!({ "description": "a\nb" }), "description"),
        (json!({ "description": 1 }), "description"),
        (json!({ "client_metadata": [] }), "client_metadata"),
        (json!({ "client_metadata": { "tos_uri": "x".repeat(20_000) } }), "16384 bytes"),
        (json!({ "client_metadata": { "skip_consent": true } }), "client_metadata.skip_consent"),
        (json!({ "client_metadata": { "software_statement": "x" } }), "software_statement"),
        (json!({ "client_metadata": { "client_uri": "javascript:x" } }), "client_uri"),
        (
            json!({ "client_metadata": { "redirect_uris": ["https://other.example/"] } }),
            "redirect_uris[0]",
        ),
        (json!({ "allowed_members": "redirect_uris" }), "allowed_members"),
        (json!({ "allowed_members": ["redirect_uris", "client_id"] }), "allowed_members[1]"),
        (json!({ "allowed_members": ["client_name"] }), "allowed_members must have redirect_uris"),
        (json!({ "allowed_members": [] }), "allowed_members must have redirect_uris"),
        (json!([]), "JSON object"),
    ] {
        let (status, error) = answer(manage(&provider, Method::POST, "", Some(&body)).await).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_body")), "{body}: {error}");
        assert!(text(&error, "message").contains(said), "{body}: {error}");
    }
    assert_eq!(get(&provider, "").await, (200, json!([])));
}

#[tokio::test]
async fn who_may_make_see_and_revoke_tokens_is_told_by_the_scope() {
    let provider = by_token().await;
    let made = create(&provider, json!({})).await;
    let one = format!("/{}", text(&made, "id"));
    for (method, path, needed) in [
        (Method::GET, "", "read:initial_access_tokens"),
        (Method::GET, one.as_str(), "read:initial_access_tokens"),
        (Method::POST, "", "create:initial_access_tokens"),
        (Method::DELETE, one.as_str(), "delete:initial_access_tokens"),
    ] {
        let url = provider.url(&format!("api/v2/initial-access-tokens{path}"));
        let without = http().request(method.clone(), &url).json(&json!({})).send().await.unwrap();
        assert_eq!(without.status(), 401, "{method} {path}");
        for other in [
            "read:initial_access_tokens",
            "create:initial_access_tokens",
            "delete:initial_access_tokens",
            "update:tenant_settings",
        ] {
            if other == needed {
                continue;
            }
            let token = provider.management_token(Some(other)).await;
            let request = http().request(method.clone(), &url).bearer_auth(token);
            let (status, error) = answer(request.json(&json!({})).send().await.unwrap()).await;
            assert_eq!(status, 403, "{method} {path} {other}");
            assert!(text(&error, "message").ends_with(needed), "{error}");
        }
        let wrong = http().request(method, &url).bearer_auth(text(&made, "token"));
        assert_eq!(wrong.json(&json!({})).send().await.unwrap().status(), 401, "{path}");
    }
    assert_eq!(get(&provider, &one).await.0, 200, "it is still there");
}

#[tokio::test]
async fn the_list_is_paged_both_ways_and_other_methods_are_told_which_there_are() {
    let provider = by_token().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let made = create(&provider, json!({ "description": number.to_string() })).await;
        ids.push(text(&made, "id").to_owned());
        provider.advance(Duration::from_secs(1));
    }
    let (_, all) = get(&provider, "?page=1&per_page=2&include_totals=true").await;
    assert_eq!((&all["total"], &all["start"], &all["limit"]), (&json!(5), &json!(2), &json!(2)));
    assert_eq!(all["initial_access_tokens"][0]["id"], ids[2], "in the order of their making");
    let (mut found, mut query) = (Vec::new(), "?take=2&fields=id".to_owned());
    loop {
        let (status, page) = get(&provider, &query).await;
        assert_eq!(status, 200, "{page}");
        let items = page["initial_access_tokens"].as_array().unwrap();
        found.extend(items.iter().map(|item| text(item, "id").to_owned()));
        assert!(items.iter().all(|item| item.as_object().unwrap().len() == 1));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?take=2&fields=id&from={next}");
    }
    assert_eq!(found, ids);
    assert_eq!(get(&provider, "?description=1").await.0, 400, "there is no such filter");

    let one = format!("/{}", ids[0]);
    for (method, path, allowed) in [
        (Method::PATCH, "", "GET, POST"),
        (Method::DELETE, "", "GET, POST"),
        (Method::POST, one.as_str(), "GET, DELETE"),
        (Method::PATCH, one.as_str(), "GET, DELETE"),
    ] {
        let refused = manage(&provider, method.clone(), path, Some(&json!({}))).await;
        assert_eq!(refused.status(), 405, "{method} {path}");
        assert_eq!(refused.headers()["allow"], allowed);
    }
    for path in ["/iat_aaaaaaaaaaaaaaaa", "/nonsense", "/iat_a%23b"] {
        let (status, error) = get(&provider, path).await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(error["errorCode"], "inexistent_initial_access_token", "{path}");
        let deleted = manage(&provider, Method::DELETE, path, None).await;
        assert_eq!(deleted.status(), 204, "what is not there is gone");
    }
}

#[tokio::test]
async fn without_a_good_token_nobody_registers_and_all_bad_ones_look_the_same() {
    let provider = by_token().await;
    let metadata = json!({ "redirect_uris": REDIRECT_URIS });
    let without = present(&provider, None, &metadata).await;
    assert_eq!(without.status(), 401);
    assert_eq!(without.headers()["www-authenticate"], r#"Bearer realm="Cardea""#);
    assert_eq!(without.headers()["access-control-allow-origin"], "*");

    let (used, revoked, expired) = (
        create(&provider, json!({})).await,
        create(&provider, json!({ "max_uses": null })).await,
        create(&provider, json!({ "max_uses": null, "expires_in": 60 })).await,
    );
    assert_eq!(register(&provider, &used, json!({})).await.0, 201);
    let path = format!("/{}", text(&revoked, "id"));
    assert_eq!(manage(&provider, Method::DELETE, &path, None).await.status(), 204);
    provider.advance(Duration::from_mins(1));
    let good = create(&provider, json!({ "max_uses": null })).await;
    let (id, token) = (text(&good, "id"), text(&good, "token"));
    let mut answers = Vec::new();
    for bad in [
        "Bearer".to_owned(),
        "Bearer nonsense".to_owned(),
        format!("Bearer {id}"),
        format!("Bearer {id}_{}", "A".repeat(43)),
        format!("Bearer {token}x"),
        format!("Bearer {token},{token}"),
        format!("Bearer {token} {token}"),
        format!("Basic {token}"),
        token.to_owned(),
        format!("Bearer {}", provider.management_token(None).await),
        format!("Bearer {}", text(&used, "token")),
        format!("Bearer {}", text(&revoked, "token")),
        format!("Bearer {}", text(&expired, "token")),
        format!("Bearer {id}_{}", text(&used, "token").split_at(21).1),
    ] {
        // Nor does it tell what is wrong with the metadata.
        for body in [&metadata, &json!({})] {
            let response = present(&provider, Some(&bad), body).await;
            let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
            assert!(challenge.contains(r#"error="invalid_token""#), "{bad}: {challenge}");
            answers.push((response.status().as_u16(), challenge, response.text().await.unwrap()));
        }
    }
    assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 401);
    let in_the_url = format!("oidc/register?access_token={token}");
    assert_eq!(provider.post_json(&in_the_url, &metadata).await.status(), 401);
    assert_eq!(register(&provider, &good, json!({})).await.0, 201, "and the good one is good");
    assert_eq!(uses(&provider, &good).await, 1);
}

#[tokio::test]
async fn where_registration_is_open_or_by_statement_the_header_is_not_looked_at() {
    let provider = by_token().await;
    let token = create(&provider, json!({ "client_metadata": { "client_name": "A" } })).await;
    let authorization = format!("Bearer {}", text(&token, "token"));
    let change = json!({ "dynamic_client_registration": { "admission": "open" } });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let metadata = json!({ "redirect_uris": REDIRECT_URIS });
    for header in [&authorization, "Bearer", "Basic %%%", "Bearer nonsense", "\"", ", ,"] {
        let (status, client) = answer(present(&provider, Some(header), &metadata).await).await;
        assert_eq!((status, client.get("client_name")), (201, None), "{header}");
    }
    let change = json!({ "dynamic_client_registration": { "admission": "software_statement" } });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let (status, error) = answer(present(&provider, Some(&authorization), &metadata).await).await;
    assert_eq!((status, &error["error"]), (400, &json!("invalid_software_statement")));
    assert_eq!(uses(&provider, &token).await, 0);
}

#[tokio::test]
async fn a_token_is_good_to_the_second_and_forgotten_afterwards() {
    let provider = by_token().await;
    let token = create(&provider, json!({ "expires_in": 600, "max_uses": null })).await;
    provider.advance(Duration::from_secs(599));
    assert_eq!(register(&provider, &token, json!({})).await.0, 201);
    provider.advance(Duration::from_secs(1));
    assert_eq!(register(&provider, &token, json!({})).await.0, 401);
    assert_eq!(get(&provider, &format!("/{}", text(&token, "id"))).await.0, 404);
    assert_eq!(get(&provider, "").await, (200, json!([])));
}

#[tokio::test]
async fn a_use_is_never_lost_by_what_is_refused() {
    let policy = json!({ "required_members": ["client_name"], "registrations_per_source": 3 });
    let provider = with_policy(policy).await;
    let token = create(&provider, json!({})).await;
    let name = json!({ "client_name": "A" });
    for (metadata, error) in [
        (json!({}), "invalid_client_metadata"),
        (json!({ "client_name": 1 }), "invalid_client_metadata"),
        (json!({ "client_name": "A", "redirect_uris": [] }), "invalid_redirect_uri"),
    ] {
        let (status, refused) = register(&provider, &token, metadata.clone()).await;
        assert_eq!((status, &refused["error"]), (400, &json!(error)), "{metadata}");
    }
    // Nor by a body that is none, nor by a limit, nor while the table fails.
    let authorization = format!("Bearer {}", text(&token, "token"));
    let request =
        http().post(provider.url("oidc/register")).header("authorization", &authorization);
    assert_eq!(request.body("{}").send().await.unwrap().status(), 415);
    for status in [401, 401, 401, 429] {
        let wrong = http().post(provider.url("oidc/register")).json(&name);
        let wrong =
            if status == 429 { wrong.header("authorization", &authorization) } else { wrong };
        let response = send_from(&provider, wrong.build().unwrap(), "203.0.113.7").await;
        assert_eq!(response.status(), status);
    }
    provider.outage.of(&["UpdateItem"]);
    assert_eq!(register(&provider, &token, name.clone()).await.0, 503);
    provider.outage.of(&[]);
    assert_eq!(uses(&provider, &token).await, 0);
    assert_eq!(register(&provider, &token, name).await.0, 201);
}

#[tokio::test]
async fn of_two_hundred_registrations_at_once_ten_uses_let_ten_in() {
    let provider = by_token().await;
    let token = create(&provider, json!({ "max_uses": 10 })).await;
    let (_, before) = items(&provider).await;
    let client = http();
    let attempt = async |number: usize| {
        let metadata = json!({ "client_name": number.to_string(), "redirect_uris": REDIRECT_URIS });
        let request = client.post(provider.url("oidc/register")).bearer_auth(text(&token, "token"));
        answer(request.json(&metadata).send().await.unwrap()).await
    };
    let answers = join_all((0..200).map(attempt)).await;
    let with = |status: u16| answers.iter().filter(move |answer| answer.0 == status);
    assert_eq!((with(201).count(), with(401).count()), (10, 190));
    let mut ids: Vec<_> = with(201).map(|(_, client)| text(client, "client_id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 10);
    let (_, after) = items(&provider).await;
    assert_eq!(after - before, 10, "no client but those ten");
    assert_eq!(uses(&provider, &token).await, 10);
}

#[tokio::test]
async fn a_use_whose_answer_got_lost_is_counted_once() {
    let provider = by_token().await;
    let token = create(&provider, json!({ "max_uses": 2 })).await;
    for uses_so_far in 1..=2 {
        provider.outage.lose_an_answer_to("UpdateItem");
        assert_eq!(register(&provider, &token, json!({})).await.0, 201);
        assert_eq!(uses(&provider, &token).await, uses_so_far);
    }
    assert_eq!(register(&provider, &token, json!({})).await.0, 401);
}

#[tokio::test]
async fn a_revocation_wins_over_registrations_under_way() {
    let provider = by_token().await;
    for round in 0..10 {
        let token = create(&provider, json!({ "max_uses": null })).await;
        let path = format!("/{}", text(&token, "id"));
        let (revoked, _) = tokio::join!(
            manage(&provider, Method::DELETE, &path, None),
            join_all((0..5).map(|_| register(&provider, &token, json!({})))),
        );
        assert_eq!(revoked.status(), 204);
        assert_eq!(register(&provider, &token, json!({})).await.0, 401, "round {round}");
        assert_eq!(get(&provider, &path).await.0, 404, "no use brings it back");
    }
}

#[tokio::test]
async fn what_a_token_lays_down_holds_for_the_registration_and_for_its_changes() {
    let provider = with_policy(json!({ "client_registration_management": "full" })).await;
    let terms = json!({
        "client_metadata": { "client_name": "Partner", "scope": "openid", "logo_uri": null },
        "allowed_members": ["redirect_uris", "client_uri", "logo_uri", "client_name"],
    });
    let token = create(&provider, terms).await;
    let sent = json!({
        "client_name": "Bank", "scope": "openid admin", "logo_uri": "https://app.example/logo",
        "client_uri": "https://app.example/", "tos_uri": "https://app.example/tos",
        "client_name#de": "Bank", "logo_uri#de": "https://app.example/logo",
        "client_uri#de": "https://app.example/de",
    });
    let (status, client) = register(&provider, &token, sent.clone()).await;
    assert_eq!(status, 201, "{client}");
    let is_bound = |client: &Value| {
        assert_eq!(
            (&client["client_name"], &client["scope"]),
            (&json!("Partner"), &json!("openid"))
        );
        assert_eq!(client["client_uri"], "https://app.example/");
        assert_eq!((client.get("logo_uri"), client.get("tos_uri")), (None, None), "{client}");
        assert_eq!((client.get("client_name#de"), client.get("logo_uri#de")), (None, None));
        assert_eq!(client["client_uri#de"], "https://app.example/de", "nobody has pinned it");
    };
    is_bound(&client);
    // Also when the token is gone.
    let path = format!("/{}", text(&token, "id"));
    manage(&provider, Method::DELETE, &path, None).await;
    let mut change = sent;
    change["client_id"] = client["client_id"].clone();
    change["redirect_uris"] = json!(["https://app.example/other"]);
    let request = http()
        .put(text(&client, "registration_client_uri"))
        .bearer_auth(text(&client, "registration_access_token"));
    let (status, changed) = answer(request.json(&change).send().await.unwrap()).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["redirect_uris"], json!(["https://app.example/other"]));
    is_bound(&changed);
    // What the owner says of the client itself is newer.
    let path = format!("clients/{}", text(&client, "client_id"));
    let wider = json!({ "scope": "openid profile" });
    assert_eq!(Owner::of(&provider).await.patch(&path, &wider).await.0, 200);
    let request = http()
        .put(text(&client, "registration_client_uri"))
        .bearer_auth(text(&changed, "registration_access_token"));
    let (status, changed) = answer(request.json(&change).send().await.unwrap()).await;
    assert_eq!((status, &changed["scope"]), (200, &json!("openid profile")), "{changed}");
    assert_eq!(changed["client_name"], "Partner");
}

#[tokio::test]
async fn two_public_clients_that_bring_a_token_are_two() {
    let provider = by_token().await;
    let token = create(&provider, json!({ "max_uses": 2 })).await;
    let public = json!({ "token_endpoint_auth_method": "none" });
    let (_, one) = register(&provider, &token, public.clone()).await;
    let (_, other) = register(&provider, &token, public).await;
    assert_ne!(one["client_id"], other["client_id"]);
    assert_eq!(uses(&provider, &token).await, 2);
}

#[tokio::test]
async fn a_dry_run_tells_what_a_token_would_make_of_it_and_uses_none_up() {
    let provider = by_token().await;
    let terms = json!({ "client_metadata": { "client_name": "Partner" } });
    let token = create(&provider, terms).await;
    let dry_run = async |query: &str| {
        let url = provider.url(&format!("oidc/register?dry_run=true{query}"));
        let request = http().post(url).json(&json!({ "redirect_uris": REDIRECT_URIS }));
        let access_token = provider.management_token(Some("create:clients")).await;
        answer(request.bearer_auth(access_token).send().await.unwrap()).await
    };
    let named = format!("&initial_access_token_id={}", text(&token, "id"));
    let (status, verdict) = dry_run("").await;
    assert_eq!((status, &verdict["would_register"]), (200, &json!(false)), "{verdict}");
    assert_eq!(verdict["error"], "invalid_token", "who brings none is refused");
    let (status, verdict) = dry_run(&named).await;
    assert_eq!((status, &verdict["would_register"]), (200, &json!(true)), "{verdict}");
    assert_eq!(verdict["client_metadata"]["client_name"], "Partner");
    assert_eq!(uses(&provider, &token).await, 0);

    assert_eq!(register(&provider, &token, json!({})).await.0, 201);
    for query in [&named, "&initial_access_token_id=iat_aaaaaaaaaaaaaaaa"] {
        let (status, verdict) = dry_run(query).await;
        assert_eq!((status, &verdict["error"]), (200, &json!("invalid_token")), "{verdict}");
    }
    let in_the_url = format!("&initial_access_token_id={}", text(&token, "token"));
    assert_eq!(dry_run(&in_the_url).await.0, 400, "the token itself has no place there");
}

#[tokio::test]
async fn the_owner_reads_in_the_log_who_made_used_and_revoked_a_token() {
    let provider = by_token().await;
    let token = create(&provider, json!({ "description": "For the partner" })).await;
    let path = format!("/{}", text(&token, "id"));
    register(&provider, &token, json!({})).await;
    register(&provider, &token, json!({})).await;
    manage(&provider, Method::DELETE, &path, None).await;
    manage(&provider, Method::DELETE, &path, None).await;
    let (items, _) = items(&provider).await;
    let events: Vec<_> = items.iter().filter(|item| item.contains("LOG#")).collect();
    let of = |description: &str| {
        let description = format!("S(\"{description}\")");
        events.iter().filter(|event| event.contains(&description)).collect::<Vec<_>>()
    };
    for (description, times) in [
        ("Create an initial access token", 1),
        ("Dynamic client registration", 1),
        ("Dynamic client registration refused", 1),
        ("Revoke an initial access token", 1),
    ] {
        assert_eq!(of(description).len(), times, "{description}");
    }
    let id = text(&token, "id");
    for description in ["Create an initial access token", "Dynamic client registration"] {
        assert!(of(description)[0].contains(id), "{description} names the token");
    }
    let acting = provider.management("client_id");
    assert!(of("Revoke an initial access token")[0].contains(acting));
    let secret = text(&token, "token").split_at(21).1;
    assert!(!events.iter().any(|event| event.contains(secret)));
}

#[tokio::test]
async fn the_example_of_the_documentation_makes_a_token_as_its_table_says() {
    let provider = by_token().await;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let documentation = std::fs::read_to_string(root.join("docs/registration-policy.md")).unwrap();
    let section = documentation.split("## Initial access tokens").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let (_, example) = section.split_once("-d '").unwrap();
    let example: Value = serde_json::from_str(example.split_once('\'').unwrap().0).unwrap();
    let documented: Vec<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    let sent: Vec<_> = example.as_object().unwrap().keys().cloned().collect();
    assert!(documented.iter().all(|member| sent.contains(member)), "{documented:?}");
    assert_eq!(documented.len(), sent.len());
    let made = create(&provider, example).await;
    assert_eq!(register(&provider, &made, json!({})).await.0, 201);
}
