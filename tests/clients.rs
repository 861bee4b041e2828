//! `/api/v2/clients`: the owner's part of a client's life.

use crate::harness::{API, Browser, Owner, Provider, RelyingParty, http};
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{Client, ClientId};
use std::{collections::BTreeSet, time::Duration};

const CALLBACK: &str = "https://app.example/cb";

/// What a client may ask for that has all grants of users.
const RESPONSE_TYPES: [&str; 7] = [
    "code",
    "token",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
];

fn web_app() -> Value {
    json!({ "name": "An app", "callbacks": [CALLBACK] })
}

fn text<'a>(client: &'a Value, member: &str) -> &'a str {
    client[member].as_str().unwrap_or_else(|| panic!("no {member} in {client}"))
}

fn path(client: &Value) -> String {
    format!("clients/{}", text(client, "client_id"))
}

/// Creates a client that must be acceptable.
async fn create(owner: &Owner<'_>, client: &Value) -> Value {
    let (status, created) = owner.post("clients", client).await;
    assert_eq!(status, 201, "{client}: {created}");
    created
}

/// What the token endpoint says to a code that is none, by a client with this secret.
async fn error_at_token(provider: &Provider, client_id: &str, secret: &str) -> String {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "none"),
        ("redirect_uri", CALLBACK),
        ("client_id", client_id),
        ("client_secret", secret),
    ];
    let response = provider.post_form("oauth/token", &form).await;
    text(&response.json().await.unwrap(), "error").to_owned()
}

async fn authenticates(provider: &Provider, client_id: &str, secret: &str) -> bool {
    error_at_token(provider, client_id, secret).await == "invalid_grant"
}

#[tokio::test]
async fn a_client_is_created_read_changed_and_deleted_and_its_secret_is_shown_once() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let secret = text(&created, "client_secret").to_owned();
    assert_eq!((secret.len(), text(&created, "client_id").len()), (64, 32));
    let mut expected = created.clone();
    let members = expected.as_object_mut().unwrap();
    for changing in ["client_secret", "client_id", "client_id_issued_at"] {
        assert!(members.remove(changing).is_some(), "{changing}");
    }
    assert_eq!(
        expected,
        json!({
            "name": "An app",
            "callbacks": [CALLBACK],
            "app_type": "regular_web",
            "application_type": "web",
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
            "response_types": RESPONSE_TYPES,
            "jwt_configuration": { "alg": "RS256" },
            "subject_type": "public",
            "is_first_party": true,
            "oidc_conformant": true,
            "disabled": false,
        })
    );
    assert!(authenticates(&provider, text(&created, "client_id"), &secret).await);

    let (status, found) = owner.get(&path(&created)).await;
    expected = created.clone();
    expected.as_object_mut().unwrap().remove("client_secret");
    assert_eq!((status, &found), (200, &expected), "all but the secret");

    let (status, changed) = owner.patch(&path(&created), &json!({ "name": "Another" })).await;
    expected["name"] = "Another".into();
    assert_eq!((status, &changed), (200, &expected));
    assert_eq!(owner.get(&path(&created)).await.1, expected);
    assert!(authenticates(&provider, text(&created, "client_id"), &secret).await);

    assert_eq!(owner.delete(&path(&created)).await, 204);
    let (status, gone) = owner.get(&path(&created)).await;
    assert_eq!((status, &gone["errorCode"]), (404, &json!("inexistent_client")));
    assert_eq!(gone["message"], "The client does not exist");
    assert_eq!(owner.delete(&path(&created)).await, 204, "gone is gone");
    assert_eq!(owner.delete("clients/nobody").await, 204);
    assert_eq!(owner.get("clients/CLIENT%23x").await.0, 404);
}

