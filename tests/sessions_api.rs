//! `/api/v2/sessions` and `/api/v2/users/{id}/sessions`: what the owner sees of sessions, and how they are ended.

use crate::harness::{Browser, Owner, Provider, RelyingParty, Website};
use reqwest::Method;
use serde_json::{Value, json};

const ID_TOKEN: [(&str, &str); 3] =
    [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];

/// A browser whose user has signed in, and the claims of the ID Token that came of it.
async fn sign_in<'a>(client: &RelyingParty<'a>, provider: &'a Provider) -> (Browser<'a>, Value) {
    let mut browser = Browser::new(provider);
    let landing = browser.authorize(&client.url(&ID_TOKEN)).await;
    let claims = client.verify_id_token(&landing.fragment()["id_token"]).await;
    (browser, claims)
}

async fn is_signed_in(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> bool {
    let silent = client.url(&[&ID_TOKEN[..], &[("prompt", "none")]].concat());
    let answer = browser.landing(&silent).await.fragment();
    assert!(answer.contains_key("id_token") || answer["error"] == "login_required");
    answer.contains_key("id_token")
}

fn path(claims: &Value) -> (String, String) {
    let text = |claim: &str| claims[claim].as_str().unwrap();
    (format!("sessions/{}", text("sid")), format!("users/{}/sessions", text("sub")))
}

#[tokio::test]
async fn the_owner_sees_a_users_sessions_and_ends_one_or_all_of_them() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let client = RelyingParty::register(&provider).await;
    let (mut first, claims) = sign_in(&client, &provider).await;
    provider.advance(std::time::Duration::from_secs(1));
    let (mut second, others) = sign_in(&client, &provider).await;
    provider.advance(std::time::Duration::from_secs(1));
    let (mut third, _) = sign_in(&client, &provider).await;
    let (one, all) = path(&claims);

    let (status, session) = owner.get(&one).await;
    assert_eq!(status, 200);
    assert_eq!((&session["id"], &session["user_id"]), (&claims["sid"], &claims["sub"]));
    assert_eq!(session["clients"], json!([]));
    assert!(
        session["expires_at"].as_str().unwrap() > session["authenticated_at"].as_str().unwrap()
    );
    let (status, list) = owner.get(&all).await;
    assert_eq!((status, list["sessions"].as_array().unwrap().len()), (200, 3));
    assert_eq!((&list["sessions"][0], &list["sessions"][1]["id"]), (&session, &others["sid"]));
    let (_, page) = owner.get(&format!("{all}?take=2")).await;
    assert_eq!(page["sessions"].as_array().unwrap().len(), 2);
    let next = page["next"].as_str().unwrap();
    let (_, page) = owner.get(&format!("{all}?take=2&from={next}")).await;
    assert_eq!((page["sessions"].as_array().unwrap().len(), page.get("next")), (1, None));

    assert_eq!(owner.delete(&one).await, 202);
    assert_eq!(owner.get(&one).await.0, 404);
    assert!(!is_signed_in(&client, &mut first).await && is_signed_in(&client, &mut second).await);
    let revoke = format!("{}/revoke", path(&others).0);
    for _ in 0..2 {
        assert_eq!(owner.ask(Method::POST, &revoke, None).await.0, 202, "also when it is gone");
    }
    assert!(!is_signed_in(&client, &mut second).await && is_signed_in(&client, &mut third).await);
    assert_eq!(owner.delete(&all).await, 202);
    assert!(!is_signed_in(&client, &mut third).await);
    assert_eq!(owner.get(&all).await.1, json!({ "sessions": [] }));

    let (_, log) = owner.get("logs").await;
    let told: Vec<_> = log.as_array().unwrap().iter().map(|it| &it["description"]).collect();
    for description in ["Revoke a session", "Revoke a user's sessions"] {
        assert!(told.contains(&&json!(description)), "{told:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_what_is_not_there_is_not_found() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let client = RelyingParty::register(&provider).await;
    let (mut browser, claims) = sign_in(&client, &provider).await;
    let (one, all) = path(&claims);
    for (scope, method, path) in [
        ("delete:sessions", Method::GET, &one),
        ("delete:sessions", Method::GET, &all),
        ("read:sessions", Method::DELETE, &one),
        ("read:sessions", Method::DELETE, &all),
        ("read:sessions", Method::POST, &format!("{one}/revoke")),
    ] {
        let token = provider.management_token(Some(scope)).await;
        let (status, refusal) = Owner::with(&provider, &token).ask(method, path, None).await;
        assert_eq!((status, &refusal["errorCode"]), (403, &json!("insufficient_scope")), "{path}");
    }
    for (method, path, allow) in [
        (Method::PATCH, &one, "GET, DELETE"),
        (Method::POST, &all, "GET, DELETE"),
        (Method::GET, &format!("{one}/revoke"), "POST"),
    ] {
        let response = owner.send(method, path, None).await;
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(response.headers()["allow"], allow, "{path}");
    }
    for path in ["sessions/x", "sessions/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let (status, refusal) = owner.get(path).await;
        assert_eq!((status, &refusal["errorCode"]), (404, &json!("inexistent_session")));
    }
    for user in ["users/nobody/sessions", "users/auth0%7C1/sessions"] {
        assert_eq!(owner.get(user).await, (200, json!({ "sessions": [] })));
        assert_eq!(owner.delete(user).await, 202);
    }
    let (status, refusal) = owner.get(&format!("{all}?page=0")).await;
    assert_eq!((status, &refusal["errorCode"]), (400, &json!("invalid_query_string")));
    assert!(is_signed_in(&client, &mut browser).await, "nothing came of all that");
}

#[tokio::test]
async fn all_of_a_users_sessions_end_however_many_or_the_owner_is_told_to_go_on() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let client = RelyingParty::register(&provider).await;
    let (mut first, claims) = sign_in(&client, &provider).await;
    let (_, all) = path(&claims);
    let mut counts = vec![];
    // The newest is the hundred and second, then the thousand and second.
    for (count, statuses) in [(100, &[202][..]), (1_000, &[503, 202])] {
        provider.begin_sessions(claims["sub"].as_str().unwrap(), count).await;
        provider.advance(std::time::Duration::from_secs(1));
        let (mut newest, _) = sign_in(&client, &provider).await;
        for status in statuses {
            assert!(is_signed_in(&client, &mut newest).await, "{count}");
            let response = owner.send(Method::DELETE, &all, None).await;
            assert_eq!(response.status(), *status, "{count}");
            assert_eq!(response.headers().contains_key("retry-after"), *status == 503);
        }
        assert!(!is_signed_in(&client, &mut newest).await, "{count}");
        assert_eq!(owner.get(&all).await.1, json!({ "sessions": [] }));
    }
    assert!(!is_signed_in(&client, &mut first).await);
    let (_, log) = owner.get("logs").await;
    for event in log.as_array().unwrap() {
        if event["description"] == "Revoke a user's sessions" {
            counts.push(event["details"]["sessions"].as_u64().unwrap());
        }
    }
    counts.sort_unstable();
    assert_eq!(counts, [1, 102, 1_000], "what has ended is in the log");
}

#[tokio::test]
async fn clients_are_told_of_a_session_that_the_owner_ends() {
    let arguments = ["--ephemeral", "--port", "0", "--fetch-from-loopback"];
    let (provider, site) = (Provider::start_with(&arguments).await, Website::start().await);
    let change = json!({
        "flags": { "enable_dynamic_client_registration": true },
        "dynamic_client_registration": { "allow_fetching": true },
    });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let uri = site.answers("/out", (200, vec![], String::new()));
    let client =
        RelyingParty::register_as(&provider, json!({ "backchannel_logout_uri": uri })).await;
    let (_, claims) = sign_in(&client, &provider).await;
    let owner = Owner::of(&provider).await;
    let (one, _) = path(&claims);
    let session = owner.get(&one).await.1;
    assert_eq!(session["clients"], json!([{ "client_id": client.client_id }]));
    assert_eq!(owner.delete(&one).await, 202);
    let bodies = site.bodies("/out");
    let [body] = &bodies[..] else { panic!("{bodies:?}") };
    let token = body.strip_prefix("logout_token=").unwrap();
    assert_eq!(client.verify_logout_token(token).await["sid"], claims["sid"]);
}
