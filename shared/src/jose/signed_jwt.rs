//! JWTs that clients sign (RFC 7519), with algorithms fixed beforehand (RFC 8725 §3.1).

use super::{InvalidJws, JwkSet, SignatureAlg, VerificationJwk};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned};

/// The longest JWT of a client that is looked at, in bytes.
const MAX_LENGTH: usize = 8 * 1024;

/// A client's JWT, taken apart but **not** verified. Without `Debug`, since it may be a bearer value.
pub struct SignedJwt<'a> {
    header: Header,
    alg: SignatureAlg,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// What is not there, such as `jku` and `x5u`, is never trusted.
#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
    /// Trusted by proofs that its sender has it, and by nothing else.
    jwk: Option<serde_json::Value>,
}

impl<'a> SignedJwt<'a> {
    /// Whether `text` says of itself that nobody signed it (RFC 7518 §3.6).
    #[must_use]
    pub fn is_unsigned(text: &str) -> bool {
        let header = text.split('.').next().filter(|header| header.len() <= MAX_LENGTH);
        let header = header.and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
        let header: Option<Header> = header.and_then(|header| serde_json::from_slice(&header).ok());
        header.is_some_and(|header| header.alg.eq_ignore_ascii_case("none"))
    }

    /// Takes `text` apart. Strict: exactly three parts, canonical base64url, an algorithm that we
    /// verify, no `crit`.
    ///
    /// # Errors
    ///
    /// [`InvalidJws`].
    pub fn parse(text: &'a str) -> Result<Self, InvalidJws> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidJws);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(InvalidJws)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidJws)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidJws);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| InvalidJws)?;
        let alg = SignatureAlg::from_name(&header.alg).ok_or(InvalidJws)?;
        if header.crit.is_some() {
            return Err(InvalidJws);
        }
        Ok(Self { header, alg, signed, payload: decode(payload)?, signature: decode(signature)? })
    }

    /// The algorithm that it says it was signed with.
    #[must_use]
    pub fn alg(&self) -> SignatureAlg {
        self.alg
    }

    /// What it says it is, such as `JWT`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// The key that it says it was signed with.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The claims as they stand there, proven by nothing: good for finding out what to verify with.
    ///
    /// # Errors
    ///
    /// [`InvalidJws`], when they are not of this shape.
    pub fn unverified_claims<C: DeserializeOwned>(&self) -> Result<C, InvalidJws> {
        serde_json::from_slice(&self.payload).map_err(|_| InvalidJws)
    }

    /// The key that it brings along, if that signed it: whoever sent it has that key, which proves nothing else
    /// (RFC 9449 §4.2).
    #[must_use]
    pub fn own_key(&self) -> Option<VerificationJwk> {
        let key = VerificationJwk::parse(self.header.jwk.as_ref()?.as_object()?).ok()?;
        key.verifies(self.alg, self.signed.as_bytes(), &self.signature).then_some(key)
    }

    /// Whether one of `keys` signed it.
    #[must_use]
    pub fn is_signed_by(&self, keys: &JwkSet) -> bool {
        let kid = self.header.kid.as_deref();
        keys.verifies(self.alg, kid, self.signed.as_bytes(), &self.signature)
    }
}

#[cfg(test)]
#[path = "signed_jwt_tests.rs"]
mod tests;
