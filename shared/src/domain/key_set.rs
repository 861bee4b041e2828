//! A tenant's keys: what it signs with, and what seals its secrets.

use crate::{clock::Timestamp, jose::RsaPublicJwk};
use serde::{Deserialize, Serialize};

/// The keys of a tenant. Public parts and names only; private keys never leave their holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// Counts its changes, so that no two rotations overwrite each other.
    pub version: u64,
    /// The signing keys, in the order in which they are published.
    pub keys: Vec<SigningKey>,
    /// The sealing key, wrapped by the key holder; base64url.
    pub wrapped_sealing_key: String,
}

/// A signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// What it is used for now.
    pub state: KeyState,
    /// What the key holder calls it.
    pub reference: String,
    /// Its public half, as published.
    pub jwk: RsaPublicJwk,
    /// Since when it is in this state.
    pub since: Timestamp,
}

/// What a signing key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Signs.
    Current,
    /// Is published, so that every verifier knows it before it signs.
    Next,
    /// Has signed; verifies until its last token has died.
    Previous,
}

impl KeySet {
    /// The key that signs.
    #[must_use]
    pub fn current(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.state == KeyState::Current)
    }

    /// The public key called `kid`. Only these are ever trusted, whatever a token's header says.
    #[must_use]
    pub fn public_key(&self, kid: &str) -> Option<&RsaPublicJwk> {
        self.keys.iter().map(|key| &key.jwk).find(|jwk| jwk.kid() == kid)
    }
}
