//! A tenant's keys: what it signs with, and what seals its secrets.

use crate::{
    clock::Timestamp,
    jose::{PublicJwk, SigningAlg},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a key is published before it signs: longer than any verifier keeps a key set.
pub(super) const PUBLISHED_BEFORE_SIGNING: Duration = Duration::from_hours(24);

/// How long a key is published after it has signed: the longest life that a token can have (30 days), and
/// a day for clocks and caches.
const PUBLISHED_AFTER_SIGNING: Duration = Duration::from_hours(31 * 24);

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
    pub jwk: PublicJwk,
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

/// How a rotation is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// In good order: no verifier meets a signature by a key that it does not know yet, and no token
    /// dies before its time.
    Planned,
    /// A key is in the wrong hands: whatever has signed so far is taken out of the key set at once, and
    /// with it every token that it signed.
    Emergency,
}

/// What a rotation comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key set as it is to be; its version is still that of the set it replaces.
    pub key_set: KeySet,
    /// The keys that are no longer in it: once it is written, they can be disabled.
    pub retired: Vec<SigningKey>,
}

/// The next key has not been published for long enough to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the next signing key has been published for less than 24 hours, so that verifiers may not know it yet: \
     rotate after {} (seconds since 1970), or at once if a key is in the wrong hands", not_before.0
)]
pub struct TooSoon {
    /// From when on it can sign.
    pub not_before: Timestamp,
}

impl KeySet {
    /// Whether the next key for `alg` may begin to sign.
    ///
    /// # Errors
    ///
    /// [`TooSoon`], for a planned rotation.
    pub fn may_rotate(
        &self,
        alg: SigningAlg,
        urgency: Urgency,
        now: Timestamp,
    ) -> Result<(), TooSoon> {
        let next = self.of(alg).find(|key| key.state == KeyState::Next);
        let not_before = next.map(|key| key.since + PUBLISHED_BEFORE_SIGNING);
        match not_before {
            Some(not_before) if urgency == Urgency::Planned && now < not_before => {
                Err(TooSoon { not_before })
            }
            _ => Ok(()),
        }
    }

    /// The key set after the next key has become the current one, and `new` the next; those for other algorithms stay
    /// as they are.
    ///
    /// # Errors
    ///
    /// [`TooSoon`], for a planned rotation.
    pub fn rotate(
        &self,
        new: (String, PublicJwk),
        urgency: Urgency,
        now: Timestamp,
    ) -> Result<Rotation, TooSoon> {
        let alg = new.1.alg();
        self.may_rotate(alg, urgency, now)?;
        let mut keys = Vec::with_capacity(self.keys.len() + 1);
        let mut retired = Vec::new();
        for key in self.keys.iter().cloned() {
            let is_still_needed = now < key.since + PUBLISHED_AFTER_SIGNING;
            let kept = match (key.state, urgency) {
                _ if key.jwk.alg() != alg => Some((key.state, key.since)),
                (KeyState::Next, _) => Some((KeyState::Current, now)),
                (_, Urgency::Emergency) => None,
                (KeyState::Current, Urgency::Planned) => Some((KeyState::Previous, now)),
                (KeyState::Previous, Urgency::Planned) => {
                    is_still_needed.then_some((KeyState::Previous, key.since))
                }
            };
            match kept {
                Some((state, since)) => keys.push(SigningKey { state, since, ..key }),
                None => retired.push(key),
            }
        }
        let (reference, jwk) = new;
        keys.push(SigningKey { state: KeyState::Next, reference, jwk, since: now });
        Ok(Rotation { key_set: Self { keys, ..self.clone() }, retired })
    }

    /// The key set with a current and a next key for an algorithm that it has none for yet.
    #[must_use]
    pub fn with_keys_for_another_alg(&self, keys: impl IntoIterator<Item = SigningKey>) -> Self {
        Self { keys: self.keys.iter().cloned().chain(keys).collect(), ..self.clone() }
    }

    /// Whether it has keys for `alg`.
    #[must_use]
    pub fn has(&self, alg: SigningAlg) -> bool {
        self.of(alg).next().is_some()
    }

    /// The key that signs with `alg`.
    #[must_use]
    pub fn current(&self, alg: SigningAlg) -> Option<&SigningKey> {
        self.of(alg).find(|key| key.state == KeyState::Current)
    }

    fn of(&self, alg: SigningAlg) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(move |key| key.jwk.alg() == alg)
    }

    /// The public key called `kid`. Only these are ever trusted, whatever a token's header says.
    #[must_use]
    pub fn public_key(&self, kid: &str) -> Option<&PublicJwk> {
        self.keys.iter().map(|key| &key.jwk).find(|jwk| jwk.kid() == kid)
    }
}

#[cfg(test)]
#[path = "key_set_tests.rs"]
mod tests;
