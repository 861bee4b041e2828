//! Claims that are asked for one by one, `acr` among them, and where those go that scopes release.

use crate::harness::{API, Browser, Provider, RelyingParty, http};
use serde_json::{Value, json};

const ACR: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

async fn userinfo(provider: &Provider, token: &str) -> Value {
    let request = http().get(provider.url("userinfo")).bearer_auth(token);
    request.send().await.unwrap().json().await.unwrap()
}

fn parameters<'a>(response_type: &'a str, claims: &'a str) -> [(&'a str, &'a str); 4] {
    [("response_type", response_type), ("scope", "openid"), ("nonce", "n"), ("claims", claims)]
}

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn each_claim_is_told_where_it_was_asked_for_and_nowhere_else() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let claims = json!({
        "userinfo": {
            "name": { "essential": true },
            "email": null,
            "locale": { "value": "fr" },
            "https://example.com/department": null,
            "unknown": { "essential": true },
        },
        "id_token": {
            "given_name": null,
            "locale": { "values": ["de", "it-IT"] },
            "email_verified": { "value": false },
            "auth_time": { "essential": true },
        },
    });
    let claims = claims.to_string();
    for audience in ["", API] {
        for response_type in ["code", "id_token token", "code id_token token"] {
            let more = [("audience", audience)];
            let url = client.code_url(&[&parameters(response_type, &claims)[..], &more].concat());
            let landing = Browser::new(&provider).authorize(&url).await;
            let answer = if response_type == "code" { landing.query() } else { landing.fragment() };
            let mut tokens: Vec<_> = ["id_token", "access_token"]
                .into_iter()
                .filter_map(|kind| Some((kind, answer.get(kind)?.clone())))
                .collect();
            if let Some(code) = answer.get("code") {
                let exchange = provider.post_form("oauth/token", &client.exchange(code)).await;
                let exchanged: Value = exchange.json().await.unwrap();
                for kind in ["id_token", "access_token"] {
                    tokens.push((kind, exchanged[kind].as_str().unwrap().to_owned()));
                }
            }
            for (kind, token) in tokens {
                if kind == "id_token" {
                    let id_token = client.verify_id_token(&token).await;
                    assert_eq!(id_token["given_name"], "Janus", "{response_type}");
                    assert_eq!(id_token["locale"], "it-IT");
                    for absent in ["name", "email", "email_verified", "acr", "unknown"] {
                        assert_eq!(id_token.get(absent), None, "{absent} in {response_type}");
                    }
                } else {
                    let claims = userinfo(&provider, &token).await;
                    let expected = ["email", "https://example.com/department", "name", "sub"];
                    assert_eq!(names(&claims), expected, "{response_type} {audience}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_asked_for_by_name_is_agreed_to_by_name() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let phone = json!({ "userinfo": { "phone_number": null } }).to_string();
    let url = client.url(&parameters("token", &phone));
    let login = browser.page(&url).await;
    let consent = browser.sign_in(&login).await.page();
    let permission = "See your phone number <code>phone_number</code>";
    assert!(consent.html.contains(permission), "{}", consent.html);
    let denied = browser.submit(&consent, &[("deny", "true")]).await.landing();
    assert_eq!(denied.fragment()["error"], "access_denied");
    browser.arrive(&url).await.landing();
    // From now on it is remembered, and more than that is asked about again.
    browser.landing(&url).await;
    let department = json!({ "id_token": { "https://example.com/department": null } });
    let more = client.url(&parameters("token", &department.to_string()));
    let asked = browser.page(&more).await;
    assert!(asked.html.contains("See your department"), "{}", asked.html);
    assert!(!asked.html.contains("See your phone number"), "{}", asked.html);
    // What a scope releases that was agreed to is nothing new, nor what is no claim of the user's.
    browser.arrive(&client.url(&[("response_type", "token"), ("scope", "openid email")])).await;
    let covered = json!({ "userinfo": { "email": null, "phone_number": null, "x": null }, "id_token": { "acr": null } });
    browser.landing(&client.url(&parameters("token", &covered.to_string()))).await;
    let silent = [("prompt", "none")];
    let url = client.url(&[&parameters("token", &department.to_string())[..], &silent].concat());
    assert_eq!(browser.landing(&url).await.fragment()["error"], "consent_required");
}

#[tokio::test]
async fn a_client_gets_no_claim_by_name_that_no_scope_of_its_own_would_release() {
    let provider = Provider::open_to_all().await;
    let department = "https://example.com/department";
    let claims = json!({ "id_token": { (department): null, "name": null } }).to_string();
    for (scope, has_department, has_name) in [
        ("", true, true),
        ("openid", false, false),
        ("openid profile", true, true),
        ("openid email", false, false),
        ("openid https://example.com/department", true, false),
    ] {
        let client = RelyingParty::register_as(&provider, json!({ "scope": scope })).await;
        let url = client.url(&parameters("id_token", &claims));
        let answer = Browser::new(&provider).authorize(&url).await.fragment();
        let claims = client.verify_id_token(&answer["id_token"]).await;
        assert_eq!(claims.get(department).is_some(), has_department, "{scope}");
        assert_eq!(claims.get("name").is_some(), has_name, "{scope}");
    }
}

#[tokio::test]
async fn a_malformed_parameter_is_refused() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    for claims in ["name", "[]", r#"{"userinfo":{"name":1}}"#, r#"{"id_token":{},"id_token":{}}"#] {
        let url = client.url(&parameters("token", claims));
        let answer = browser.landing(&url).await.fragment();
        assert_eq!(answer["error"], "invalid_request", "{claims}");
    }
}

#[tokio::test]
async fn nobody_is_answered_for_but_the_user_whose_sub_is_asked_for() {
    let provider = Provider::open_to_all().await;
    for subject_type in ["public", "pairwise"] {
        let metadata = json!({ "subject_type": subject_type, "client_name": subject_type });
        let client = RelyingParty::register_as(&provider, metadata).await;
        let mut browser = Browser::new(&provider);
        let url = client.url(&parameters("id_token", "{}"));
        let answer = browser.authorize(&url).await.fragment();
        let sub = client.verify_id_token(&answer["id_token"]).await["sub"].clone();
        for (member, value, is_answered) in [
            ("id_token", json!({ "value": sub }), true),
            ("id_token", json!({ "values": ["usr_other", sub] }), true),
            ("id_token", json!(null), true),
            ("id_token", json!({ "value": "usr_other" }), false),
            ("userinfo", json!({ "value": "usr_other" }), false),
        ] {
            let claims = json!({ (member): { "sub": value } }).to_string();
            let silent = [("prompt", "none")];
            let url = client.url(&[&parameters("id_token", &claims)[..], &silent].concat());
            let answer = browser.landing(&url).await.fragment();
            let error = answer.get("error").map(String::as_str);
            assert_eq!(error, (!is_answered).then_some("login_required"), "{claims}");
            if !is_answered {
                let login = browser.page(&client.url(&parameters("id_token", &claims))).await;
                let answer = browser.sign_in(&login).await.landing().fragment();
                assert_eq!(answer["error"], "login_required", "{claims}");
                assert!(!answer.contains_key("id_token"));
            }
        }
    }
}

#[tokio::test]
async fn acr_is_told_to_whom_asks_and_an_essential_one_is_there_or_nothing_is() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let by_default = json!({ "default_acr_values": ["urn:mace:incommon:iap:silver"] });
    let by_default = RelyingParty::register_as(&provider, by_default).await;
    let mut browser = Browser::new(&provider);
    browser.arrive(&client.url(&parameters("id_token", ""))).await;
    browser.arrive(&by_default.url(&parameters("id_token", ""))).await;
    let essential = |asked: Value| json!({ "id_token": { "acr": asked } }).to_string();
    let met = essential(json!({ "essential": true, "values": ["1", ACR] }));
    let voluntary = essential(json!({ "values": ["urn:mace:incommon:iap:silver"] }));
    let unmet = essential(json!({ "essential": true, "values": ["urn:mace:incommon:iap:silver"] }));
    let any = essential(json!({ "essential": true }));
    for (client, more, acr) in [
        (&client, ("acr_values", ""), None),
        (&client, ("acr_values", ACR), Some(ACR)),
        (&client, ("acr_values", "1 2"), Some(ACR)),
        (&client, ("claims", met.as_str()), Some(ACR)),
        (&client, ("claims", voluntary.as_str()), Some(ACR)),
        (&client, ("claims", any.as_str()), Some(ACR)),
        (&by_default, ("acr_values", ""), Some(ACR)),
    ] {
        let all = [&parameters("id_token", "")[..3], &[more]].concat();
        let answer = browser.landing(&client.url(&all)).await.fragment();
        let claims = client.verify_id_token(&answer["id_token"]).await;
        assert_eq!(claims.get("acr").and_then(Value::as_str), acr, "{more:?}");
    }
    // Nor is the user asked to sign in for it, since that would not help.
    for browser in [&mut browser, &mut Browser::new(&provider)] {
        let answer = browser.landing(&client.url(&parameters("id_token", &unmet))).await;
        assert_eq!(answer.fragment()["error"], "unmet_authentication_requirements");
    }
    let document: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    assert_eq!(document["acr_values_supported"], json!([ACR]));
    assert_eq!(document["claims_parameter_supported"], true);
}

#[tokio::test]
async fn the_tenant_says_whether_scope_claims_are_in_an_id_token_beside_an_access_token() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let mut browser = Browser::new(&provider);
    let scope = ("scope", "openid email profile");
    let url =
        |response_type| client.code_url(&[("response_type", response_type), scope, ("nonce", "n")]);
    browser.authorize(&url("code")).await;
    let (by_default, core) = ("always", "without_access_token");
    assert_eq!(provider.settings().await["id_token_scope_claims"], by_default);
    for setting in [by_default, core] {
        let change = json!({ "id_token_scope_claims": setting });
        assert_eq!(provider.change_settings(&change).await.status(), 200);
        for response_type in ["code", "id_token", "id_token token", "code id_token"] {
            let landing = browser.landing(&url(response_type)).await;
            let answer = if response_type == "code" { landing.query() } else { landing.fragment() };
            let mut id_tokens: Vec<_> = answer.get("id_token").cloned().into_iter().collect();
            let mut access_tokens: Vec<_> =
                answer.get("access_token").cloned().into_iter().collect();
            if let Some(code) = answer.get("code") {
                let exchange = provider.post_form("oauth/token", &client.exchange(code)).await;
                let tokens: Value = exchange.json().await.unwrap();
                id_tokens.push(tokens["id_token"].as_str().unwrap().to_owned());
                access_tokens.push(tokens["access_token"].as_str().unwrap().to_owned());
            }
            let is_there = setting == by_default || response_type == "id_token";
            for id_token in id_tokens {
                let claims = client.verify_id_token(&id_token).await;
                for claim in ["email", "name", "https://example.com/department"] {
                    let has = claims.get(claim).is_some();
                    assert_eq!(has, is_there, "{claim} {setting} {response_type}");
                }
            }
            for access_token in access_tokens {
                let claims = userinfo(&provider, &access_token).await;
                assert_eq!(claims["email"], "janus@example.com", "{setting} {response_type}");
            }
        }
    }
    for bad in [json!("sometimes"), json!(true), json!(null)] {
        let change = json!({ "id_token_scope_claims": bad });
        assert_eq!(provider.change_settings(&change).await.status(), 400, "{bad}");
    }
}
