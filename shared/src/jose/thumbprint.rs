//! What names a key (RFC 7638).

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// The SHA-256 thumbprint of a public key, in base64url: always 43 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JwkThumbprint(String);

impl JwkThumbprint {
    /// The thumbprint in `text`, if it is written as one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hash = URL_SAFE_NO_PAD.decode(text).ok()?;
        (hash.len() == digest::SHA256_OUTPUT_LEN).then(|| Self(text.to_owned()))
    }

    /// That of the key whose required members are `input`, in alphabetical order and without white space (RFC 7638
    /// §3.2).
    pub(super) fn of(input: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, input.as_bytes())))
    }

    /// The thumbprint as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
