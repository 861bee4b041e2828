//! Audit events: who did what, from where, and what came of it, by Auth0's names for log events.
//!
//! No secret is in one: there is no field for a token, a secret or a header.

use super::ClientId;
use crate::{clock::Timestamp, entropy::Entropy};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Names an audit event: a ULID (a time and randomness, in the order of time), from which its place in the table
/// can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogId(String);

impl LogId {
    /// How many partitions share a day's events.
    pub const SHARDS: u8 = 4;

    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const LENGTH: usize = 26;
    /// Of it, how many characters tell the time.
    const TIME: usize = 10;

    /// A new event's name.
    #[must_use]
    pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let [high, low] = [entropy.bytes::<8>(), entropy.bytes::<8>()].map(u64::from_be_bytes);
        let random = u128::from(high) << 64 | u128::from(low);
        let milliseconds = u128::from(now.0.unsigned_abs()) * 1_000;
        let id = milliseconds << 80 | random >> 48;
        let digit = |place: usize| {
            let value = (id >> (5 * place)) & 31;
            char::from(Self::ALPHABET[usize::try_from(value).unwrap_or_default()])
        };
        Self((0..Self::LENGTH).rev().map(digit).collect())
    }

    /// The id in a request, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_of_it = |byte: u8| Self::ALPHABET.contains(&byte);
        let is_one = text.len() == Self::LENGTH && text.bytes().all(is_of_it);
        is_one.then(|| Self(text.to_owned()))
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day it was made on, counted from 1970-01-01.
    #[must_use]
    pub fn day(&self) -> i64 {
        let milliseconds = self.digits().take(Self::TIME).fold(0, |time, digit| time << 5 | digit);
        Timestamp(milliseconds / 1_000).days()
    }

    /// Which of the day's partitions it is in.
    #[must_use]
    pub fn shard(&self) -> u8 {
        let last = self.digits().next_back().unwrap_or_default();
        u8::try_from(last).unwrap_or_default() % Self::SHARDS
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = i64> {
        let digit = |byte: u8| Self::ALPHABET.iter().position(|&known| known == byte);
        self.0.bytes().filter_map(digit).filter_map(|digit| i64::try_from(digit).ok())
    }
}

/// What kind of event it is, by Auth0's codes where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// A change that was made, by the Management API or by registration.
    #[serde(rename = "sapi")]
    SuccessfulApiOperation,
    /// A change that was refused. Auth0 has no code for a refused registration; this one is ours.
    #[serde(rename = "fapi")]
    FailedApiOperation,
    /// A limit was reached.
    #[serde(rename = "api_limit")]
    LimitReached,
}

/// Who did it, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The address that the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// What sent it, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The client whose token allowed it: for changes by the Management API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acting_client_id: Option<String>,
}

/// An audit event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Its name.
    pub log_id: LogId,
    /// When it happened.
    pub date: Timestamp,
    /// What kind it is.
    pub r#type: EventType,
    /// What happened, in words out of a fixed list.
    pub description: String,
    /// The client that it happened to, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// What that client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Who did it, and from where.
    #[serde(flatten)]
    pub origin: Origin,
    /// What was asked, and what was answered, without any secret.
    pub details: Value,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl AuditEvent {
    /// How long events are kept.
    pub const RETENTION: Duration = Duration::from_hours(30 * 24);

    /// Something that happens now.
    #[must_use]
    pub fn new(
        r#type: EventType,
        description: &str,
        origin: Origin,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            log_id: LogId::generate(now, entropy),
            date: now,
            r#type,
            description: description.to_owned(),
            client_id: None,
            client_name: None,
            origin,
            details: Value::Null,
            expires_at: now + Self::RETENTION,
        }
    }

    /// The same event, about `client_id`, which calls itself `client_name`.
    #[must_use]
    pub fn about(self, client_id: &ClientId, client_name: Option<&str>) -> Self {
        let client_name = client_name.map(str::to_owned);
        Self { client_id: Some(client_id.clone()), client_name, ..self }
    }

    /// The same event, with what was asked and answered.
    #[must_use]
    pub fn with_details(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

#[cfg(test)]
#[path = "audit_event_tests.rs"]
mod tests;
