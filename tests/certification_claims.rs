//! Modules of the OpenID Foundation's certification: scopes and claims.

use crate::harness::{Module, Outcome, Variant, certified};
use serde_json::{Value, json};

const PROFILE: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];
const EMAIL: [&str; 2] = ["email", "email_verified"];
const ADDRESS: [&str; 1] = ["address"];
const PHONE: [&str; 2] = ["phone_number", "phone_number_verified"];

/// A scope is asked for, and all its claims come back where they belong, each of its type; no other does.
async fn check_scope(scope: &str, claims: &[&'static str]) {
    let provider = certified().await;
    for variant in Variant::all() {
        let mut module = Module::start(&provider, variant).await;
        if !variant.has_access_token() {
            module.asked = claims.to_vec();
        }
        let scope = format!("openid {scope}");
        let outcome = module.succeeds(&[("scope", &scope)]).await;
        let told = place(&outcome);
        for claim in claims {
            assert!(told.get(claim).is_some_and(is_something), "{claim} for {variant:?}: {told}");
        }
        has_right_types(told);
        if variant.has_access_token() {
            let names: Vec<_> = told.as_object().unwrap().keys().collect();
            assert_eq!(names.len(), claims.len() + 1, "{names:?}");
            for (claim, id_token) in claims.iter().zip(outcome.id_tokens.iter().cycle()) {
                assert_eq!(id_token.get(claim), None, "{claim} for {variant:?}");
            }
        }
    }
}

/// Where claims are looked for: the userinfo endpoint, or without an access token the ID Token.
fn place(outcome: &Outcome) -> &Value {
    outcome.userinfo.as_ref().unwrap_or_else(|| &outcome.id_tokens[0])
}

fn is_something(value: &Value) -> bool {
    !value.is_null() && value != "" && *value != json!({})
}

fn has_right_types(claims: &Value) {
    for (claim, value) in claims.as_object().unwrap() {
        let is_right = match claim.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" | "exp" | "iat" | "auth_time" => value.is_u64(),
            "address" => {
                value.as_object().is_some_and(|parts| parts.values().all(Value::is_string))
            }
            "birthdate" => value.as_str().is_some_and(|date| date.len() == "0000-00-00".len()),
            _ => value.as_str().is_some_and(|text| !text.is_empty()),
        };
        assert!(is_right, "{claim}: {value}");
    }
}

#[tokio::test]
async fn oidcc_scope_profile() {
    check_scope("profile", &PROFILE).await;
}

#[tokio::test]
async fn oidcc_scope_email() {
    check_scope("email", &EMAIL).await;
}

#[tokio::test]
async fn oidcc_scope_address() {
    check_scope("address", &ADDRESS).await;
}

#[tokio::test]
async fn oidcc_scope_phone() {
    check_scope("phone", &PHONE).await;
}

#[tokio::test]
async fn oidcc_scope_all() {
    let all = [&PROFILE[..], &EMAIL, &ADDRESS, &PHONE].concat();
    check_scope("profile email address phone", &all).await;
}

#[tokio::test]
async fn oidcc_claims_essential() {
    let provider = certified().await;
    for variant in Variant::all() {
        let mut module = Module::start(&provider, variant).await;
        let member = if variant.has_access_token() { "userinfo" } else { "id_token" };
        let claims = json!({ (member): { "name": { "essential": true } } }).to_string();
        if !variant.has_access_token() {
            module.asked = vec!["name"];
        }
        let outcome = module.succeeds(&[("claims", &claims)]).await;
        assert_eq!(place(&outcome)["name"], "Janus Quirinus Patulcius", "{variant:?}");
        let in_id_token = outcome.id_tokens.iter().all(|claims| claims.get("name").is_some());
        assert_eq!(in_id_token, !variant.has_access_token(), "{variant:?}");
    }
}
