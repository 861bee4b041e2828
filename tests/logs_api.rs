//! `/api/v2/logs`: what the owner learns of what happened.

use crate::harness::{Owner, Provider, http, send_from};
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{AuditEvent, EventType, Issuer, Origin};
use shared::{clock::Timestamp, entropy::SystemEntropy};
use std::time::Duration;

const CALLBACK: &str = "https://app.example/cb";

/// A registration from elsewhere, by a browser.
async fn register(provider: &Provider, metadata: &Value) -> u16 {
    let request = http().post(provider.url("oidc/register")).json(metadata);
    let request = request.header("user-agent", "Mozilla/5.0").build().unwrap();
    send_from(provider, request, "203.0.113.7").await.status().as_u16()
}

async fn log(owner: &Owner<'_>, query: &str) -> Vec<Value> {
    let (status, log) = owner.get(&format!("logs{query}")).await;
    assert_eq!(status, 200, "{query}: {log}");
    log.as_array().unwrap().clone()
}

fn text<'a>(event: &'a Value, member: &str) -> &'a str {
    event[member].as_str().unwrap_or_else(|| panic!("no {member} in {event}"))
}

#[tokio::test]
async fn a_refused_registration_and_its_reason_can_be_read_and_so_can_one_that_succeeded() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let good = json!({ "client_name": "A stranger", "redirect_uris": [CALLBACK] });
    assert_eq!(register(&provider, &good).await, 201);
    provider.advance(Duration::from_secs(1));
    let bad = json!({
        "redirect_uris": ["http://evil.example/cb"], "client_name": "Evil", "client_secret": "s3cret",
    });
    assert_eq!(register(&provider, &bad).await, 400);

    let events = log(&owner, "").await;
    let [refused, registered] = &events[..2] else { panic!("{events:?}") };
    assert_eq!(text(refused, "type"), "fapi");
    assert_eq!(text(refused, "description"), "Dynamic client registration refused");
    let answer = &refused["details"]["response"]["body"];
    assert_eq!(answer["error"], "invalid_redirect_uri");
    assert!(text(answer, "error_description").starts_with("redirect_uris[0] "), "{answer}");
    assert_eq!((text(refused, "ip"), text(refused, "user_agent")), ("203.0.113.7", "Mozilla/5.0"));
    let asked = json!({ "redirect_uris": ["http://evil.example/cb"], "client_name": "Evil" });
    assert_eq!(refused["details"]["request"], json!({ "body": asked }));

    assert_eq!(text(registered, "type"), "sapi");
    assert_eq!(text(registered, "description"), "Dynamic client registration");
    assert_eq!(text(registered, "client_name"), "A stranger");
    let id = text(registered, "client_id");
    assert_eq!(registered["details"]["response"]["body"]["client_id"], id);
    let date = text(registered, "date");
    assert_eq!((date.len(), &date[10..11], &date[19..]), (24, "T", ".000Z"), "{date}");

    let (status, one) = owner.get(&format!("logs/{}", text(refused, "log_id"))).await;
    assert_eq!((status, &one), (200, refused));
    let path = format!("logs/{}?fields=type,log_id", text(refused, "log_id"));
    let short = json!({ "type": "fapi", "log_id": refused["log_id"] });
    assert_eq!(owner.get(&path).await, (200, short));
}

#[tokio::test]
async fn a_limit_that_was_reached_is_told_of_too() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let policy = json!({ "dynamic_client_registration": { "registrations_per_source": 1 } });
    provider.change_settings(&policy).await;
    let good = json!({ "redirect_uris": [CALLBACK] });
    assert_eq!(register(&provider, &good).await, 201);
    assert_eq!(register(&provider, &good).await, 429);
    let limited = log(&owner, "?q=type:api_limit").await;
    assert_eq!(limited.len(), 1);
    assert_eq!(text(&limited[0], "ip"), "203.0.113.7");
}