/// Each member of `docs/clients.md`, with a value that it can have and none that it has by default.
fn members() -> Vec<(&'static str, Value)> {
    let key = json!({ "kty": "EC", "crv": "P-256", "kid": "1",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    vec![
        ("name", json!("Ünïcode – 名前")),
        ("client_name#ja", json!("名前")),
        ("description", json!("What it is there for")),
        ("app_type", json!("spa")),
        ("application_type", json!("native")),
        ("callbacks", json!([CALLBACK, "https://app.example/other"])),
        ("allowed_logout_urls", json!(["https://app.example/bye"])),
        ("grant_types", json!(["authorization_code", "client_credentials"])),
        ("response_types", json!(["code"])),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("jwks", json!({ "keys": [key] })),
        ("jwt_configuration", json!({ "alg": "HS256" })),
        ("userinfo_signed_response_alg", json!("RS256")),
        ("subject_type", json!("pairwise")),
        ("client_uri", json!("https://app.example/")),
        ("logo_uri", json!("https://app.example/logo.png")),
        ("policy_uri", json!("https://app.example/policy")),
        ("policy_uri#fr", json!("https://app.example/fr/policy")),
        ("tos_uri", json!("https://app.example/tos")),
        ("contacts", json!(["admin@app.example"])),
        ("scope", json!("openid profile")),
        ("default_max_age", json!(3600)),
        ("require_auth_time", json!(true)),
        ("default_acr_values", json!(["urn:mace:incommon:iap:silver"])),
        ("initiate_login_uri", json!("https://app.example/login")),
        ("software_id", json!("4NRB1-0XZABZI9E6-5SM3R")),
        ("software_version", json!("2.1")),
        ("oidc_logout", json!({ "backchannel_logout_urls": ["https://app.example/out"] })),
        ("backchannel_logout_session_required", json!(true)),
        ("web_origins", json!(["https://app.example", "http://localhost:3000"])),
        ("client_metadata", json!({ "team": "payments" })),
    ]
}

#[tokio::test]
async fn every_member_can_be_set_and_be_made_its_default_again_and_changes_no_other() {
    let provider = Provider::start().await;
    let policy = json!({ "dynamic_client_registration": { "allow_fetching": true } });
    assert_eq!(provider.change_settings(&policy).await.status(), 200);
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let path = path(&created);
    let before = owner.get(&path).await.1;
    for (name, value) in members() {
        let (status, changed) = owner.patch(&path, &json!({ name: value })).await;
        assert_eq!(status, 200, "{name}: {changed}");
        assert_eq!(changed[name], value, "{name}");
        let mut found = owner.get(&path).await.1;
        assert_eq!(found[name], value, "{name}");
        // Which response types there are follows from the grants, and the kind of application says where it runs.
        let mut unchanged = before.clone();
        for following in [name, "response_types", "app_type"] {
            for client in [&mut found, &mut unchanged] {
                client.as_object_mut().unwrap().remove(following);
            }
        }
        assert_eq!(found, unchanged, "{name}");
        // Its name is a client's own choice alone, and where it sends users it must say.
        let default = match name {
            "callbacks" => json!([CALLBACK]),
            "name" => json!("An app"),
            _ => Value::Null,
        };
        let (status, changed) = owner.patch(&path, &json!({ name: default })).await;
        assert_eq!(status, 200, "{name}: {changed}");
        assert_eq!(owner.get(&path).await.1.get(name), before.get(name), "{name}");
    }
}

#[tokio::test]
async fn the_documentation_has_a_row_for_each_member() {
    let documented = include_str!("../docs/clients.md");
    for (name, _) in members() {
        let row = format!("| `{name}` |");
        assert!(name.contains('#') || documented.contains(&row), "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_the_owners_name_for_it_and_changes_nothing() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let path = path(&created);
    let before = owner.get(&path).await.1;
    for (change, named) in [
        (json!({}), "minimum 1"),
        (json!([]), "JSON object"),
        (json!({ "name": "A", "nonsense": 1 }), "not allowed: nonsense"),
        (json!({ "client_id": "mine" }), "not allowed: client_id"),
        (json!({ "client_secret": "x".repeat(64) }), "not allowed: client_secret"),
        (json!({ "is_first_party": false }), "not allowed: is_first_party"),
        (json!({ "third_party_security_mode": "strict" }), "third_party_security_mode"),
        (json!({ "client_grants": {} }), "not allowed: client_grants"),
        (json!({ "redirect_uris": [CALLBACK] }), "not allowed: redirect_uris"),
        (json!({ "jwt_configuration.alg": "RS256" }), "not allowed: jwt_configuration.alg"),
        (json!({ "last_used_at": null }), "not allowed: last_used_at"),
        (json!({ "oidc_conformant": false }), "not allowed: oidc_conformant"),
        (json!({ "callbacks": [] }), "callbacks is required"),
        (json!({ "callbacks": null }), "callbacks is required"),
        (json!({ "callbacks": ["http://app.example/cb"] }), "callbacks[0]"),
        (json!({ "callbacks": [CALLBACK, "javascript:alert(1)"] }), "callbacks[1]"),
        (json!({ "allowed_logout_urls": ["x"] }), "allowed_logout_urls[0]"),
        (json!({ "name": 1 }), "name must be a string"),
        (json!({ "name": "x".repeat(101) }), "name must be at most 100"),
        (json!({ "description": "x".repeat(141) }), "description"),
        (json!({ "app_type": "rms" }), "app_type"),
        (json!({ "disabled": "true" }), "disabled must be true or false"),
        (json!({ "disabled": null }), "disabled must be true or false"),
        (json!({ "grant_types": ["password"] }), "grant_types"),
        (json!({ "grant_types": ["implicit", "password"] }), "grant_types[1]"),
        (json!({ "response_types": ["code", "code none"] }), "response_types[1]"),
        (
            json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "none" }),
            "grant_types",
        ),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "jwks"),
        (json!({ "jwt_configuration": { "alg": "none" } }), "jwt_configuration.alg must be"),
        (
            json!({ "jwt_configuration": { "secret_encoded": true } }),
            "jwt_configuration.secret_encoded",
        ),
        (json!({ "jwt_configuration": "RS256" }), "jwt_configuration must be an object"),
        (json!({ "oidc_logout": {} }), "oidc_logout.backchannel_logout_urls"),
        (
            json!({ "oidc_logout": { "backchannel_logout_urls": ["http://app.example/"] } }),
            "oidc_logout.backchannel_logout_urls must use https",
        ),
        (
            json!({ "oidc_logout": { "backchannel_logout_urls": ["https://a.example/", "https://b.example/"] } }),
            "at most one",
        ),
        (json!({ "initiate_login_uri": "http://app.example/" }), "initiate_login_uri"),
        (json!({ "default_max_age": "1" }), "default_max_age"),
        (json!({ "client_metadata": [] }), "client_metadata"),
        (json!({ "client_metadata": { "a": 1 } }), "client_metadata"),
        (json!({ "client_metadata": { "a": "x".repeat(256) } }), "client_metadata"),
        (
            json!({ "client_metadata": (0..11).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>() }),
            "at most 10",
        ),
    ] {
        let (status, refused) = owner.patch(&path, &change).await;
        assert_eq!((status, &refused["errorCode"]), (400, &json!("invalid_body")), "{change}");
        assert!(text(&refused, "message").contains(named), "{change}: {refused}");
        assert_eq!(owner.get(&path).await.1, before, "{change}");
    }
    for (new, named) in [
        (json!({ "callbacks": [CALLBACK] }), "Missing required property: name"),
        (json!({ "name": "A" }), "callbacks is required"),
        (json!({ "name": "A", "callbacks": [CALLBACK], "is_first_party": "no" }), "is_first_party"),
        (
            json!({ "name": "A", "callbacks": [CALLBACK], "third_party_security_mode": "strict" }),
            "third_party_security_mode",
        ),
        (
            json!({ "name": "A", "is_first_party": false, "grant_types": ["client_credentials"] }),
            "callbacks is required",
        ),
        (
            json!({ "name": "A", "callbacks": [CALLBACK], "is_first_party": false, "grant_types": ["authorization_code", "client_credentials"] }),
            "grant_types[1]",
        ),
        (
            json!({ "name": "A", "callbacks": [CALLBACK], "is_first_party": false, "third_party_security_mode": "strict", "grant_types": ["implicit"] }),
            "grant_types",
        ),
    ] {
        let (status, refused) = owner.post("clients", &new).await;
        assert_eq!((status, &refused["errorCode"]), (400, &json!("invalid_body")), "{new}");
        assert!(text(&refused, "message").contains(named), "{new}: {refused}");
    }
}

#[tokio::test]
async fn a_name_can_be_seen_and_what_auth0_alone_has_is_refused_unless_it_is_so() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let before = owner.get(&path(&created)).await.1;
    for (change, named) in [
        (json!({ "name": null }), "name must not be empty"),
        (json!({ "name": "" }), "name must not be empty"),
        (json!({ "name": "  " }), "name must have a visible character"),
        (json!({ "contacts": ["a@app.example", " "] }), "contacts must have a visible character"),
        (json!({ "sso_disabled": true }), "not allowed: sso_disabled"),
        (json!({ "custom_login_page_on": false }), "not allowed: custom_login_page_on"),
        (json!({ "organization_usage": "require" }), "not allowed: organization_usage"),
        (json!({ "allowed_origins": ["https://app.example"] }), "not allowed: allowed_origins"),
        (json!({ "addons": { "samlp": {} } }), "not allowed: addons"),
        (json!({ "jwt_configuration": { "alg": "RS256", "lifetime_in_seconds": 1 } }), "lifetime"),
    ] {
        let mut new = web_app();
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answers =
            [owner.patch(&path(&created), &change).await, owner.post("clients", &new).await];
        for (status, refused) in answers {
            assert_eq!((status, &refused["errorCode"]), (400, &json!("invalid_body")), "{change}");
            let message = text(&refused, "message");
            let is_missing = change["name"].is_null() && message.contains("property: name");
            assert!(message.contains(named) || is_missing, "{change}: {refused}");
        }
    }
    assert_eq!(owner.get(&path(&created)).await.1, before);
}

