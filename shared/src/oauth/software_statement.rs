//! Software statements: client metadata that somebody else vouches for (RFC 7591 §2.3, §3.1.1).

use super::{JsonObject, OAuthError, OAuthErrorCode};
use crate::{
    clock::Timestamp,
    jose::{InvalidJwkSet, JwkSet, SignatureAlg, SignedJwt},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// How far the issuer's clock may be from ours.
const LEEWAY: Duration = Duration::from_mins(1);

/// The longest name of an issuer, in bytes.
const MAX_ISSUER: usize = 500;

/// The claims that are about the statement and not about the client (RFC 7519 §4.1).
const CLAIMS_OF_THE_JWT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Somebody whose word about a client counts, and the keys that he signs with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftwareStatementIssuer {
    issuer: String,
    jwks: JwkSet,
}

/// Why a value is not a [`SoftwareStatementIssuer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSoftwareStatementIssuer {
    /// It has more or less than the two members.
    #[error("must be an object with issuer and jwks, and no more")]
    Members,
    /// `issuer` is no text that a JWT could have as its `iss`.
    #[error("issuer must be a string of 1 to {MAX_ISSUER} printable characters")]
    Issuer,
    /// The keys are not to be used (RFC 7517).
    #[error("jwks {0}")]
    Jwks(#[from] InvalidJwkSet),
    /// No key is of a kind that statements can be signed with.
    #[error("jwks must have a key for RS256, PS256 or ES256")]
    NoKeyForStatements,
}

impl SoftwareStatementIssuer {
    /// Reads `{"issuer": "…", "jwks": {"keys": […]}}`.
    ///
    /// # Errors
    ///
    /// [`InvalidSoftwareStatementIssuer`].
    pub fn parse(value: &Value) -> Result<Self, InvalidSoftwareStatementIssuer> {
        use InvalidSoftwareStatementIssuer as Error;

        let members = value.as_object().filter(|members| members.len() == 2);
        let member = |name| members.and_then(|members| members.get(name)).ok_or(Error::Members);
        let (issuer, jwks) = (member("issuer")?, member("jwks")?);
        let is_printable = |text: &&str| !text.chars().any(char::is_control);
        let issuer = issuer.as_str().filter(|text| (1..=MAX_ISSUER).contains(&text.len()));
        let issuer = issuer.filter(is_printable).ok_or(Error::Issuer)?.to_owned();
        let jwks = JwkSet::parse(jwks)?;
        if !SignatureAlg::ALL.into_iter().any(|alg| jwks.has_key_for(alg)) {
            return Err(Error::NoKeyForStatements);
        }
        Ok(Self { issuer, jwks })
    }

    /// Its name, as statements have it in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

/// A software statement that was verified: nothing else makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftwareStatement(Map<String, Value>);

impl SoftwareStatement {
    /// Verifies `jwt`: signed by one of `issuers`, with an algorithm that the key is for; not expired and
    /// not still to come; and, where it says for whom it is, for one of `audiences` (RFC 7519 §4.1.3).
    ///
    /// # Errors
    ///
    /// `unapproved_software_statement` for an issuer who is none of `issuers`;
    /// `invalid_software_statement` for everything else (RFC 7591 §3.2.2).
    pub fn verify(
        jwt: &str,
        issuers: &[SoftwareStatementIssuer],
        audiences: &[&str],
        now: Timestamp,
    ) -> Result<Self, OAuthError> {
        let jws = SignedJwt::parse(jwt)
            .map_err(|_| invalid("must be a JWT signed with RS256, PS256 or ES256"))?;
        let not_claims = |_| invalid("must have a JSON object without repeated members as claims");
        let claims: JsonObject = jws.unverified_claims().map_err(not_claims)?;
        let issuer = claims.get("iss").and_then(Value::as_str);
        let issuer = issuer.ok_or_else(|| invalid("must name its issuer in iss"))?;
        let Some(issuer) = issuers.iter().find(|known| known.issuer == issuer) else {
            let description = "software_statement is of an issuer that this tenant does not trust";
            let code = OAuthErrorCode::UnapprovedSoftwareStatement;
            return Err(OAuthError::new(code, description));
        };
        if !jws.is_signed_by(&issuer.jwks) {
            return Err(invalid("must be signed by a key of its issuer"));
        }
        check_time(&claims, now)?;
        check_audience(&claims, audiences)?;
        if claims.get("software_statement").is_some() {
            return Err(invalid("must not hold a software_statement"));
        }
        let is_of_the_client = |name: &str| !CLAIMS_OF_THE_JWT.contains(&name);
        Ok(Self(claims.into_members().filter(|(name, _)| is_of_the_client(name)).collect()))
    }

    /// The client metadata in it, which take precedence over what the client itself sends (RFC 7591 §2.3).
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// RFC 7519 §4.1.4 and §4.1.5.
fn check_time(claims: &JsonObject, now: Timestamp) -> Result<(), OAuthError> {
    if date(claims, "exp")?.is_some_and(|end| end + LEEWAY <= now) {
        return Err(invalid("must not be expired"));
    }
    if date(claims, "nbf")?.is_some_and(|start| start - LEEWAY > now) {
        return Err(invalid("must be valid already"));
    }
    Ok(())
}

/// A `NumericDate` (RFC 7519 §2), which may have a fraction.
fn date(claims: &JsonObject, name: &str) -> Result<Option<Timestamp>, OAuthError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_i64().or_else(|| {
        let seconds = value.as_f64()?.floor();
        // The least that a number of this size can be mistaken for.
        #[expect(clippy::cast_possible_truncation, reason = "`as` stays within the bounds")]
        Some(seconds as i64)
    });
    let seconds = seconds.ok_or_else(|| invalid("must have numbers of seconds in exp and nbf"))?;
    Ok(Some(Timestamp(seconds)))
}

/// RFC 7519 §4.1.3: whoever is not named "MUST" reject it. Statements for everyone name nobody.
fn check_audience(claims: &JsonObject, audiences: &[&str]) -> Result<(), OAuthError> {
    let is_ours = |value: &Value| value.as_str().is_some_and(|aud| audiences.contains(&aud));
    let is_for_us = match claims.get("aud") {
        None => true,
        Some(Value::Array(values)) => values.iter().any(is_ours),
        Some(value) => is_ours(value),
    };
    is_for_us.then_some(()).ok_or_else(|| invalid("must be for this server if it has aud"))
}

fn invalid(why: &str) -> OAuthError {
    let description = format!("software_statement {why}");
    OAuthError::new(OAuthErrorCode::InvalidSoftwareStatement, description)
}

#[cfg(test)]
#[path = "software_statement_tests.rs"]
mod tests;
