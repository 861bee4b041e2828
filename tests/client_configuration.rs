//! `GET`, `PUT` and `DELETE /oidc/register/{client_id}` (RFC 7592).

use crate::harness::{ClientKey, Owner, Provider, http, send_from};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const REDIRECT_URIS: [&str; 1] = ["https://app.example/cb"];

async fn managed(management: &str) -> Provider {
    let provider = Provider::open_to_all().await;
    let policy = json!({ "client_registration_management": management });
    let change = json!({ "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    provider
}

/// A client's registration, as it knows it.
struct Registered(Value);

impl Registered {
    async fn new(provider: &Provider, metadata: Value) -> Self {
        let mut body = json!({ "redirect_uris": REDIRECT_URIS });
        body.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
        Self(provider.register(&body).await)
    }

    fn text(&self, member: &str) -> &str {
        self.0[member].as_str().unwrap()
    }

    async fn send(&self, method: Method, body: Option<&Value>) -> Response {
        let token = self.text("registration_access_token");
        let request =
            http().request(method, self.text("registration_client_uri")).bearer_auth(token);
        match body {
            Some(body) => request.json(body),
            None => request,
        }
        .send()
        .await
        .unwrap()
    }

    async fn get(&self) -> (u16, Value) {
        answer(self.send(Method::GET, None).await).await
    }

    async fn put(&self, change: Value) -> (u16, Value) {
        let mut body =
            json!({ "client_id": self.text("client_id"), "redirect_uris": REDIRECT_URIS });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        answer(self.send(Method::PUT, Some(&body)).await).await
    }
}

async fn answer(response: Response) -> (u16, Value) {
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let (status, body) = (response.status().as_u16(), response.bytes().await.unwrap());
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn authenticates(provider: &Provider, client_id: &str, secret: &str) -> bool {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "none"),
        ("redirect_uri", REDIRECT_URIS[0]),
        ("client_id", client_id),
        ("client_secret", secret),
    ];
    let response = provider.post_form("oauth/token", &form).await;
    let body: Value = response.json().await.unwrap();
    body["error"] == "invalid_grant"
}

#[tokio::test]
async fn by_default_a_client_learns_of_no_management_and_finds_none() {
    let provider = Provider::open_to_all().await;
    let client = provider.register(&json!({ "redirect_uris": REDIRECT_URIS })).await;
    for member in ["registration_access_token", "registration_client_uri"] {
        assert_eq!(client.get(member), None);
    }
    let url = provider.url(&format!("oidc/register/{}", client["client_id"].as_str().unwrap()));
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = http().request(method.clone(), &url).bearer_auth("anything");
        assert_eq!(request.send().await.unwrap().status(), 404, "{method}");
    }
}

#[tokio::test]
async fn a_client_reads_what_it_registered_but_not_its_secret() {
    let provider = managed("read").await;
    let client = Registered::new(&provider, json!({ "client_name": "A" })).await;
    assert!(client.text("registration_access_token").len() >= 43);
    assert_eq!(
        client.text("registration_client_uri"),
        provider.url(&format!("oidc/register/{}", client.text("client_id")))
    );
    let (status, found) = client.get().await;
    let mut expected = client.0.clone();
    for secret in ["client_secret", "client_secret_expires_at"] {
        expected.as_object_mut().unwrap().remove(secret);
    }
    assert_eq!((status, found), (200, expected));
    for (method, body) in [(Method::PUT, Some(&client.0)), (Method::DELETE, None)] {
        let (status, refused) = answer(client.send(method.clone(), body).await).await;
        assert_eq!((status, &refused["error"]), (403, &json!("access_denied")), "{method}");
    }
}

#[tokio::test]
async fn whoever_is_not_the_client_learns_nothing_not_even_whether_there_is_one() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let other = Registered::new(&provider, json!({})).await;
    let own_uri = client.text("registration_client_uri");
    let unknown_uri = provider.url("oidc/register/nobody");
    let mut answers = Vec::new();
    for (uri, token) in [
        (own_uri, "wrong"),
        (own_uri, other.text("registration_access_token")),
        (unknown_uri.as_str(), client.text("registration_access_token")),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = http().request(method, uri).bearer_auth(token);
            let response = request.json(&json!({})).send().await.unwrap();
            let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
            assert!(challenge.starts_with("Bearer "), "{challenge}");
            answers.push((response.status().as_u16(), challenge, response.text().await.unwrap()));
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 401);
    let without = http().get(own_uri).send().await.unwrap();
    assert_eq!(without.status(), 401);
    assert!(!without.headers()["www-authenticate"].to_str().unwrap().contains("error"));
    assert_eq!(client.get().await.0, 200);
}

