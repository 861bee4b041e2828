//! What a client manages its registration with (RFC 7592 §3).

use crate::entropy::Entropy;
use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A registration access token: 256 random bits. Only its hash is kept.
#[derive(Clone)]
pub struct RegistrationAccessToken(String);

impl RegistrationAccessToken {
    /// A new token.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
    }

    /// The token itself: for the responses that tell it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it: its SHA-256, base64url.
    #[must_use]
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.0.as_bytes()))
    }

    /// Whether `hash` is what is kept of it; in constant time.
    #[must_use]
    pub fn has_hash(&self, hash: &str) -> bool {
        constant_time::verify_slices_are_equal(self.hash().as_bytes(), hash.as_bytes()).is_ok()
    }
}

impl From<&str> for RegistrationAccessToken {
    fn from(token: &str) -> Self {
        Self(token.to_owned())
    }
}

impl std::fmt::Debug for RegistrationAccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegistrationAccessToken(…)")
    }
}