#[tokio::test]
async fn what_auth0s_tools_say_of_every_client_is_taken_where_it_is_so() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let said = json!({
        "sso_disabled": false, "cross_origin_authentication": false, "custom_login_page_on": true,
        "is_token_endpoint_ip_header_trusted": false, "require_proof_of_possession": false,
        "oidc_conformant": true, "organization_usage": "deny", "addons": {}, "allowed_clients": [],
        "allowed_origins": [], "client_aliases": null,
        "jwt_configuration": { "alg": "RS256", "secret_encoded": false },
    });
    let mut body = web_app();
    body.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    let created = create(&owner, &body).await;
    let before = owner.get(&path(&created)).await.1;
    assert_eq!(before["jwt_configuration"], json!({ "alg": "RS256" }));
    assert_eq!(owner.patch(&path(&created), &said).await, (200, before.clone()));
    assert_eq!(before.get("sso_disabled"), None);
}

#[tokio::test]
async fn the_kind_of_application_says_what_a_new_client_gets_unless_the_body_does() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    for (new, app_type, method, application_type, grants) in [
        (json!({ "app_type": "regular_web" }), "regular_web", "client_secret_post", "web", 3),
        (json!({ "app_type": "spa" }), "spa", "none", "web", 3),
        (json!({ "app_type": "native" }), "native", "none", "native", 3),
        (
            json!({ "app_type": "native", "token_endpoint_auth_method": "client_secret_post" }),
            "native",
            "client_secret_post",
            "native",
            3,
        ),
        (json!({ "token_endpoint_auth_method": "none" }), "spa", "none", "web", 3),
        (json!({ "callbacks": ["cursor://a/cb"] }), "native", "client_secret_post", "native", 3),
        (
            json!({ "app_type": "non_interactive", "callbacks": [] }),
            "non_interactive",
            "client_secret_post",
            "web",
            1,
        ),
        (
            json!({ "grant_types": ["client_credentials"], "callbacks": null }),
            "non_interactive",
            "client_secret_post",
            "web",
            1,
        ),
    ] {
        let mut body = web_app();
        body.as_object_mut().unwrap().extend(new.as_object().unwrap().clone());
        let created = create(&owner, &body).await;
        assert_eq!(text(&created, "app_type"), app_type, "{new}");
        assert_eq!(text(&created, "token_endpoint_auth_method"), method, "{new}");
        assert_eq!(text(&created, "application_type"), application_type, "{new}");
        assert_eq!(created["grant_types"].as_array().unwrap().len(), grants, "{new}");
        assert_eq!(created.get("client_secret").is_some(), method != "none", "{new}");
    }
}

