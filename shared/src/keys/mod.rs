//! Keys: who signs and unwraps ([`KeyHolder`]), who makes keys ([`KeyMaker`]), and what a tenant's
//! sealing key is good for ([`Sealing`]). Private signing keys never leave their holder.

mod client_secrets;
mod kms;
mod kms_maker;
mod local;
mod local_pair;
mod sealing;

pub use kms::KmsKeys;
pub use kms_maker::KmsKeyMaker;
pub use local::{LocalKeys, LocalKeysError, write_private};
pub use sealing::{Purpose, Sealing};

use crate::{
    domain::TenantId,
    jose::{PublicJwk, SigningAlg},
};
use std::{error::Error, future::Future, pin::Pin};

/// What keys are answered for with.
pub type KeyAnswer<'a, T> = Pin<Box<dyn Future<Output = Result<T, KeyError>> + Send + 'a>>;

/// Holds keys that nobody else sees.
pub trait KeyHolder: Send + Sync {
    /// Opens a connection to the holder, if it is reached over one.
    fn connect(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }

    /// The signature of `message` by the key called `reference`, which is for `alg`, as a JWS has it (RFC 7518 §3.3,
    /// §3.4).
    fn sign<'a>(
        &'a self,
        alg: SigningAlg,
        reference: &'a str,
        message: &'a [u8],
    ) -> KeyAnswer<'a, Vec<u8>>;

    /// The sealing key that was wrapped for `tenant`.
    fn unwrap_sealing_key<'a>(
        &'a self,
        tenant: &'a TenantId,
        wrapped: &'a [u8],
    ) -> KeyAnswer<'a, [u8; 32]>;
}

/// Makes keys and puts them out of use. Whoever may do this may not sign, and the other way round.
pub trait KeyMaker: Send + Sync {
    /// A new signing key for `alg`, RSA-2048 or P-256: what the holder calls it.
    fn create_signing_key(&self, alg: SigningAlg) -> KeyAnswer<'_, String>;

    /// The public half of a new key called `reference`, which is for `alg`.
    fn public_key<'a>(&'a self, alg: SigningAlg, reference: &'a str) -> KeyAnswer<'a, PublicJwk>;

    /// From now on the key called `reference` signs nothing more.
    fn disable_signing_key<'a>(&'a self, reference: &'a str) -> KeyAnswer<'a, ()>;

    /// A new sealing key for `tenant`, wrapped: only [`KeyHolder::unwrap_sealing_key`] can read it.
    fn create_sealing_key<'a>(&'a self, tenant: &'a TenantId) -> KeyAnswer<'a, Vec<u8>>;
}

/// A key can't be used or made. Nobody sees why but the log; the client is told to try again, since no
/// other key and no other algorithm would do.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct KeyError {
    doing: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl KeyError {
    /// An error while `doing` something.
    #[must_use]
    pub fn new(doing: &'static str) -> Self {
        Self { doing, source: None }
    }

    /// An error while `doing` something, and its cause.
    pub fn because(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { doing, source: Some(source.into()) }
    }
}
