//! ID Tokens (OpenID Connect Core §2, §3.2.2.10, §3.3.2.11).

use crate::clock::Timestamp;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};

/// The claims of an ID Token (OpenID Connect Core §2).
#[derive(Debug, Serialize)]
pub struct IdTokenClaims {
    /// Who issued it.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// When it expires.
    pub exp: Timestamp,
    /// When it was issued.
    pub iat: Timestamp,
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// How they did, where the client wants to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<&'static str>,
    /// The session in which they did (OpenID Connect Back-Channel Logout §2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What ties it to the client's request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// What ties it to the access token that it came with; see [`left_half_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// What ties it to the code that it came with; see [`left_half_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    /// Claims about the user: standard ones and the tenant's own.
    #[serde(flatten)]
    pub user: Map<String, Value>,
}

/// `at_hash` and `c_hash`: base64url of the left half of the SHA-256 of `value` (OpenID Connect Core
/// §3.2.2.9, §3.3.2.11). SHA-256 because it is what each of our algorithms for ID Tokens uses.
#[must_use]
pub fn left_half_hash(value: &str) -> String {
    let hash = digest::digest(&digest::SHA256, value.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..digest::SHA256_OUTPUT_LEN / 2])
}