#[tokio::test]
async fn a_replacement_replaces_everything_and_rotates_the_token() {
    let provider = managed("full").await;
    let metadata = json!({ "client_name": "A", "client_uri": "https://app.example/" });
    let client = Registered::new(&provider, metadata).await;
    let (status, changed) = client
        .put(json!({ "client_name": "B", "redirect_uris": ["https://app.example/other"] }))
        .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["client_name"], "B");
    assert_eq!(changed["redirect_uris"], json!(["https://app.example/other"]));
    assert_eq!(changed.get("client_uri"), None, "what is left out is gone");
    assert_eq!(changed["client_id"], client.0["client_id"]);
    assert_eq!(changed.get("client_secret"), None, "it is the same");
    assert!(authenticates(&provider, client.text("client_id"), client.text("client_secret")).await);

    assert_ne!(changed["registration_access_token"], client.0["registration_access_token"]);
    assert_eq!(client.get().await.0, 401, "the old token");
    let client = Registered(changed.clone());
    assert_eq!(client.get().await, (200, changed));
}

#[tokio::test]
async fn what_cannot_be_registered_cannot_be_registered_later_either() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    for (change, error) in [
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "invalid_redirect_uri"),
        (json!({ "grant_types": ["client_credentials"] }), "invalid_client_metadata"),
        (json!({ "client_name": 1 }), "invalid_client_metadata"),
        (json!({ "client_id": "another" }), "invalid_request"),
        (json!({ "client_id": null }), "invalid_request"),
        (json!({ "client_secret": "another" }), "invalid_request"),
        (json!({ "registration_access_token": "mine" }), "invalid_request"),
        (json!({ "registration_client_uri": "https://app.example/" }), "invalid_request"),
        (json!({ "client_secret_expires_at": 0 }), "invalid_request"),
        (json!({ "client_id_issued_at": 0 }), "invalid_request"),
    ] {
        let (status, refused) = client.put(change.clone()).await;
        assert_eq!((status, &refused["error"]), (400, &json!(error)), "{change} {refused}");
    }
    assert_eq!(client.get().await.0, 200, "nothing has changed, the token neither");
}

#[tokio::test]
async fn a_secret_is_rotated_on_request_and_the_old_one_is_good_for_a_while() {
    let provider = managed("full").await;
    let overlap = json!({ "dynamic_client_registration": { "client_secret_overlap": 600 } });
    provider.change_settings(&overlap).await;
    let client = Registered::new(&provider, json!({})).await;
    let (id, old) = (client.text("client_id"), client.text("client_secret"));
    let (status, changed) = client.put(json!({ "rotate_client_secret": true })).await;
    assert_eq!(status, 200);
    assert_eq!(changed["client_secret_expires_at"], 0);
    let new = changed["client_secret"].as_str().unwrap();
    assert_ne!(new, old);
    for secret in [old, new] {
        assert!(authenticates(&provider, id, secret).await);
    }
    provider.advance(std::time::Duration::from_mins(10));
    assert!(!authenticates(&provider, id, old).await, "its time is over");
    assert!(authenticates(&provider, id, new).await);
}

#[tokio::test]
async fn the_secret_follows_how_the_client_authenticates() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let (id, old) = (client.text("client_id").to_owned(), client.text("client_secret").to_owned());
    let (_, public) = client.put(json!({ "token_endpoint_auth_method": "none" })).await;
    assert_eq!(public.get("client_secret"), None);
    assert!(!authenticates(&provider, &id, &old).await, "a public client has none");
    let confidential = json!({ "token_endpoint_auth_method": "client_secret_basic" });
    let (_, confidential) = Registered(public).put(confidential).await;
    let secret = confidential["client_secret"].as_str().unwrap().to_owned();
    assert!(authenticates(&provider, &id, &secret).await);
    // A secret that signs has to be known: the client tells it, or gets another.
    let (_, signing) = Registered(confidential)
        .put(json!({ "id_token_signed_response_alg": "HS256", "client_secret": secret }))
        .await;
    assert_eq!(signing.get("client_secret"), None, "{signing}");
    assert!(authenticates(&provider, &id, &secret).await);
    let (_, unsigned) = Registered(signing).put(json!({})).await;
    let (_, signing) =
        Registered(unsigned).put(json!({ "id_token_signed_response_alg": "HS256" })).await;
    assert!(signing["id_token_signed_response_alg"] == "HS256");
}

