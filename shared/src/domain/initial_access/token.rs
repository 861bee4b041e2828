//! What a registrant brings: an initial access token (RFC 7591 §3).

use crate::entropy::Entropy;
use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// Names an initial access token, so that its owner can list and revoke it. No secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InitialAccessTokenId(String);

impl InitialAccessTokenId {
    const PREFIX: &str = "iat_";
    const LENGTH: usize = 16;

    /// A new token's name.
    fn generate(entropy: &dyn Entropy) -> Self {
        Self(format!("{}{}", Self::PREFIX, entropy.alphanumerics(Self::LENGTH)))
    }

    /// The id in a request, if it is written as ours are.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let drawn = text.strip_prefix(Self::PREFIX)?;
        let is_one =
            drawn.len() == Self::LENGTH && drawn.bytes().all(|b| b.is_ascii_alphanumeric());
        is_one.then(|| Self(text.to_owned()))
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An initial access token: its name, and 256 random bits of which only the hash is kept.
#[derive(Clone)]
pub struct InitialAccessToken {
    id: InitialAccessTokenId,
    secret: String,
}

impl InitialAccessToken {
    /// A new token.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let secret = URL_SAFE_NO_PAD.encode(entropy.bytes::<32>());
        Self { id: InitialAccessTokenId::generate(entropy), secret }
    }

    /// The token in a request, if it is written as ours are: `{id}_{secret}`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let end = InitialAccessTokenId::PREFIX.len() + InitialAccessTokenId::LENGTH;
        let (id, secret) = text.split_at_checked(end)?;
        let (id, secret) = (InitialAccessTokenId::parse(id)?, secret.strip_prefix('_')?);
        let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_one = secret.len() == 43 && secret.bytes().all(is_of_one);
        is_one.then(|| Self { id, secret: secret.to_owned() })
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &InitialAccessTokenId {
        &self.id
    }

    /// The token itself: for the one response that tells it.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}_{}", self.id.0, self.secret)
    }

    /// What is kept of it: its secret's SHA-256, base64url.
    #[must_use]
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.secret.as_bytes()))
    }

    /// Whether `hash` is what is kept of it; in constant time.
    #[must_use]
    pub fn has_hash(&self, hash: &str) -> bool {
        constant_time::verify_slices_are_equal(self.hash().as_bytes(), hash.as_bytes()).is_ok()
    }
}

impl std::fmt::Debug for InitialAccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("InitialAccessToken").field(&self.id).finish()
    }
}
