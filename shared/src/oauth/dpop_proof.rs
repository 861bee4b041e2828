//! Proofs of possession (`DPoP`, RFC 9449 §4): JWTs by which a client shows that it has the key that its tokens are bound to.

use super::{OAuthError, OAuthErrorCode};
use crate::{
    clock::Timestamp,
    jose::{JwkThumbprint, SignedJwt},
};
use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// How old a proof may be: so long its `jti` has to be remembered.
const MAX_AGE: Duration = Duration::from_mins(5);

/// How far the client's clock may be ahead.
const LEEWAY: Duration = Duration::from_mins(1);

/// The longest `jti`, in bytes: it is only hashed.
const MAX_JTI: usize = 256;

/// A proof that is what it must be for one request. What is left to do: to see to it that its nonce is one of ours, and
/// that it is used once.
#[derive(Debug, PartialEq, Eq)]
pub struct DpopProof {
    /// The key that its sender has.
    pub jkt: JwkThumbprint,
    /// Its name.
    pub jti: String,
    /// What we gave the client to put there.
    pub nonce: Option<String>,
    /// When it is no longer accepted, and its name can be forgotten.
    pub expires_at: Timestamp,
    ath: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: Timestamp,
    nonce: Option<String>,
    ath: Option<String>,
}

impl DpopProof {
    /// The proof in `header`, sent by `method` to `uri`, as RFC 9449 §4.3 has it checked.
    ///
    /// # Errors
    ///
    /// `invalid_dpop_proof`.
    pub fn verify(
        header: &str,
        (method, uri): (&str, &str),
        now: Timestamp,
    ) -> Result<Self, OAuthError> {
        let jwt = SignedJwt::parse(header).map_err(|_| invalid("is no JWT that we verify"))?;
        if jwt.typ() != Some("dpop+jwt") {
            return Err(invalid("must have typ dpop+jwt"));
        }
        let key =
            jwt.own_key().ok_or_else(|| invalid("must be signed by the public key in jwk"))?;
        let claims: Claims =
            jwt.unverified_claims().map_err(|_| invalid("must have jti, htm, htu and iat"))?;
        if claims.htm != method || !is_same_uri(&claims.htu, uri) {
            return Err(invalid("is for another htm or htu"));
        }
        let expires_at = claims.iat + MAX_AGE;
        if now >= expires_at || claims.iat > now + LEEWAY {
            return Err(invalid("is not of now by its iat"));
        }
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
            return Err(invalid("must have a jti of 1 to 256 bytes"));
        }
        let Claims { jti, nonce, ath, .. } = claims;
        Ok(Self { jkt: key.thumbprint(), jti, nonce, expires_at, ath })
    }

    /// Whether it was made for this access token (RFC 9449 §4.2, §7.1).
    #[must_use]
    pub fn is_for(&self, access_token: &str) -> bool {
        let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
        let expected = URL_SAFE_NO_PAD.encode(hash);
        self.ath.as_ref().is_some_and(|ath| {
            constant_time::verify_slices_are_equal(expected.as_bytes(), ath.as_bytes()).is_ok()
        })
    }
}

/// Without queries and fragments, normalised as RFC 3986 §6.2.2 and §6.2.3 have it.
fn is_same_uri(htu: &str, uri: &str) -> bool {
    let normalised = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    normalised(htu).is_some_and(|htu| Some(htu) == normalised(uri))
}

fn invalid(why: &str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidDpopProof, format!("the DPoP proof {why}"))
}

#[cfg(test)]
#[path = "dpop_proof_tests.rs"]
mod tests;
