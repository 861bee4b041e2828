//! Claims that a client asked for one by one (OpenID Connect Core §5.5), and that its user agreed to.

use super::{CustomClaim, User};
use crate::oidc::{ClaimsRequest, RequestedClaim, RequestedClaims};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The claims by name, for either place where they are told, besides those that scopes release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndividualClaims {
    /// At the userinfo endpoint.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub userinfo: BTreeSet<String>,
    /// In ID Tokens; `acr` is among them, if it was asked for.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub id_token: BTreeSet<String>,
}

/// Claims that tell how a user signed in, and who they are: they need no consent of their own.
const ABOUT_THE_SIGN_IN: [&str; 2] = ["acr", "sub"];

impl IndividualClaims {
    /// Those that `request` asks for and `user` has with a value that will do: of others the client learns
    /// nothing, which is no error (OpenID Connect Core §5.5.1).
    #[must_use]
    pub fn of(request: &ClaimsRequest, user: &User, custom: &[CustomClaim]) -> Self {
        let met = |claims: &RequestedClaims| -> BTreeSet<String> {
            let is_met = |(name, asked): &(&str, &RequestedClaim)| {
                user.claim(name, custom).is_some_and(|value| asked.accepts(&value))
            };
            claims.iter().filter(is_met).map(|(name, _)| name.to_owned()).collect()
        };
        let mut id_token = met(&request.id_token);
        // It is about the sign-in, not the user, and told in ID Tokens alone.
        id_token.extend(request.id_token.get("acr").map(|_| "acr".to_owned()));
        Self { userinfo: met(&request.userinfo), id_token }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The claims about the user among them, wherever they are told: what the user had to agree to.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        let all = self.userinfo.union(&self.id_token);
        all.filter(|name| !ABOUT_THE_SIGN_IN.contains(&name.as_str())).cloned().collect()
    }

    /// The claims about the user that `request` asks for, wherever they are told: what the user is asked to
    /// agree to besides scopes.
    #[must_use]
    pub fn to_agree_to(request: &ClaimsRequest) -> BTreeSet<String> {
        let all = request.userinfo.iter().chain(request.id_token.iter());
        let about_the_user = all.filter(|(name, _)| !ABOUT_THE_SIGN_IN.contains(name));
        about_the_user.map(|(name, _)| name.to_owned()).collect()
    }
}

impl User {
    /// The claim called `name`, standard or the tenant's own, if it is known of the user.
    #[must_use]
    pub fn claim(&self, name: &str, custom: &[CustomClaim]) -> Option<Value> {
        let custom = custom.iter().find(|definition| definition.claim.as_str() == name);
        custom.map_or_else(|| self.claims.get(name), |definition| self.custom_claim(definition))
    }

    /// The claims called so, as far as they are known.
    #[must_use]
    pub fn claims_named(
        &self,
        names: &BTreeSet<String>,
        custom: &[CustomClaim],
    ) -> Map<String, Value> {
        let claim = |name: &String| self.claim(name, custom).map(|value| (name.clone(), value));
        names.iter().filter_map(claim).collect()
    }
}

#[cfg(test)]
#[path = "individual_claims_tests.rs"]
mod tests;
