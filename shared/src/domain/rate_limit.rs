//! Rate limits: how often something may be done in a window of time.

use crate::clock::Timestamp;
use std::time::Duration;

/// A limit. Each subject (a source address, an account) is counted by itself.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// Its name in the table.
    pub name: &'static str,
    /// How often in a window.
    pub most: u64,
    /// The window, in seconds.
    pub window: u64,
}

/// Sign-ins to one account, so that its password can't be guessed.
pub const LOGINS_PER_ACCOUNT: RateLimit =
    RateLimit { name: "login_account", most: 10, window: 300 };

/// Sign-ins from one address, so that one password can't be tried on all accounts.
pub const LOGINS_PER_SOURCE: RateLimit = RateLimit { name: "login_source", most: 100, window: 300 };

/// Registrations from one address.
pub const REGISTRATIONS_PER_SOURCE: RateLimit =
    RateLimit { name: "register_source", most: 60, window: 60 };

impl RateLimit {
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

    /// How long to wait if this was the `count`th time in this window; nothing if it may be done.
    #[must_use]
    pub fn wait(&self, count: u64, now: Timestamp) -> Option<Duration> {
        (count > self.most).then(|| self.end_of_window(now).since(now))
    }
}