#[tokio::test]
async fn that_somebody_knocks_where_registration_is_off_is_told_once_a_minute() {
    let provider = Provider::start().await;
    let good = json!({ "redirect_uris": [CALLBACK] });
    for told in 1..=2 {
        for _ in 0..3 {
            assert_eq!(register(&provider, &good).await, 403);
        }
        let owner = Owner::of(&provider).await;
        let refused = log(&owner, "?q=type:fapi").await;
        assert_eq!(refused.len(), told);
        assert_eq!(text(&refused[0], "description"), "Dynamic client registration refused");
        assert_eq!(refused[0]["details"]["response"]["body"]["error"], "access_denied");
        assert_eq!(text(&refused[0], "ip"), "203.0.113.7");
        provider.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn the_newest_come_first_over_all_days_in_both_kinds_of_paging() {
    let provider = Provider::open_to_all().await;
    for number in 0..9 {
        let good = json!({ "client_name": number.to_string(), "redirect_uris": [CALLBACK] });
        let bad = json!({ "redirect_uris": [] });
        let metadata = if number % 3 == 0 { bad } else { good };
        register(&provider, &metadata).await;
        // Over midnight and over days on which nothing happens.
        provider.advance(Duration::from_hours(17 * (number % 3)) + Duration::from_secs(1));
    }
    // The first token has run out.
    let owner = Owner::of(&provider).await;
    let all = log(&owner, "").await;
    assert_eq!(all.len(), 9);
    assert!(all.is_sorted_by(|one, next| text(one, "date") > text(next, "date")));

    let (_, page) = owner.get("logs?page=1&per_page=4&include_totals=true").await;
    assert_eq!((&page["total"], &page["start"], &page["limit"]), (&json!(9), &json!(4), &json!(4)));
    assert_eq!(page["logs"], json!(all[4..8]));
    assert_eq!(log(&owner, "?q=type:fapi&sort=date:-1").await.len(), 3);
    assert_eq!(log(&owner, "?q=type:%22sapi%22&per_page=2&page=2").await.len(), 2);
    let own = format!("?q=client_id:{}", text(&all[1], "client_id"));
    assert_eq!(log(&owner, &own).await, all[1..2]);

    let (mut found, mut query) = (Vec::new(), "?take=5".to_owned());
    loop {
        let page = log(&owner, &query).await;
        let Some(last) = page.last() else { break };
        query = format!("?take=5&from={}", text(last, "log_id"));
        found.extend(page);
    }
    assert_eq!(found, all, "by checkpoints, the same");
}

#[tokio::test]
async fn what_is_a_month_old_is_forgotten() {
    let provider = Provider::open_to_all().await;
    register(&provider, &json!({ "redirect_uris": [CALLBACK] })).await;
    provider.advance(Duration::from_hours(30 * 24 - 1));
    let owner = Owner::of(&provider).await;
    let events = log(&owner, "").await;
    assert_eq!(events.len(), 1);
    provider.advance(Duration::from_hours(1));
    assert_eq!(log(&owner, "").await, Vec::<Value>::new());
    assert_eq!(owner.get(&format!("logs/{}", text(&events[0], "log_id"))).await.0, 404);
}

#[tokio::test]
async fn only_the_tenants_own_log_is_read_and_only_with_the_scope() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    register(&provider, &json!({ "redirect_uris": [CALLBACK] })).await;
    let now = shared::clock::Clock::now(&shared::clock::SystemClock);
    let event = |now: Timestamp| {
        let r#type = EventType::FailedApiOperation;
        AuditEvent::new(r#type, "Theirs", Origin::default(), now, &SystemEntropy)
    };
    let (theirs, other) = (event(now), "https://other.example/".parse::<Issuer>().unwrap());
    provider.store().log(&other.tenant_id(), &theirs).await.unwrap();
    let events = log(&owner, "").await;
    assert!(!events.is_empty() && events.iter().all(|event| event["description"] != "Theirs"));
    let (status, absent) = owner.get(&format!("logs/{}", theirs.log_id.as_str())).await;
    assert_eq!((status, &absent["errorCode"]), (404, &json!("inexistent_log")));
    assert_eq!(owner.get("logs/nonsense").await.0, 404);
    // Not because it could not be found: with the tenant's own it can.
    let own: Issuer = provider.issuer.parse().unwrap();
    provider.store().log(&own.tenant_id(), &theirs).await.unwrap();
    assert_eq!(owner.get(&format!("logs/{}", theirs.log_id.as_str())).await.0, 200);

    let token = provider.management_token(Some("read:clients")).await;
    for path in ["logs".to_owned(), format!("logs/{}", theirs.log_id.as_str())] {
        let (status, refused) = Owner::with(&provider, &token).get(&path).await;
        assert_eq!((status, &refused["errorCode"]), (403, &json!("insufficient_scope")));
        assert_eq!(Owner::with(&provider, "none").get(&path).await.0, 401);
        for method in [Method::POST, Method::DELETE] {
            assert_eq!(owner.send(method, &path, None).await.status(), 405);
        }
    }
}

#[tokio::test]
async fn searches_that_are_not_served_are_refused() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    for query in [
        "q=description:a",
        "q=type:fapi%20AND%20ip:1",
        "q=type:",
        "q=fapi",
        "q=type:fapi&take=5",
        "sort=date:1",
        "from=nonsense",
        "page=0&take=1",
        "type=fapi",
    ] {
        let (status, refused) = owner.get(&format!("logs?{query}")).await;
        assert_eq!(
            (status, &refused["errorCode"]),
            (400, &json!("invalid_query_string")),
            "{query}"
        );
    }
}
