//! Assertions that clients have authenticated with (RFC 7523 §3).

use super::RequestId;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// What is remembered of an assertion, so that it is used once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedAssertion {
    /// The request that it was used in.
    pub used_by: RequestId,
    /// When it would not be accepted any more.
    pub expires_at: Timestamp,
}
