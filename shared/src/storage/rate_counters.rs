//! Rate counters in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, Update, number},
};
use crate::domain::{RateLimit, TenantId};
use std::time::Duration;

impl Store {
    /// Counts that `subject` did what `limit` limits, and says how long it has to wait before doing so
    /// again if that was once too often. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn count(
        &self,
        t: &TenantId,
        limit: &RateLimit,
        subject: &str,
    ) -> Result<Option<Duration>, StorageError> {
        let now = self.clock.now();
        let key = keys::rate_counter(t, limit, subject, limit.window_at(now));
        let update = Update {
            expression: "ADD times :one SET expires_at = :expires_at",
            condition: None,
            values: vec![
                (":one", number(&1)),
                (":expires_at", number(&(limit.end_of_window(now).0 + 1))),
            ],
        };
        let Outcome::Written(counter) = self.table.update(&key, update).await? else {
            return Err(StorageError::new("counting", "an unconditional update was refused"));
        };
        let times = counter.get("times").and_then(|value| value.as_n().ok());
        let times = times.and_then(|text| text.parse().ok());
        times
            .map(|times| limit.wait(times, now))
            .ok_or_else(|| StorageError::new("counting", "the counter holds no number"))
    }
}