#[tokio::test]
async fn a_deletion_is_final() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let (id, secret) = (client.text("client_id"), client.text("client_secret"));
    let deleted = client.send(Method::DELETE, None).await;
    assert_eq!(deleted.status(), 204);
    assert_eq!(deleted.text().await.unwrap(), "");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(client.send(method.clone(), Some(&json!({}))).await.status(), 401, "{method}");
    }
    assert!(!authenticates(&provider, id, secret).await);
    let page = provider.get(&format!("authorize?client_id={id}&response_type=code")).await;
    assert!(page.text().await.unwrap().contains("not registered here"));
}

#[tokio::test]
async fn of_two_replacements_at_once_one_holds_and_the_other_has_a_token_that_is_gone() {
    let provider = managed("full").await;
    for round in 0..20 {
        let client = Registered::new(&provider, json!({})).await;
        let put = async |name: &str| client.put(json!({ "client_name": name })).await;
        let (one, other) = tokio::join!(put("one"), put("other"));
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "round {round}");
        let winner = if one.0 == 200 { one.1 } else { other.1 };
        assert_eq!(Registered(winner.clone()).get().await, (200, winner));
    }
}

#[tokio::test]
async fn a_replacement_never_brings_a_deleted_client_back() {
    let provider = managed("full").await;
    for round in 0..20 {
        let client = Registered::new(&provider, json!({})).await;
        let (deleted, replaced) =
            tokio::join!(client.send(Method::DELETE, None), client.put(json!({})));
        assert!([204, 401].contains(&deleted.status().as_u16()), "round {round}");
        if deleted.status() == 204 {
            let now = if replaced.0 == 200 { Registered(replaced.1) } else { client };
            assert_eq!(now.get().await.0, 401, "round {round}");
        }
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let refused = client.send(Method::PATCH, Some(&json!({}))).await;
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.headers()["allow"], "GET, PUT, DELETE, OPTIONS");
}

#[tokio::test]
async fn a_secret_is_rotated_only_where_there_is_one() {
    let provider = managed("full").await;
    let key = ClientKey::new("1");
    let by_key = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.jwk()] },
    });
    let public = json!({ "token_endpoint_auth_method": "none" });
    for metadata in [by_key, public] {
        let client = Registered::new(&provider, metadata.clone()).await;
        let mut change = metadata.clone();
        change["rotate_client_secret"] = json!(true);
        let (status, refused) = client.put(change.clone()).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_request")), "{metadata}");
        assert!(refused["error_description"].as_str().unwrap().contains("rotate_client_secret"));
        assert_eq!(client.get().await.0, 200, "nothing was changed");
        change["rotate_client_secret"] = json!(false);
        assert_eq!(client.put(change).await.0, 200, "{metadata}");
        let rotation = format!("clients/{}/rotate-secret", client.text("client_id"));
        let owner = Owner::of(&provider).await;
        let (status, refused) = owner.ask(Method::POST, &rotation, None).await;
        assert_eq!((status, &refused["errorCode"]), (400, &json!("client_without_secret")));
    }
}

/// The descriptions of what was refused, the newest first.
async fn refused(provider: &Provider) -> Vec<(String, String)> {
    let (_, events) = Owner::of(provider).await.get("logs?q=type:fapi").await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let event = |event: &Value| {
        assert!(event["client_id"].is_string() && event["ip"].is_string(), "{event}");
        let asked = &event["details"]["request"]["body"]["redirect_uris"];
        let is_update = event["description"].as_str().unwrap().contains("update");
        assert!(!is_update || asked.is_array(), "what was asked for: {event}");
        (text(&event["description"]), text(&event["details"]["response"]["body"]["error"]))
    };
    events.as_array().unwrap().iter().map(event).collect()
}

fn pair(description: &str, error: &str) -> (String, String) {
    (format!("Dynamic client registration {description} refused"), error.to_owned())
}

