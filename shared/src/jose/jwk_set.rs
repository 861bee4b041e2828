//! A client's key set (RFC 7517 §5).

use super::{InvalidJwk, SignatureAlg, VerificationJwk};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many keys a client may have: one that signs, one that is to come, and some for other uses.
const MAX_KEYS: usize = 10;

/// The public keys of a client: at least one, each with a name of its own where there are several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    keys: Vec<VerificationJwk>,
}

/// Why a value is not a [`JwkSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwkSet {
    /// RFC 7517 §5.
    #[error("must be an object whose member keys is an array of 1 to {MAX_KEYS} objects")]
    NotASet,
    /// A signature names its key by `kid` (OpenID Connect Core §10.1).
    #[error("must have a kid for each key, all different, where it has several keys")]
    AmbiguousKid,
    /// One of the keys is not to be used.
    #[error(transparent)]
    Jwk(#[from] InvalidJwk),
}

impl JwkSet {
    /// The set that `value` holds, without what means nothing here.
    ///
    /// # Errors
    ///
    /// [`InvalidJwkSet`].
    pub fn parse(value: &Value) -> Result<Self, InvalidJwkSet> {
        let keys = value.get("keys").and_then(Value::as_array);
        let keys = keys.filter(|keys| (1..=MAX_KEYS).contains(&keys.len()));
        let parse = |key: &Value| {
            let jwk = key.as_object().ok_or(InvalidJwkSet::NotASet)?;
            VerificationJwk::parse(jwk).map_err(InvalidJwkSet::Jwk)
        };
        let keys = keys.ok_or(InvalidJwkSet::NotASet)?.iter().map(parse);
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        let is_ambiguous = |(index, key): (usize, &VerificationJwk)| {
            key.kid().is_none() || keys[..index].iter().any(|other| other.kid() == key.kid())
        };
        if keys.len() > 1 && keys.iter().enumerate().any(is_ambiguous) {
            return Err(InvalidJwkSet::AmbiguousKid);
        }
        Ok(Self { keys })
    }

    /// Whether it has a key for signatures made with `alg`.
    #[must_use]
    pub fn has_key_for(&self, alg: SignatureAlg) -> bool {
        self.keys.iter().any(|key| key.is_for(alg))
    }

    /// Whether one of its keys is called `kid`.
    #[must_use]
    pub fn has_kid(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid() == Some(kid))
    }

    /// Whether a key of the set made `signature` of `message` with `alg`: the one called `kid`, or any
    /// that could have, where the signature names none.
    #[must_use]
    pub fn verifies(
        &self,
        alg: SignatureAlg,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.keys
            .iter()
            .filter(|key| kid.is_none() || key.kid().is_none() || key.kid() == kid)
            .any(|key| key.verifies(alg, message, signature))
    }
}
