//! JWTs signed with a client's secret (RFC 7518 §3.2, OpenID Connect Core §10.1), verified.

use super::InvalidJws;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

/// The claims of `text`, if it is a JWT called `typ` that was signed with `secret` by HS256 and nothing else.
///
/// # Errors
///
/// [`InvalidJws`].
pub fn verify_hs256<C: DeserializeOwned>(
    text: &str,
    typ: &str,
    secret: &[u8],
) -> Result<C, InvalidJws> {
    let (signed, signature) = text.rsplit_once('.').ok_or(InvalidJws)?;
    let (header, payload) = signed.split_once('.').ok_or(InvalidJws)?;
    let header: Header = parse(header)?;
    if header.alg != "HS256" || header.typ.as_deref() != Some(typ) || header.crit.is_some() {
        return Err(InvalidJws);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| InvalidJws)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::verify(&key, signed.as_bytes(), &signature).map_err(|_| InvalidJws)?;
    parse(payload)
}

/// The claims of a JWT as they stand there, whatever it is signed with: good for finding out what to verify with.
///
/// # Errors
///
/// [`InvalidJws`], when they are not of this shape.
pub fn unverified_claims<C: DeserializeOwned>(text: &str) -> Result<C, InvalidJws> {
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(payload), Some(_), None) => parse(payload),
        _ => Err(InvalidJws),
    }
}

fn parse<T: DeserializeOwned>(part: &str) -> Result<T, InvalidJws> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidJws)?;
    serde_json::from_slice(&json).map_err(|_| InvalidJws)
}

#[cfg(test)]
#[path = "hs256_tests.rs"]
mod tests;