#[tokio::test]
async fn a_program_that_acts_for_itself_is_the_tenants_own_and_no_user_signs_in_to_it() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let program = json!({ "name": "A job", "app_type": "non_interactive" });
    let created = create(&owner, &program).await;
    assert_eq!(created["grant_types"], json!(["client_credentials"]));
    assert_eq!((&created["callbacks"], &created["response_types"]), (&json!([]), &json!([])));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", text(&created, "client_id")),
        ("client_secret", text(&created, "client_secret")),
        ("audience", API),
    ];
    let refused: Value = provider.post_form("oauth/token", &form).await.json().await.unwrap();
    assert_eq!(refused["error"], "unauthorized_client", "nothing is granted to it yet");
    let other = error_at_token(&provider, form[1].1, form[2].1).await;
    assert_eq!(other, "unauthorized_client", "no other grant is its");
    let (status, sent) = owner.patch(&path(&created), &json!({ "callbacks": [CALLBACK] })).await;
    assert_eq!(status, 200, "{sent}");
}

#[tokio::test]
async fn a_third_partys_client_can_be_created_for_it_in_either_mode() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    for (mode, length) in [(None, 32), (Some("permissive"), 32), (Some("strict"), 26)] {
        let mut body = web_app();
        body["is_first_party"] = false.into();
        body["third_party_security_mode"] = mode.into();
        let created = create(&owner, &body).await;
        assert_eq!(created["is_first_party"], false);
        assert_eq!(created["third_party_security_mode"], mode.unwrap_or("permissive"));
        assert_eq!(text(&created, "client_id").len(), length);
        assert_eq!(created.get("expires_at"), None, "nobody but the owner takes it away");
    }
    let strict = json!({ "dynamic_client_registration_security_mode": "strict" });
    provider.change_settings(&strict).await;
    let mut body = web_app();
    body["is_first_party"] = false.into();
    let created = create(&owner, &body).await;
    assert_eq!(created["third_party_security_mode"], "strict", "as the tenant has it");
    let implicit = json!({ "grant_types": ["implicit"] });
    assert_eq!(owner.patch(&path(&created), &implicit).await.0, 400, "a client keeps its mode");
}

#[tokio::test]
async fn what_registered_itself_is_the_owners_to_change_but_never_becomes_the_tenants_own() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let policy = json!({ "dynamic_client_registration": {
        "allowed_redirect_hosts": ["app.example"], "client_name_refused_patterns": ["*official*"],
        "allowed_scopes": ["openid"], "allowed_grant_types": ["authorization_code"],
    } });
    assert_eq!(provider.change_settings(&policy).await.status(), 200);
    let registered = provider.register(&json!({ "redirect_uris": [CALLBACK] })).await;
    let path = path(&registered);
    let (status, found) = owner.get(&path).await;
    assert_eq!((status, &found["is_first_party"]), (200, &json!(false)));
    assert_eq!(text(&found, "expires_at").len(), "2026-11-25T08:00:00.000Z".len());

    // The policy is for strangers. What the specifications ask is for everybody.
    let change = json!({
        "name": "The official app", "callbacks": ["https://elsewhere.example/cb"],
        "scope": "openid read:contacts", "grant_types": ["authorization_code", "implicit"],
    });
    let (status, changed) = owner.patch(&path, &change).await;
    assert_eq!(status, 200, "{changed}");
    for (name, value) in change.as_object().unwrap() {
        assert_eq!(changed[name], *value, "{name}");
    }
    assert!(changed["response_types"].as_array().unwrap().contains(&json!("id_token token")));
    let plain = json!({ "callbacks": ["http://elsewhere.example/cb"] });
    assert_eq!(owner.patch(&path, &plain).await.0, 400);
    let own = json!({ "grant_types": ["client_credentials"] });
    assert_eq!(owner.patch(&path, &own).await.0, 400, "a third party never acts for itself");

    // What is registered holds at the other endpoints.
    let id = text(&registered, "client_id");
    let url = |uri: &str| format!("authorize?client_id={id}&response_type=code&redirect_uri={uri}");
    let refused = provider.get(&url(CALLBACK)).await.text().await.unwrap();
    assert!(refused.contains("not one that the application registered"), "{refused}");
    let page = provider.get(&url("https://elsewhere.example/cb")).await;
    assert_eq!(page.status(), 303);
}

