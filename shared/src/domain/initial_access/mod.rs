//! Initial access tokens: what a tenant's owner gives out to those who may register a client (RFC 7591 §3).

mod terms;
mod token;

pub use terms::{InvalidTerms, RegistrationTerms};
pub use token::{InitialAccessToken, InitialAccessTokenId};

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::{ops::RangeInclusive, time::Duration};

/// What is kept of an initial access token: what it is good for, and how often it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialAccess {
    /// The token's name.
    pub id: InitialAccessTokenId,
    /// The hash of its secret.
    pub secret_hash: String,
    /// What its owner calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good.
    pub expires_at: Timestamp,
    /// How many clients can be registered with it; any number, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u64>,
    /// How many were.
    pub uses: u64,
    /// What holds for them.
    #[serde(flatten)]
    pub terms: RegistrationTerms,
}

impl InitialAccess {
    /// How long a token is good of which it is not said.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_hours(30 * 24);

    /// How long a token may be good, in seconds: up to a year.
    pub const LIFETIMES: RangeInclusive<u64> = 1..=365 * 24 * 60 * 60;

    /// How many uses a token may have, if they are counted.
    pub const USES: RangeInclusive<u64> = 1..=1_000_000;

    /// Whether it is what is kept of `token`, in constant time, and can still be used.
    #[must_use]
    pub fn admits(&self, token: &InitialAccessToken) -> bool {
        token.has_hash(&self.secret_hash) && self.has_uses()
    }

    /// Whether it can still be used.
    #[must_use]
    pub fn has_uses(&self) -> bool {
        self.max_uses.is_none_or(|most| self.uses < most)
    }
}

#[cfg(test)]
mod tests;
