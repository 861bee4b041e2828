//! Keys: who signs, wraps and unwraps ([`KeyHolder`]), and what a tenant's sealing key is good for
//! ([`Sealing`]). Private signing keys never leave their holder.

mod local;
mod sealing;

pub use local::{LocalKeys, LocalKeysError, write_private};
pub use sealing::{Purpose, Sealing};

use crate::{domain::TenantId, jose::RsaPublicJwk};
use std::{error::Error, future::Future, pin::Pin};

/// What a [`KeyHolder`] answers with.
pub type KeyAnswer<'a, T> = Pin<Box<dyn Future<Output = Result<T, KeyError>> + Send + 'a>>;

/// Holds keys that nobody else sees.
pub trait KeyHolder: Send + Sync {
    /// A new RSA-2048 signing key: what the holder calls it, and its public half.
    fn create_signing_key(&self) -> KeyAnswer<'_, (String, RsaPublicJwk)>;

    /// The RS256 signature of `message` (RFC 7518 §3.3) by the key called `reference`.
    fn sign<'a>(&'a self, reference: &'a str, message: &'a [u8]) -> KeyAnswer<'a, Vec<u8>>;

    /// A new sealing key for `tenant`, wrapped: only [`KeyHolder::unwrap_sealing_key`] can read it.
    fn create_sealing_key<'a>(&'a self, tenant: &'a TenantId) -> KeyAnswer<'a, Vec<u8>>;

    /// The sealing key that was wrapped for `tenant`.
    fn unwrap_sealing_key<'a>(
        &'a self,
        tenant: &'a TenantId,
        wrapped: &'a [u8],
    ) -> KeyAnswer<'a, [u8; 32]>;
}

/// A key holder can't do what it was asked. Nobody sees it but the log; the client is told to try again.
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