#[tokio::test]
async fn lists_are_filtered_and_paged_in_both_ways_and_tell_no_secret() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let mut secrets = vec![provider.management("client_secret").to_owned()];
    // The list is in the order of seconds.
    provider.advance(Duration::from_secs(1));
    for number in 0..7 {
        let mut body = json!({ "name": format!("{number}"), "callbacks": [CALLBACK] });
        if number % 2 == 0 {
            body["app_type"] = "spa".into();
        } else {
            body["jwt_configuration"] = json!({ "alg": "HS256" });
        }
        let created = create(&owner, &body).await;
        secrets.extend(created["client_secret"].as_str().map(str::to_owned));
        provider.advance(Duration::from_secs(1));
    }
    let registered = provider.register(&json!({ "redirect_uris": [CALLBACK] })).await;
    secrets.push(text(&registered, "client_secret").to_owned());

    let response = owner.send(Method::GET, "clients", None).await;
    let all = response.text().await.unwrap();
    for secret in &secrets {
        assert!(!all.contains(secret.as_str()));
    }
    for kept in ["secret\"", "mac\"", "sealed", "registration_access_token", "version"] {
        assert!(!all.contains(kept), "{kept} in {all}");
    }
    let all: Vec<Value> = serde_json::from_str(&all).unwrap();
    let ids = |clients: &[Value]| {
        clients.iter().map(|client| text(client, "client_id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(all.len(), 9, "the management client, those created, the one that registered");
    assert_eq!(text(&all[0], "client_id"), provider.management("client_id"));
    assert_eq!(all[8]["client_id"], registered["client_id"]);

    for (query, count) in [
        ("is_first_party=true", 8),
        ("is_first_party=false", 1),
        ("app_type=spa", 4),
        ("app_type=regular_web", 4),
        ("app_type=spa,non_interactive", 5),
        ("app_type=native", 0),
        ("app_type=regular_web&is_first_party=false", 1),
        ("is_global=false", 9),
        ("is_global=true", 0),
        ("external_client_id=https%3A%2F%2Fapp.example%2F", 0),
        ("per_page=4", 4),
        ("page=2&per_page=4", 1),
        ("page=3&per_page=4", 0),
    ] {
        let (status, found) = owner.get(&format!("clients?{query}")).await;
        assert_eq!((status, found.as_array().unwrap().len()), (200, count), "{query}");
    }
    let (_, page) = owner.get("clients?page=1&per_page=2&include_totals=true&app_type=spa").await;
    assert_eq!((&page["total"], &page["start"], &page["limit"]), (&json!(4), &json!(2), &json!(2)));
    assert_eq!((page["clients"].as_array().unwrap().len(), &page["length"]), (2, &json!(2)));
    assert_eq!(owner.get("clients?q=client_grant.organization_id:org_1").await.0, 400);

    let (mut found, mut query) = (Vec::new(), "clients?take=4".to_owned());
    loop {
        let (status, page) = owner.get(&query).await;
        assert_eq!(status, 200, "{page}");
        found.extend(page["clients"].as_array().unwrap().clone());
        let Some(next) = page.get("next") else { break };
        query = format!("clients?take=4&from={}", next.as_str().unwrap());
    }
    assert_eq!(ids(&found), ids(&all), "by checkpoints, the same");

    let (_, names) = owner.get("clients?fields=client_id,name&per_page=2").await;
    assert_eq!(names[1], json!({ "client_id": all[1]["client_id"], "name": "0" }));
    let (_, one) = owner.get(&format!("{}?fields=name", path(&all[1]))).await;
    assert_eq!(one, json!({ "name": "0" }));
    for query in ["app_type=x", "is_first_party=1", "q=name:a", "from=forged", "per_page=101"] {
        let (status, refused) = owner.get(&format!("clients?{query}")).await;
        assert_eq!(
            (status, &refused["errorCode"]),
            (400, &json!("invalid_query_string")),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_rotated_secret_is_good_beside_the_new_one_until_its_time_is_over() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let overlap = json!({ "dynamic_client_registration": { "client_secret_overlap": 600 } });
    assert_eq!(provider.change_settings(&overlap).await.status(), 200);
    let created = create(&owner, &web_app()).await;
    let (id, old) = (text(&created, "client_id"), text(&created, "client_secret"));
    let (status, rotated) =
        owner.ask(Method::POST, &format!("clients/{id}/rotate-secret"), None).await;
    assert_eq!(status, 200, "{rotated}");
    let new = text(&rotated, "client_secret");
    assert_ne!(new, old);
    let mut expected = created.clone();
    expected["client_secret"] = new.into();
    assert_eq!(rotated, expected, "the whole client");
    assert_eq!(owner.get(&path(&created)).await.1.get("client_secret"), None);

    provider.advance(Duration::from_secs(599));
    for secret in [old, new] {
        assert!(authenticates(&provider, id, secret).await);
    }
    provider.advance(Duration::from_secs(1));
    assert!(!authenticates(&provider, id, old).await, "its time is over");
    assert!(authenticates(&provider, id, new).await);
    assert!(!authenticates(&provider, id, &"x".repeat(64)).await);
}

#[tokio::test]
async fn who_has_no_secret_has_none_to_rotate() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let public =
        create(&owner, &json!({ "name": "A", "app_type": "spa", "callbacks": [CALLBACK] })).await;
    let key = members().into_iter().find(|(name, _)| *name == "jwks").unwrap().1;
    let signing = json!({ "name": "A", "callbacks": [CALLBACK], "jwks": key, "token_endpoint_auth_method": "private_key_jwt" });
    let signing = create(&owner, &signing).await;
    for client in [public, signing] {
        assert_eq!(client.get("client_secret"), None);
        let rotation = format!("{}/rotate-secret", path(&client));
        assert_eq!(owner.ask(Method::POST, &rotation, None).await.0, 400, "{client}");
    }
    assert_eq!(owner.ask(Method::POST, "clients/nobody/rotate-secret", None).await.0, 404);
}

#[tokio::test]
async fn a_change_that_takes_another_secret_tells_it_once() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let (id, first) = (text(&created, "client_id"), text(&created, "client_secret"));
    let method = |method: &str| json!({ "token_endpoint_auth_method": method });

    let (_, public) = owner.patch(&path(&created), &method("none")).await;
    assert_eq!(public.get("client_secret"), None);
    assert_eq!(error_at_token(&provider, id, first).await, "invalid_client", "it has none now");
    let (_, confidential) = owner.patch(&path(&created), &method("client_secret_basic")).await;
    let second = text(&confidential, "client_secret");
    assert!(authenticates(&provider, id, second).await);
    let (_, same) = owner.patch(&path(&created), &method("client_secret_post")).await;
    assert_eq!(same.get("client_secret"), None);

    // Nobody can read the one that it has, which is to sign from now on.
    let (_, signing) =
        owner.patch(&path(&created), &json!({ "jwt_configuration": { "alg": "HS256" } })).await;
    let third = text(&signing, "client_secret");
    for secret in [second, third] {
        assert!(authenticates(&provider, id, secret).await);
    }
    let (_, signing) = owner.patch(&path(&created), &json!({ "name": "B" })).await;
    assert_eq!(signing.get("client_secret"), None);

    // What is kept of a secret follows from what it is for.
    let issuer: shared::domain::Issuer = provider.issuer.parse().unwrap();
    let key = || shared::storage::keys::client(&issuer.tenant_id(), &ClientId::parse(id).unwrap());
    let store = provider.store();
    assert!(store.read(key()).await.unwrap().unwrap().client_secret.unwrap().sealed.is_some());
    owner.patch(&path(&created), &json!({ "jwt_configuration": { "alg": "RS256" } })).await;
    assert!(store.read(key()).await.unwrap().unwrap().client_secret.unwrap().sealed.is_none());
    assert!(authenticates(&provider, id, third).await);
}

/// A client that registered itself and may manage itself, a user's tokens for it, and a code.
struct InUse<'a> {
    client: RelyingParty<'a>,
    registered: Value,
    access_token: String,
    code: String,
}

impl<'a> InUse<'a> {
    async fn new(provider: &'a Provider) -> Self {
        let full =
            json!({ "dynamic_client_registration": { "client_registration_management": "full" } });
        assert_eq!(provider.change_settings(&full).await.status(), 200);
        let registered = provider.register(&json!({ "redirect_uris": [CALLBACK] })).await;
        let client = RelyingParty::of(provider, &registered);
        let url = client.code_url(&[("scope", "openid")]);
        let mut browser = Browser::new(provider);
        let code = browser.authorize(&url).await.query()["code"].clone();
        let tokens = provider.post_form("oauth/token", &client.exchange(&code)).await;
        let tokens: Value = tokens.json().await.unwrap();
        let access_token = text(&tokens, "access_token").to_owned();
        let code = browser.landing(&url).await.query()["code"].clone();
        Self { client, registered, access_token, code }
    }

    fn path(&self) -> String {
        path(&self.registered)
    }

    /// What the endpoints say to it: authorize, token, userinfo, its own registration.
    async fn statuses(&self, provider: &Provider) -> [u16; 4] {
        let page = http().get(self.client.code_url(&[("scope", "openid")])).send().await.unwrap();
        let userinfo = http().get(provider.url("userinfo")).bearer_auth(&self.access_token);
        let registration = http()
            .get(text(&self.registered, "registration_client_uri"))
            .bearer_auth(text(&self.registered, "registration_access_token"));
        let exchange = self.client.exchange(&self.code);
        [
            page.status().as_u16(),
            provider.post_form("oauth/token", &exchange).await.status().as_u16(),
            userinfo.send().await.unwrap().status().as_u16(),
            registration.send().await.unwrap().status().as_u16(),
        ]
    }
}

#[tokio::test]
async fn a_disabled_client_is_refused_at_once_everywhere_until_it_is_enabled() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let in_use = InUse::new(&provider).await;
    let (status, disabled) = owner.patch(&in_use.path(), &json!({ "disabled": true })).await;
    assert_eq!((status, &disabled["disabled"]), (200, &json!(true)));
    assert_eq!(in_use.statuses(&provider).await, [400, 401, 401, 401]);
    // For its owner it is there.
    let (status, found) = owner.get(&in_use.path()).await;
    assert_eq!((status, &found), (200, &disabled));
    assert_eq!(owner.get("clients?is_first_party=false").await.1, json!([disabled]));
    let (status, renamed) = owner.patch(&in_use.path(), &json!({ "name": "B" })).await;
    assert_eq!((status, &renamed["disabled"]), (200, &json!(true)));

    owner.patch(&in_use.path(), &json!({ "disabled": false })).await;
    assert_eq!(in_use.statuses(&provider).await, [303, 200, 200, 200]);
}

