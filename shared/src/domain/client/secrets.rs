//! What is kept of a client's secrets. One that was rotated stays good for a while beside its successor, so that the
//! client's instances can be told the new one after another.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// What is kept of a client's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedSecret {
    /// HMAC-SHA-256 under the tenant's sealing key, base64url.
    pub mac: String,
    /// The secret itself, sealed: only for clients whose ID Tokens it signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

impl std::fmt::Debug for ProtectedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProtectedSecret(…)")
    }
}

/// A secret that was rotated, good until its time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotatedSecret {
    /// What is kept of it.
    #[serde(flatten)]
    pub secret: ProtectedSecret,
    /// When it stops being good.
    pub good_until: Timestamp,
}
