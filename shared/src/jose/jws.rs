//! JSON Web Signatures in compact form (RFC 7515), for JWTs (RFC 7519).

use super::{PublicJwk, SigningAlg};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a signature covers: `header.payload` (RFC 7515 §5.1).
#[derive(Debug)]
pub struct SigningInput(String);

impl SigningInput {
    /// The input for `claims`, to be signed by `key`.
    ///
    /// # Errors
    ///
    /// When the claims are nothing that JSON can hold.
    pub fn for_key<C: Serialize>(
        typ: &str,
        key: &PublicJwk,
        claims: &C,
    ) -> serde_json::Result<Self> {
        let (alg, kid) = (key.alg(), key.kid());
        Self::new(&serde_json::json!({ "alg": alg, "typ": typ, "kid": kid }), claims)
    }

    fn new<C: Serialize>(header: &serde_json::Value, claims: &C) -> serde_json::Result<Self> {
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(header)?);
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?);
        Ok(Self(format!("{header}.{payload}")))
    }

    /// The bytes to sign.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The whole JWT.
    #[must_use]
    pub fn with_signature(self, signature: &[u8]) -> String {
        self.0 + "." + &URL_SAFE_NO_PAD.encode(signature)
    }
}

/// The JWT of `claims`, called `typ` and signed with a client's secret (RFC 7518 §3.2, OpenID Connect Core §10.1).
///
/// # Errors
///
/// When the claims are nothing that JSON can hold.
pub fn sign_hs256<C: Serialize>(
    typ: &str,
    claims: &C,
    secret: &[u8],
) -> serde_json::Result<String> {
    let input = SigningInput::new(&serde_json::json!({ "alg": "HS256", "typ": typ }), claims)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = hmac::sign(&key, input.as_bytes());
    Ok(input.with_signature(signature.as_ref()))
}

/// A JWT that has been taken apart but **not** verified. Without `Debug`, since it may be a bearer token.
pub struct Jws<'a> {
    header: Header,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// A text is not a JWT that we could have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JWT of this provider")]
pub struct InvalidJws;

#[derive(Debug, Deserialize)]
struct Header {
    alg: SigningAlg,
    typ: Option<String>,
    kid: String,
    crit: Option<serde_json::Value>,
}

impl<'a> Jws<'a> {
    /// Takes `text` apart. Strict: exactly three parts, canonical base64url, an `alg` that we sign with, no `crit`.
    ///
    /// # Errors
    ///
    /// [`InvalidJws`].
    pub fn parse(text: &'a str) -> Result<Self, InvalidJws> {
        let (signed, signature) = text.rsplit_once('.').ok_or(InvalidJws)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidJws)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidJws);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| InvalidJws)?;
        if header.crit.is_some() {
            return Err(InvalidJws);
        }
        Ok(Self { header, signed, payload: decode(payload)?, signature: decode(signature)? })
    }

    /// The name of the key that it says it was signed with.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.header.kid
    }

    /// What it says it is, such as `at+jwt`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// The claims as they stand there, proven by nothing: good for finding out what to verify with.
    ///
    /// # Errors
    ///
    /// [`InvalidJws`], when they are not of this shape.
    pub fn unverified_claims<C: DeserializeOwned>(&self) -> Result<C, InvalidJws> {
        serde_json::from_slice(&self.payload).map_err(|_| InvalidJws)
    }

    /// Whether `key` signed it, with the one algorithm of that key.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicJwk) -> bool {
        let is_of_it = self.header.kid == key.kid() && self.header.alg == key.alg();
        is_of_it && key.verifies(self.signed.as_bytes(), &self.signature)
    }
}