#[tokio::test]
async fn a_deleted_client_is_refused_at_once_everywhere_and_nothing_brings_it_back() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let in_use = InUse::new(&provider).await;
    assert_eq!(owner.delete(&in_use.path()).await, 204);
    assert_eq!(in_use.statuses(&provider).await, [400, 401, 401, 401]);
    assert_eq!(owner.get("clients?is_first_party=false").await.1, json!([]));
    assert_eq!(owner.patch(&in_use.path(), &json!({ "disabled": false })).await.0, 404);
    let rotation = format!("{}/rotate-secret", in_use.path());
    assert_eq!(owner.ask(Method::POST, &rotation, None).await.0, 404);
    assert_eq!(in_use.statuses(&provider).await, [400, 401, 401, 401]);
}

#[tokio::test]
async fn a_public_client_that_the_owner_took_away_comes_back_as_another() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let metadata = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let first = provider.register(&metadata).await;
    owner.patch(&path(&first), &json!({ "disabled": true })).await;
    let second = provider.register(&metadata).await;
    assert_ne!(first["client_id"], second["client_id"]);
    assert_eq!(owner.delete(&path(&first)).await, 204);
    assert_eq!(second["client_id"], provider.register(&metadata).await["client_id"]);
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let path = path(&create(&owner, &web_app()).await);
    let changes = [
        json!({ "name": "B" }),
        json!({ "description": "It is there" }),
        json!({ "tos_uri": "https://app.example/tos" }),
        json!({ "disabled": true }),
        json!({ "client_metadata": { "a": "1" } }),
        json!({ "client_metadata": { "b": "2" } }),
    ];
    let change = async |members| owner.patch(&path, members).await.0;
    let statuses = futures_util::future::join_all(changes.iter().map(change)).await;
    assert_eq!(statuses, [200; 6]);
    let (_, found) = owner.get(&path).await;
    assert_eq!((&found["name"], &found["disabled"]), (&json!("B"), &json!(true)));
    assert_eq!(found["description"], "It is there");
    assert_eq!(found["tos_uri"], "https://app.example/tos");
    assert_eq!(found["client_metadata"], json!({ "a": "1", "b": "2" }));
    owner.patch(&path, &json!({ "client_metadata": { "a": null } })).await;
    assert_eq!(owner.get(&path).await.1["client_metadata"], json!({ "b": "2" }));
}

