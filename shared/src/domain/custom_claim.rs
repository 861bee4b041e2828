//! Claims of a tenant's own, as data: which attribute of a user they tell, and what releases them.

use crate::oauth::{Scope, Scopes, WebUri};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A claim of a tenant's own, filled from an attribute of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomClaim {
    /// Its name. Asking for it as a scope releases it.
    pub claim: ClaimName,
    /// The member of the user's `user_metadata` that it is filled from.
    pub attribute: String,
    /// Other scopes that release it.
    pub scopes: Scopes,
}

/// The name of a claim of a tenant's own: an `https` or `http` URL, which no other claim's name can be (RFC 7519 §4.2),
/// of nobody's namespace that Auth0 keeps to itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimName(String);

/// Why a text is no [`ClaimName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClaimName {
    /// It means something already, in tokens or at Auth0.
    #[error("is reserved: it means something in every token")]
    Reserved,
    /// It could come to mean something else.
    #[error(
        "must be an https or http URL of at most 600 characters, such as https://example.com/department, which no \
         other claim can be called"
    )]
    NotNamespaced,
    /// It is in a namespace of Auth0's.
    #[error("must not be in a namespace of auth0.com, webtask.io, webtask.run or urn:auth0")]
    ReservedNamespace,
}

/// As a scope it has to fit into a URL.
const MAX_LENGTH: usize = 600;

/// What Auth0 reserves, and the claims that tokens have here besides.
const RESERVED: [&str; 35] = [
    "acr",
    "act",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "events",
    "exp",
    "family_id",
    "groups",
    "gty",
    "iat",
    "iss",
    "jti",
    "kid",
    "may_act",
    "nbf",
    "nonce",
    "org_id",
    "org_name",
    "permissions",
    "roles",
    "s_hash",
    "scope",
    "sealed_user_id",
    "sid",
    "sub",
    "txn",
    "typ",
    "userinfo_claims",
];

const RESERVED_HOSTS: [&str; 3] = ["auth0.com", "webtask.io", "webtask.run"];

impl ClaimName {
    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClaimName {
    type Err = InvalidClaimName;

    fn from_str(name: &str) -> Result<Self, InvalidClaimName> {
        if RESERVED.contains(&name) {
            return Err(InvalidClaimName::Reserved);
        }
        if name.to_ascii_lowercase().starts_with("urn:auth0") {
            return Err(InvalidClaimName::ReservedNamespace);
        }
        let is_scope = name.parse::<Scope>().is_ok() && name.len() <= MAX_LENGTH;
        let uri: WebUri = name.parse().map_err(|_| InvalidClaimName::NotNamespaced)?;
        if !is_scope {
            return Err(InvalidClaimName::NotNamespaced);
        }
        let host = uri.host_name();
        let host = host.trim_end_matches('.');
        let is_below = |reserved: &&str| {
            host.strip_suffix(*reserved).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if RESERVED_HOSTS.iter().any(is_below) {
            return Err(InvalidClaimName::ReservedNamespace);
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for ClaimName {
    type Error = InvalidClaimName;

    fn try_from(name: String) -> Result<Self, InvalidClaimName> {
        name.parse()
    }
}

impl From<ClaimName> for String {
    fn from(name: ClaimName) -> Self {
        name.0
    }
}

#[cfg(test)]
#[path = "custom_claim_tests.rs"]
mod tests;
