//! How refresh tokens behave, by Auth0's names: the tenant's word, or the owner's for one client.

use super::{Client, Tenant};
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// The longest lifetime, in seconds: five years of 365 days and one of 366.
const MAX_LIFETIME: u64 = 157_766_400;

/// The longest leeway, in seconds.
const MAX_LEEWAY: u64 = 10;

/// Whether each refresh token is good once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationType {
    /// It is, and yields its successor (RFC 9700 §4.14.2).
    Rotating,
    /// It is good until it expires: for clients that prove who they are.
    NonRotating,
}

/// Whether refresh tokens expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpirationType {
    /// They do, as the lifetimes say.
    Expiring,
    /// They do not, whatever the lifetimes say.
    NonExpiring,
}

/// How refresh tokens behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshTokenSettings {
    /// Whether each is good once.
    pub rotation_type: RotationType,
    /// Whether they expire.
    pub expiration_type: ExpirationType,
    /// For how many seconds a spent one still yields its successor, and no other.
    pub leeway: u64,
    /// How many seconds the first and all its successors last.
    pub token_lifetime: u64,
    /// Whether that has no end.
    pub infinite_token_lifetime: bool,
    /// How many seconds one lasts that is not used.
    pub idle_token_lifetime: u64,
    /// Whether that has no end.
    pub infinite_idle_token_lifetime: bool,
}

impl Default for RefreshTokenSettings {
    fn default() -> Self {
        Self {
            rotation_type: RotationType::Rotating,
            expiration_type: ExpirationType::Expiring,
            leeway: MAX_LEEWAY,
            token_lifetime: 2_592_000,
            infinite_token_lifetime: false,
            idle_token_lifetime: 1_296_000,
            infinite_idle_token_lifetime: false,
        }
    }
}

impl RefreshTokenSettings {
    /// Whether nothing was changed.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The settings that `value` is: its members, and for the others the defaults; nothing, for `null`.
    ///
    /// # Errors
    ///
    /// What is wrong, beginning with the member.
    pub fn parse(value: &Value) -> Result<Option<Self>, String> {
        match value {
            Value::Null => Ok(None),
            Value::Object(members) => Self::default().changed(members).map(Some),
            _ => Err("must be an object or null".to_owned()),
        }
    }

    /// These settings with the members of `change`.
    ///
    /// # Errors
    ///
    /// What is wrong, beginning with the member.
    pub fn changed(mut self, change: &Map<String, Value>) -> Result<Self, String> {
        for (name, value) in change {
            match name.as_str() {
                "rotation_type" => self.rotation_type = one_of(name, value)?,
                "expiration_type" => self.expiration_type = one_of(name, value)?,
                "leeway" => self.leeway = seconds(name, value, 0, MAX_LEEWAY)?,
                "token_lifetime" => self.token_lifetime = seconds(name, value, 1, MAX_LIFETIME)?,
                "idle_token_lifetime" => {
                    self.idle_token_lifetime = seconds(name, value, 1, MAX_LIFETIME)?;
                }
                "infinite_token_lifetime" => self.infinite_token_lifetime = boolean(name, value)?,
                "infinite_idle_token_lifetime" => {
                    self.infinite_idle_token_lifetime = boolean(name, value)?;
                }
                _ => return Err("must have no members but those of the documentation".to_owned()),
            }
        }
        Ok(self)
    }

    /// How long the first and all its successors last.
    #[must_use]
    pub fn absolute_lifetime(&self) -> Option<Duration> {
        let is_finite = self.expires() && !self.infinite_token_lifetime;
        is_finite.then(|| Duration::from_secs(self.token_lifetime))
    }

    /// Until when one lasts that is used now for the last time.
    #[must_use]
    pub fn idle_until(&self, now: Timestamp) -> Option<Timestamp> {
        let is_finite = self.expires() && !self.infinite_idle_token_lifetime;
        is_finite.then(|| now + Duration::from_secs(self.idle_token_lifetime))
    }

    /// For how long a spent one still yields its successor.
    #[must_use]
    pub fn leeway(&self) -> Duration {
        Duration::from_secs(self.leeway.min(MAX_LEEWAY))
    }

    fn expires(&self) -> bool {
        self.expiration_type == ExpirationType::Expiring
    }
}

impl Client {
    /// How its refresh tokens behave: as its owner says of it, or else as of all. Who can't prove who it is always
    /// rotates them (RFC 9700 §4.14.2), and those of a strict client always expire.
    #[must_use]
    pub fn refresh_token_settings(&self, tenant: &Tenant) -> RefreshTokenSettings {
        let mut settings = self.owner_metadata.refresh_token.unwrap_or(tenant.refresh_token);
        if self.is_public() {
            settings.rotation_type = RotationType::Rotating;
        }
        if self.third_party_security_mode.limits_refresh_tokens() {
            settings.expiration_type = ExpirationType::Expiring;
            settings.infinite_token_lifetime = false;
        }
        settings
    }
}

fn one_of<T: for<'de> Deserialize<'de>>(name: &str, value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|_| format!("{name} is none that there is"))
}

fn boolean(name: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{name} must be true or false"))
}

fn seconds(name: &str, value: &Value, least: u64, most: u64) -> Result<u64, String> {
    let seconds = value.as_u64().filter(|seconds| (least..=most).contains(seconds));
    seconds
        .ok_or_else(|| format!("{name} must be a whole number of seconds from {least} to {most}"))
}

#[cfg(test)]
#[path = "refresh_token_settings_tests.rs"]
mod tests;
