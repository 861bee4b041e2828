//! How many of a tenant's clients were never used: what a flood of registrations would fill the table with.

use super::Client;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts unused clients by when they expire, so that the expired ones need no uncounting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedClients {
    /// By `e` and the end of the span in which they expire, in seconds since 1970. A count can be below zero for a
    /// moment.
    #[serde(flatten)]
    by_end: BTreeMap<String, i64>,
}

impl UnusedClients {
    /// The counter of this client; those that never expire have one too. A span is a 24th to a 48th of the time that the
    /// client had, so that a lifetime of an hour is counted to a minute or two, and one of a year makes no more counters;
    /// and a power of two, so that other lifetimes share them.
    #[must_use]
    pub fn counter(client: &Client) -> String {
        let Some(expires_at) = client.expires_at else { return "never".to_owned() };
        let lifetime = expires_at.since(client.client_id_issued_at).as_secs();
        let span = 1_i64 << (lifetime / 24).max(1).ilog2();
        format!("e{}", (expires_at.0 - 1).div_euclid(span) * span + span)
    }

    /// How many there are that have not expired.
    #[must_use]
    pub fn count(&self, now: Timestamp) -> u64 {
        let current = self.by_end.iter().filter(|(end, _)| !has_passed(end, now));
        u64::try_from(current.map(|(_, count)| count).sum::<i64>()).unwrap_or_default()
    }

    /// The counters whose clients have all expired, so that nobody needs them.
    pub fn passed(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        self.by_end.keys().map(String::as_str).filter(move |end| has_passed(end, now))
    }
}

fn has_passed(end: &str, now: Timestamp) -> bool {
    end.strip_prefix('e').and_then(|end| end.parse().ok()).is_some_and(|end: i64| end <= now.0)
}

#[cfg(test)]
#[path = "unused_clients_tests.rs"]
mod tests;
