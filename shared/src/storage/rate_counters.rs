//! Rate counters in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, Update, number},
};
use crate::domain::{Counter, RateLimit, TenantId};
use std::time::Duration;

/// The count where it is known to be too high.
const NOT_COUNTED: u64 = u64::MAX;

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
        Ok(limit.wait(self.count_times(t, &limit.counter, subject).await?, now))
    }

    /// Counts that `subject` did what `counter` counts: how often in this window. For a limit that is being read at
    /// the same time. One round trip; none for a limit that this process knows to be exceeded.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn count_times(
        &self,
        t: &TenantId,
        counter: &Counter,
        subject: &str,
    ) -> Result<u64, StorageError> {
        let now = self.clock.now();
        let key = keys::rate_counter(t, counter, subject, counter.window_at(now));
        if self.exceeded.has(&key.pk) {
            return Ok(NOT_COUNTED);
        }
        let update = Update {
            expression: "ADD times :one SET expires_at = :expires_at",
            condition: None,
            values: vec![
                (":one", number(&1)),
                (":expires_at", number(&(counter.end_of_window(now).0 + 1))),
            ],
        };
        let Outcome::Written(item) = self.table.update(&key, update).await? else {
            return Err(StorageError::new("counting", "an unconditional update was refused"));
        };
        let times = item.get("times").and_then(|value| value.as_n().ok());
        let times = times.and_then(|text| text.parse().ok());
        times.ok_or_else(|| StorageError::new("counting", "the counter holds no number"))
    }

    /// Whether `subject` does what `counter` counts for the first time in this window. One round trip; none where this
    /// process knows better.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn is_first(
        &self,
        t: &TenantId,
        counter: &Counter,
        subject: &str,
    ) -> Result<bool, StorageError> {
        let never = RateLimit { counter: *counter, most: 0 };
        let times = self.count_times(t, counter, subject).await?;
        self.wait(t, &never, subject, times);
        Ok(never.is_just_exceeded(times))
    }

    /// How long `subject` has to wait, having done it `times` times by [`Store::count_times`]; and remembers it. Where the
    /// limit was raised meanwhile, the count begins again with the next time.
    pub fn wait(
        &self,
        t: &TenantId,
        limit: &RateLimit,
        subject: &str,
        times: u64,
    ) -> Option<Duration> {
        let now = self.clock.now();
        let wait = limit.wait(times, now)?;
        let key = keys::rate_counter(t, &limit.counter, subject, limit.counter.window_at(now));
        if times == NOT_COUNTED && self.exceeded.forget_if_raised(&key.pk, limit.most) {
            return None;
        }
        self.exceeded.insert(key.pk, limit.most);
        Some(wait)
    }
}
