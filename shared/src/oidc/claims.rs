//! The standard claims about a user (OpenID Connect Core §5.1) and the scopes that release them (§5.4).

use crate::oauth::Scopes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is known of a user, by the specification's names. Absent claims are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "OpenID Connect Core §5.1 defines each member under the same name")]
pub struct StandardClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// A postal address (OpenID Connect Core §5.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    missing_docs,
    reason = "OpenID Connect Core §5.1.1 defines each member under the same name"
)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// The scopes that release claims, and the claims (OpenID Connect Core §5.4).
const CLAIMS_BY_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
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
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// The scope that asks for a refresh token (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

impl StandardClaims {
    /// The scopes that mean something to OpenID Connect here.
    pub const SCOPES: [&'static str; 5] = ["openid", "profile", "email", "address", "phone"];

    /// The claim called `name`, if it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        let Ok(Value::Object(mut claims)) = serde_json::to_value(self) else { return None };
        claims.remove(name)
    }

    /// Whether one of `scopes` releases the claim called `name`.
    #[must_use]
    pub fn is_released_by(name: &str, scopes: &Scopes) -> bool {
        let released = CLAIMS_BY_SCOPE.iter().filter(|(_, claims)| claims.contains(&name));
        released.into_iter().any(|(scope, _)| scopes.contains(scope))
    }

    /// The names of all claims that some scope releases.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CLAIMS_BY_SCOPE.iter().flat_map(|(_, claims)| claims.iter().copied())
    }

    /// The claims that `scopes` release, of those that are known.
    #[must_use]
    pub fn released_by(&self, scopes: &Scopes) -> Map<String, Value> {
        let Ok(Value::Object(mut claims)) = serde_json::to_value(self) else { return Map::new() };
        claims.retain(|claim, _| Self::is_released_by(claim, scopes));
        claims
    }
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
