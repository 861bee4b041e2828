//! Passwords (RFC 9106, Argon2id).

use crate::entropy::Entropy;
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash as Phc,
};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The longest password that is hashed, in bytes: more would only cost time.
const MAX_LENGTH: usize = 1_024;

/// How costly a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordParameters {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl PasswordParameters {
    /// What a function with one processor hashes in about a fifth of a second.
    pub const TARGET: Self = Self { memory_kib: 64 * 1024, passes: 3 };
}

/// What is kept of a password: Argon2id in the PHC string format.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes `password`, which is normalized first (NFKC), so that it does not matter on which keyboard
    /// it was typed. Costly by design: not for the threads that serve requests.
    ///
    /// # Panics
    ///
    /// Never: the parameters and the salt's length are constants that Argon2 accepts.
    #[must_use]
    #[expect(clippy::expect_used, reason = "constants that Argon2 accepts")]
    pub fn new(password: &str, parameters: PasswordParameters, entropy: &dyn Entropy) -> Self {
        let salt: [u8; 16] = entropy.bytes();
        let params =
            Params::new(parameters.memory_kib, parameters.passes, 1, None).expect("constants");
        let hash: Phc = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(normalized(password).as_bytes(), &salt)
            .expect("constants");
        Self(hash.to_string())
    }

    /// A hash that no password has, costing as much to check: for users that do not exist.
    #[must_use]
    pub fn of_nobody() -> Self {
        let PasswordParameters { memory_kib, passes } = PasswordParameters::TARGET;
        let (salt, hash) = ("AAAAAAAAAAAAAAAAAAAAAA", "A".repeat(43));
        Self(format!("$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${hash}"))
    }

    /// Whether `password` is the one. Costly by design.
    #[must_use]
    pub fn matches(&self, password: &str) -> bool {
        password.len() <= MAX_LENGTH
            && Argon2::default().verify_password(normalized(password).as_bytes(), &*self.0).is_ok()
    }
}

fn normalized(password: &str) -> String {
    password.nfkc().collect()
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