#[tokio::test]
async fn the_owner_reads_what_was_refused_to_a_client_and_why() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    assert_eq!(client.put(json!({ "redirect_uris": ["http://app.example/"] })).await.0, 400);
    provider.advance(std::time::Duration::from_secs(1));
    let read =
        json!({ "dynamic_client_registration": { "client_registration_management": "read" } });
    assert_eq!(provider.change_settings(&read).await.status(), 200);
    assert_eq!(client.put(json!({})).await.0, 403);
    provider.advance(std::time::Duration::from_secs(1));
    assert_eq!(client.send(Method::DELETE, None).await.status(), 403);
    provider.advance(std::time::Duration::from_secs(1));
    // Whoever is not the client can try as often as they like; that is told once a minute.
    let uri = client.text("registration_client_uri");
    for _ in 0..3 {
        let stranger = http().get(uri).bearer_auth("wrong").send().await.unwrap();
        assert_eq!(stranger.status(), 401);
    }
    let mut expected = vec![
        pair("read", "invalid_token"),
        pair("deletion", "access_denied"),
        pair("update", "access_denied"),
        pair("update", "invalid_redirect_uri"),
    ];
    assert_eq!(refused(&provider).await, expected);
    provider.advance(std::time::Duration::from_mins(1));
    assert_eq!(http().delete(uri).send().await.unwrap().status(), 401);
    expected.insert(0, pair("deletion", "invalid_token"));
    assert_eq!(refused(&provider).await, expected);
    // Of a client that is not there nothing is told.
    let nobody = provider.url("oidc/register/nobody");
    provider.advance(std::time::Duration::from_mins(1));
    assert_eq!(http().get(nobody).bearer_auth("wrong").send().await.unwrap().status(), 401);
    assert_eq!(refused(&provider).await, expected);
}

/// Asks for its registration from an address elsewhere.
async fn ask_from(provider: &Provider, client: &Registered, method: Method, source: &str) -> u16 {
    let uri = client.text("registration_client_uri");
    let request = http().request(method, uri).bearer_auth(client.text("registration_access_token"));
    let body = json!({ "client_id": client.text("client_id"), "redirect_uris": [] });
    let request = request.json(&body).build().unwrap();
    send_from(provider, request, source).await.status().as_u16()
}

#[tokio::test]
async fn what_is_refused_to_a_client_that_reads_is_told_once_a_minute() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let policy = json!({ "refused_ip_ranges": ["198.51.100.0/24"] });
    let change = json!({ "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    for told in 1..=2 {
        for _ in 0..3 {
            assert_eq!(ask_from(&provider, &client, Method::GET, "198.51.100.7").await, 403);
        }
        assert_eq!(refused(&provider).await, vec![pair("read", "access_denied"); told]);
        provider.advance(std::time::Duration::from_mins(1));
    }
}

#[tokio::test]
async fn a_source_changes_as_often_as_it_may_register_and_from_where_it_may() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let policy = json!({ "dynamic_client_registration": {
        "registrations_per_source": 2, "refused_ip_ranges": ["198.51.100.0/24"],
    } });
    assert_eq!(provider.change_settings(&policy).await.status(), 200);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(ask_from(&provider, &client, method, "198.51.100.7").await, 403);
    }
    let elsewhere = "203.0.113.7";
    for status in [400, 400, 429] {
        assert_eq!(ask_from(&provider, &client, Method::PUT, elsewhere).await, status);
    }
    assert_eq!(ask_from(&provider, &client, Method::DELETE, elsewhere).await, 429);
    assert_eq!(ask_from(&provider, &client, Method::GET, elsewhere).await, 200, "reading is free");
    let metadata = json!({ "redirect_uris": REDIRECT_URIS });
    let registration = http().post(provider.url("oidc/register")).json(&metadata);
    let registration = registration.build().unwrap();
    assert_eq!(
        send_from(&provider, registration, elsewhere).await.status(),
        429,
        "counted together"
    );
    let (_, limited) = Owner::of(&provider).await.get("logs?q=type:api_limit").await;
    assert_eq!(limited.as_array().unwrap().len(), 1, "once a minute");
    assert_eq!(ask_from(&provider, &client, Method::DELETE, "203.0.113.8").await, 204);
}

