//! Grants: what a user has agreed that a client may do.

use crate::{clock::Timestamp, oauth::Scopes};
use serde::{Deserialize, Serialize};

/// A user's consent to one client, for one audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What the user agreed to, over all the times they were asked.
    pub scope: Scopes,
    /// When they last agreed to something.
    pub granted_at: Timestamp,
}

impl Grant {
    /// Whether the user has agreed to all of `scope` before.
    #[must_use]
    pub fn covers(&self, scope: &Scopes) -> bool {
        scope.is_subset_of(&self.scope)
    }
}