#[tokio::test]
async fn a_deletion_and_a_disabling_win_over_whatever_is_written_at_the_same_time() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    for round in 0..10 {
        let [deleted, disabled] =
            [path(&create(&owner, &web_app()).await), path(&create(&owner, &web_app()).await)];
        let (change, disable) = (json!({ "name": "B" }), json!({ "disabled": true }));
        let rotation = format!("{deleted}/rotate-secret");
        let (deletion, changed, rotated, _, _) = tokio::join!(
            owner.delete(&deleted),
            owner.patch(&deleted, &change),
            owner.ask(Method::POST, &rotation, None),
            owner.patch(&disabled, &change),
            owner.patch(&disabled, &disable),
        );
        assert_eq!(deletion, 204, "round {round}");
        assert!([200, 404].contains(&changed.0) && [200, 404].contains(&rotated.0));
        assert_eq!(owner.get(&deleted).await.0, 404, "round {round}");
        let (_, found) = owner.get(&disabled).await;
        assert_eq!((&found["name"], &found["disabled"]), (&json!("B"), &json!(true)));
    }
}

#[tokio::test]
async fn a_token_for_this_api_is_refused_at_once_when_its_client_is_disabled_or_deleted() {
    for take_away in [true, false] {
        let provider = Provider::open_to_all().await;
        let owner = Owner::of(&provider).await;
        let own = format!("clients/{}", provider.management("client_id"));
        assert_eq!(owner.get(&own).await.0, 200, "it finds itself");
        if take_away {
            assert_eq!(owner.delete(&own).await, 204);
        } else {
            assert_eq!(owner.patch(&own, &json!({ "disabled": true })).await.0, 200);
        }
        for path in ["clients", "logs", "tenants/settings", own.as_str()] {
            let (status, refused) = owner.get(path).await;
            assert_eq!((status, &refused["errorCode"]), (401, &json!("invalid_token")), "{path}");
        }
        let dry_run = http().post(provider.url("oidc/register?dry_run=true"));
        let dry_run =
            dry_run.bearer_auth(&owner.token).json(&json!({ "redirect_uris": [CALLBACK] }));
        assert_eq!(dry_run.send().await.unwrap().status(), 401);
    }
}

