//! `GET`, `PUT` and `DELETE /oidc/register/{client_id}` (RFC 7592).

use crate::harness::{Provider, http};
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
