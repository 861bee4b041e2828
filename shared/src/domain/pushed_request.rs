//! Authorization requests that clients push before they send the browser (RFC 9126).

use super::{ClientId, RequestId};
use crate::{clock::Timestamp, entropy::Entropy};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the name of every pushed request starts with (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// How long a random part is: 256 bits in base64url.
const LENGTH: usize = 43;

/// Names a pushed request: 256 random bits, of which the table knows only the hash. Without `Debug`, since whoever
/// has it can use it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushedRequestId(String);

impl PushedRequestId {
    /// A new request's name.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
    }

    /// The name in a `request_uri`, if it is written as ours are.
    #[must_use]
    pub fn parse(request_uri: &str) -> Option<Self> {
        let id = request_uri.strip_prefix(PREFIX)?;
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (id.len() == LENGTH && id.bytes().all(is_base64url)).then(|| Self(id.to_owned()))
    }

    /// What the client sends the browser with.
    #[must_use]
    pub fn request_uri(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// The random part.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A pushed request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRequest {
    /// Whose it is: nobody else can use it.
    pub client_id: ClientId,
    /// The parameters that count, as a query.
    pub query: String,
    /// Whether the client signed them.
    pub is_signed: bool,
    /// The answer that it was good for, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_by: Option<RequestId>,
    /// Until when it is good; once it is used, until when that is remembered.
    pub expires_at: Timestamp,
}

impl PushedRequest {
    /// How long a request is good for: the way of a browser from the client to us (RFC 9126 §2.2).
    pub const LIFETIME: Duration = Duration::from_secs(90);
}
