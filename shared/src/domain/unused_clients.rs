//! How many of a tenant's clients were never used: what a flood of registrations would fill the table with.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts unused clients by the day on which they expire, so that the expired ones need no uncounting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedClients {
    /// By `d` and the number of the day. A count can be below zero for a moment.
    #[serde(flatten)]
    by_day: BTreeMap<String, i64>,
}

impl UnusedClients {
    /// The counter of clients that expire then; those that never do have one too.
    #[must_use]
    pub fn day(expires_at: Option<Timestamp>) -> String {
        expires_at.map_or_else(|| "never".to_owned(), |at| format!("d{}", at.days()))
    }

    /// How many there are that have not expired.
    #[must_use]
    pub fn count(&self, now: Timestamp) -> u64 {
        let current = self.by_day.iter().filter(|(day, _)| !has_passed(day, now));
        u64::try_from(current.map(|(_, count)| count).sum::<i64>()).unwrap_or_default()
    }

    /// The days whose clients have all expired, so that nobody needs their counts.
    pub fn passed(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        self.by_day.keys().map(String::as_str).filter(move |day| has_passed(day, now))
    }
}

fn has_passed(day: &str, now: Timestamp) -> bool {
    day.strip_prefix('d').and_then(|day| day.parse().ok()).is_some_and(|day: i64| day < now.days())
}

#[cfg(test)]
#[path = "unused_clients_tests.rs"]
mod tests;
