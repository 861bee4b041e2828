//! Assertions: JWTs by which a client says who it is (RFC 7523 §3, OpenID Connect Core §9).

use super::{OAuthError, OAuthErrorCode, Parameters};
use crate::{
    clock::Timestamp,
    jose::{JwkSet, SignatureAlg, SignedJwt},
};
use serde::Deserialize;
use std::time::Duration;

/// The one value of `client_assertion_type` (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far ahead an assertion may expire: so long its `jti` has to be remembered.
const MAX_LIFETIME: Duration = Duration::from_hours(1);

/// How far the client's clock may be off.
const LEEWAY: Duration = Duration::from_mins(1);

/// What such a JWT may say it is: nothing, what every JWT is, or what it really is
/// (RFC 7523bis §3). No other token that the client signs is taken for one.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// A client's assertion, of which nothing is proven yet.
pub struct ClientAssertion(String);

/// What is left to do with a verified assertion: to see to it that it is used once.
#[derive(Debug, PartialEq, Eq)]
pub struct VerifiedAssertion {
    /// Its name (RFC 7519 §4.1.7).
    pub jti: String,
    /// When it is no longer accepted, and its name can be forgotten.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: Timestamp,
    nbf: Option<Timestamp>,
    iat: Option<Timestamp>,
    jti: String,
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl std::fmt::Debug for ClientAssertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAssertion(…)")
    }
}

impl ClientAssertion {
    /// The assertion in `parameters`, if there is one (RFC 7521 §4.2).
    ///
    /// # Errors
    ///
    /// `invalid_client`, when it is of another type, or only one of the two parameters is there.
    pub fn from_parameters(parameters: &Parameters) -> Result<Option<Self>, OAuthError> {
        match (parameters.get("client_assertion_type"), parameters.get("client_assertion")) {
            (None, None) => Ok(None),
            (Some(ASSERTION_TYPE), Some(jwt)) => Ok(Some(Self(jwt.to_owned()))),
            _ => Err(OAuthError::new(
                OAuthErrorCode::InvalidClient,
                "client_assertion needs client_assertion_type urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )),
        }
    }

    /// The client that it says it is of, proven by nothing.
    #[must_use]
    pub fn unverified_client_id(&self) -> Option<String> {
        let claims: Subject = SignedJwt::parse(&self.0).ok()?.unverified_claims().ok()?;
        Some(claims.sub)
    }

    /// Whether one of `keys` may have signed it, by the name of the key that it gives.
    #[must_use]
    pub fn names_one_of(&self, keys: &JwkSet) -> bool {
        let jwt = SignedJwt::parse(&self.0).ok();
        jwt.is_some_and(|jwt| jwt.kid().is_some_and(|kid| keys.has_kid(kid)))
    }

    /// What it proves, if `client_id` signed it with one of `keys`, and with the one algorithm that it
    /// is held to, for us alone, who are known by `audiences`, and for now.
    #[must_use]
    pub fn verify(
        &self,
        client_id: &str,
        (keys, alg): (&JwkSet, Option<SignatureAlg>),
        audiences: &[&str],
        now: Timestamp,
    ) -> Option<VerifiedAssertion> {
        let jwt = SignedJwt::parse(&self.0).ok()?;
        let is_of_the_type =
            jwt.typ().is_none_or(|typ| TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known)));
        let is_of_the_alg = alg.is_none_or(|alg| alg == jwt.alg());
        if !is_of_the_type || !is_of_the_alg || !jwt.is_signed_by(keys) {
            return None;
        }
        let claims: Claims = jwt.unverified_claims().ok()?;
        let is_from_client = claims.iss == client_id && claims.sub == client_id;
        let is_for_us = claims.aud.is_one_of(audiences);
        let has_begun = |time: Option<Timestamp>| time.is_none_or(|time| time <= now + LEEWAY);
        let is_current = now < claims.exp + LEEWAY
            && claims.exp <= now + MAX_LIFETIME + LEEWAY
            && has_begun(claims.nbf)
            && has_begun(claims.iat);
        let is_named = !claims.jti.is_empty();
        (is_from_client && is_for_us && is_current && is_named)
            .then(|| VerifiedAssertion { jti: claims.jti, expires_at: claims.exp + LEEWAY })
    }
}

impl Audience {
    /// What is meant for another server too, that server could use here.
    fn is_one_of(&self, ours: &[&str]) -> bool {
        match self {
            Self::One(one) => ours.contains(&one.as_str()),
            Self::Several(several) => {
                !several.is_empty() && several.iter().all(|one| ours.contains(&one.as_str()))
            }
        }
    }
}

#[cfg(test)]
#[path = "client_assertion_tests.rs"]
mod tests;
