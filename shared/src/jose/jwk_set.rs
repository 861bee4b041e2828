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
    /// The set that `value`, which a client registers, holds, without what means nothing here. It has no key but those
    /// that can be used: the answer says what is registered, and nothing of it may be left out.
    ///
    /// # Errors
    ///
    /// [`InvalidJwkSet`].
    pub fn parse(value: &Value) -> Result<Self, InvalidJwkSet> {
        Self::unambiguous(parse_keys(value)?.collect::<Result<_, _>>()?)
    }

    /// The set that `value`, which a client publishes for everybody, holds: keys of kinds that we don't know, and for
    /// uses that we don't know, are as good as not there (RFC 7517 §5). What must never be published refuses it all the
    /// same.
    ///
    /// # Errors
    ///
    /// [`InvalidJwkSet`]; why the first key is none of ours, when no other is.
    pub fn parse_published(value: &Value) -> Result<Self, InvalidJwkSet> {
        let (mut keys, mut why_ignored) = (Vec::new(), None);
        for key in parse_keys(value)? {
            match key {
                Ok(key) => keys.push(key),
                Err(InvalidJwkSet::Jwk(why)) if why.is_of_no_use_only() => {
                    why_ignored.get_or_insert(why);
                }
                Err(why) => return Err(why),
            }
        }
        match why_ignored {
            Some(why) if keys.is_empty() => Err(InvalidJwkSet::Jwk(why)),
            _ => Self::unambiguous(keys),
        }
    }

    fn unambiguous(keys: Vec<VerificationJwk>) -> Result<Self, InvalidJwkSet> {
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

/// The keys of a set, each by itself.
fn parse_keys(
    value: &Value,
) -> Result<impl Iterator<Item = Result<VerificationJwk, InvalidJwkSet>>, InvalidJwkSet> {
    let keys = value.get("keys").and_then(Value::as_array);
    let keys = keys.filter(|keys| (1..=MAX_KEYS).contains(&keys.len()));
    let parse = |key: &Value| {
        let jwk = key.as_object().ok_or(InvalidJwkSet::NotASet)?;
        VerificationJwk::parse(jwk).map_err(InvalidJwkSet::Jwk)
    };
    Ok(keys.ok_or(InvalidJwkSet::NotASet)?.iter().map(parse))
}

#[cfg(test)]
#[path = "jwk_set_tests.rs"]
mod tests;