#[tokio::test]
async fn clients_manage_themselves_whether_or_not_others_may_register() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let off = json!({ "flags": { "enable_dynamic_client_registration": false } });
    assert_eq!(provider.change_settings(&off).await.status(), 200);
    let body = json!({ "redirect_uris": REDIRECT_URIS });
    assert_eq!(provider.post_json("oidc/register", &body).await.status(), 403);
    assert_eq!(client.get().await.0, 200);
    let (status, changed) = client.put(json!({ "client_name": "A" })).await;
    assert_eq!((status, &changed["client_name"]), (200, &json!("A")));
    assert_eq!(Registered(changed).send(Method::DELETE, None).await.status(), 204);
}

#[tokio::test]
async fn what_the_owner_has_changed_the_client_does_not_change_back() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({ "scope": "openid profile email" })).await;
    let owner = Owner::of(&provider).await;
    let path = format!("clients/{}", client.text("client_id"));
    let own = async |client: Registered, change: &Value| {
        let (status, changed) = client.put(change.clone()).await;
        assert_eq!(status, 200, "{change}: {changed}");
        Registered(changed)
    };
    let all = json!({
        "client_name": "Mine", "scope": "openid profile email",
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
    });
    let restriction = json!({ "scope": "openid", "grant_types": ["authorization_code"] });
    assert_eq!(owner.patch(&path, &restriction).await.0, 200);
    let client = own(client, &json!({})).await;
    for (member, value) in restriction.as_object().unwrap() {
        assert_eq!(client.0[member], *value, "left out");
    }
    let client = own(client, &all).await;
    for (member, value) in restriction.as_object().unwrap() {
        assert_eq!(client.0[member], *value, "sent otherwise");
    }
    assert_eq!(client.0["response_types"], json!(["code"]));
    assert_eq!(client.0["client_name"], "Mine", "nobody else has named it");
    assert_eq!(owner.get(&path).await.1["scope"], "openid");

    // The newest word counts, until the owner takes it back.
    let wider = json!({ "scope": "openid profile", "name": "Known" });
    assert_eq!(owner.patch(&path, &wider).await.0, 200);
    let client = own(client, &all).await;
    assert_eq!(
        (&client.0["scope"], &client.0["client_name"]),
        (&json!("openid profile"), &json!("Known"))
    );
    assert_eq!(owner.patch(&path, &json!({ "scope": null })).await.0, 200);
    let client = own(client, &all).await;
    assert_eq!(client.0["scope"], "openid profile email");
    assert_eq!(client.0["grant_types"], json!(["authorization_code"]), "that still holds");
}

#[tokio::test]
async fn response_types_that_the_owner_has_set_follow_from_the_grants_that_it_sets_later() {
    let provider = managed("full").await;
    let client = Registered::new(&provider, json!({})).await;
    let owner = Owner::of(&provider).await;
    let path = format!("clients/{}", client.text("client_id"));
    assert_eq!(owner.patch(&path, &json!({ "response_types": ["code"] })).await.0, 200);
    let (status, changed) = client.put(json!({ "response_types": ["code", "id_token"] })).await;
    assert_eq!((status, &changed["response_types"]), (200, &json!(["code"])), "{changed}");
    assert_eq!(owner.patch(&path, &json!({ "grant_types": ["implicit"] })).await.0, 200);
    let (status, changed) = Registered(changed).put(json!({})).await;
    assert_eq!((status, &changed["grant_types"]), (200, &json!(["implicit"])), "{changed}");
    assert!(changed["response_types"].as_array().unwrap().contains(&json!("id_token")));
}

#[tokio::test]
async fn what_the_owner_changes_holds_against_a_replacement_at_the_same_time() {
    let provider = managed("full").await;
    let owner = Owner::of(&provider).await;
    for round in 0..20 {
        let client = Registered::new(&provider, json!({ "client_name": "A" })).await;
        let path = format!("clients/{}", client.text("client_id"));
        let scope = json!({ "scope": "openid" });
        let ((status, _), (own_status, _)) =
            tokio::join!(owner.patch(&path, &scope), client.put(json!({ "client_name": "B" })));
        assert_eq!(status, 200, "round {round}");
        assert!([200, 503].contains(&own_status), "round {round}: {own_status}");
        assert_eq!(owner.get(&path).await.1["scope"], "openid", "round {round}: {own_status}");
    }
}