#[tokio::test]
async fn each_operation_needs_its_scope() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let (one, rotation) = (path(&created), format!("{}/rotate-secret", path(&created)));
    let all = "read:clients create:clients update:clients delete:clients update:client_keys";
    for (method, path, scope) in [
        (Method::GET, "clients", "read:clients"),
        (Method::POST, "clients", "create:clients"),
        (Method::GET, &one, "read:clients"),
        (Method::PATCH, &one, "update:clients"),
        (Method::DELETE, &one, "delete:clients"),
        (Method::POST, &rotation, "update:client_keys"),
    ] {
        let others: Vec<_> = all.split(' ').filter(|other| *other != scope).collect();
        let token = provider.management_token(Some(&others.join(" "))).await;
        let stranger = Owner::with(&provider, &token);
        let (status, refused) = stranger.ask(method.clone(), path, Some(&json!({}))).await;
        assert_eq!((status, &refused["errorCode"]), (403, &json!("insufficient_scope")), "{path}");
        assert!(text(&refused, "message").ends_with(scope), "{refused}");
        let without = Owner::with(&provider, "none").ask(method, path, Some(&json!({}))).await;
        assert_eq!(without.0, 401, "{path}");
    }
    for (method, path, allow) in [
        (Method::PUT, "clients", "GET, POST"),
        (Method::POST, &one, "GET, PATCH, DELETE"),
        (Method::GET, &rotation, "POST"),
    ] {
        let refused = owner.send(method, path, None).await;
        assert_eq!(refused.status(), 405);
        assert_eq!(refused.headers()["allow"], allow);
    }
}

#[tokio::test]
async fn each_change_is_in_the_log_with_who_made_it_and_without_any_secret() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let mut secrets = vec![text(&created, "client_secret").to_owned()];
    provider.advance(Duration::from_secs(1));
    owner.patch(&path(&created), &json!({ "tos_uri": "https://app.example/tos" })).await;
    provider.advance(Duration::from_secs(1));
    let rotation = format!("{}/rotate-secret", path(&created));
    let (_, rotated) = owner.ask(Method::POST, &rotation, None).await;
    secrets.push(text(&rotated, "client_secret").to_owned());
    provider.advance(Duration::from_secs(1));
    owner.delete(&path(&created)).await;
    owner.delete(&path(&created)).await;

    let (_, log) = owner.get(&format!("logs?q=client_id:{}", text(&created, "client_id"))).await;
    let log = log.as_array().unwrap();
    let descriptions: Vec<_> = log.iter().map(|event| text(event, "description")).collect();
    assert_eq!(
        descriptions,
        ["Delete a client", "Rotate a client secret", "Update a client", "Create a client"]
    );
    for event in log {
        assert_eq!(event["type"], "sapi");
        assert_eq!(event["client_name"], "An app");
        assert_eq!(event["acting_client_id"], provider.management("client_id"));
        assert!(secrets.iter().all(|secret| !event.to_string().contains(secret)));
    }
    assert_eq!(log[2]["details"]["request"]["body"]["tos_uri"], "https://app.example/tos");
    assert_eq!(log[3]["details"]["response"]["body"]["client_id"], created["client_id"]);
}

#[tokio::test]
async fn it_says_on_which_day_a_client_was_last_used_and_when_an_unused_one_expires() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let registered = provider.register(&json!({ "redirect_uris": [CALLBACK] })).await;
    let (_, unused) = owner.get(&path(&registered)).await;
    assert_eq!(unused.get("last_used_at"), None);
    assert!(unused.get("expires_at").is_some());
    let client = RelyingParty::of(&provider, &registered);
    let url = client.url(&[("response_type", "token"), ("scope", "openid")]);
    Browser::new(&provider).authorize(&url).await.fragment();
    let (_, used) = owner.get(&path(&registered)).await;
    assert!(text(&used, "last_used_at").ends_with("T00:00:00.000Z"), "{used}");
    assert_eq!(used.get("expires_at"), None);
}

#[tokio::test]
async fn another_tenants_clients_are_not_there() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let created = create(&owner, &web_app()).await;
    let other: shared::domain::Issuer = "https://other.example/".parse().unwrap();
    let store = provider.store();
    let id = ClientId::parse(text(&created, "client_id")).unwrap();
    let own: shared::domain::Issuer = provider.issuer.parse().unwrap();
    let client: Option<Client> =
        store.read(shared::storage::keys::client(&own.tenant_id(), &id)).await.unwrap();
    let theirs = Client { client_id: ClientId::parse("theirs").unwrap(), ..client.unwrap() };
    store.register_client(&other.tenant_id(), &theirs).await.unwrap();

    for (method, path) in [
        (Method::GET, "clients/theirs"),
        (Method::PATCH, "clients/theirs"),
        (Method::POST, "clients/theirs/rotate-secret"),
    ] {
        let body = json!({ "disabled": true });
        assert_eq!(owner.ask(method.clone(), path, Some(&body)).await.0, 404, "{method}");
    }
    assert_eq!(owner.delete("clients/theirs").await, 204);
    let found = store.read(shared::storage::keys::client(&other.tenant_id(), &theirs.client_id));
    assert_eq!(found.await.unwrap(), Some(theirs), "and nothing was done to it");
    let (_, list) = owner.get("clients").await;
    let ids: BTreeSet<_> =
        list.as_array().unwrap().iter().map(|client| text(client, "client_id")).collect();
    assert_eq!(ids, [provider.management("client_id"), id.as_str()].into());
}
