//! Rate limits: how often something may be done in a window of time.

use crate::clock::Timestamp;
use std::time::Duration;

/// What is counted in windows of time. Each subject (a source address, an account) is counted by itself.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// Its name in the table.
    pub name: &'static str,
    /// The window, in seconds.
    pub window: u64,
}

/// How often something may be done in a window of time.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// What is counted.
    pub counter: Counter,
    /// How often in a window.
    pub most: u64,
}

/// Sign-ins to one account, so that its password can't be guessed.
pub const LOGINS_PER_ACCOUNT: RateLimit =
    RateLimit { counter: Counter { name: "login_account", window: 300 }, most: 10 };

/// Sign-ins from one address, so that one password can't be tried on all accounts.
pub const LOGINS_PER_SOURCE: RateLimit =
    RateLimit { counter: Counter { name: "login_source", window: 300 }, most: 100 };

/// Registrations from one address. How many there may be is a setting of the tenant.
pub const REGISTRATIONS_PER_SOURCE: Counter = Counter { name: "register_source", window: 60 };

/// Registrations with one tenant. How many there may be is a setting of the tenant.
pub const REGISTRATIONS_PER_TENANT: Counter = Counter { name: "register_tenant", window: 60 };

/// Refusals that anybody can have any number of, of which the log tells one in each window.
pub const REFUSALS_LOGGED: Counter = Counter { name: "refusal_logged", window: 60 };

impl Counter {
    /// The window that `now` lies in.
    #[must_use]
    pub fn window_at(&self, now: Timestamp) -> i64 {
        now.0.div_euclid(i64::try_from(self.window).unwrap_or(i64::MAX))
    }

    /// When the window that `now` lies in ends.
    #[must_use]
    pub fn end_of_window(&self, now: Timestamp) -> Timestamp {
        let window = i64::try_from(self.window).unwrap_or(i64::MAX);
        Timestamp(self.window_at(now).saturating_add(1).saturating_mul(window))
    }
}

impl RateLimit {
    /// How long to wait if this was the `count`th time in this window; nothing if it may be done.
    #[must_use]
    pub fn wait(&self, count: u64, now: Timestamp) -> Option<Duration> {
        (count > self.most).then(|| self.counter.end_of_window(now).since(now))
    }

    /// Whether this was the first time in this window that was once too often.
    #[must_use]
    pub fn is_just_exceeded(&self, count: u64) -> bool {
        count == self.most.saturating_add(1)
    }
}
