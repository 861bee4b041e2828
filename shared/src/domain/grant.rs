//! Grants: what a user has agreed that a client may do.

use crate::{clock::Timestamp, oauth::Scopes, oidc::StandardClaims};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A user's consent to one client, for one audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What the user agreed to, over all the times they were asked.
    pub scope: Scopes,
    /// The claims that they agreed to one by one, besides those that scopes release.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub claims: BTreeSet<String>,
    /// When they last agreed to something.
    pub granted_at: Timestamp,
}

impl Grant {
    /// Whether the user has agreed to all of `scope` before, and to each of `claims`: by its name, or by that of a scope
    /// that releases it.
    #[must_use]
    pub fn covers(&self, scope: &Scopes, claims: &BTreeSet<String>) -> bool {
        let is_covered = |claim: &String| {
            self.claims.contains(claim)
                || self.scope.contains(claim)
                || StandardClaims::is_released_by(claim, &self.scope)
        };
        scope.is_subset_of(&self.scope) && claims.iter().all(is_covered)
    }

    /// This consent and what the user agrees to now.
    #[must_use]
    pub fn and(&self, now: &Self) -> Self {
        Self {
            scope: self.scope.union(&now.scope),
            claims: self.claims.union(&now.claims).cloned().collect(),
            granted_at: now.granted_at,
        }
    }
}
