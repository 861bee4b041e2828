//! Request objects: authorization requests as JWTs that clients sign (RFC 9101, OpenID Connect Core §6).

use super::{JsonObject, Parameters, parameters::RESOURCE};
use crate::{
    clock::Timestamp,
    jose::{JwkSet, SignatureAlg, SignedJwt},
};
use serde_json::Value;
use std::time::Duration;

/// How far the client's clock may be off.
const LEEWAY: Duration = Duration::from_mins(1);

/// What such a JWT may say it is: nothing, what every JWT is, or what it really is (RFC 9101 §10.8). No
/// other token that the client signs is taken for one.
const TYPES: [&str; 2] = ["JWT", "oauth-authz-req+jwt"];

/// The parameters that mean something here, which therefore can't be anything but what they are.
const KNOWN: [&str; 22] = [
    "acr_values",
    "audience",
    "claims",
    "claims_locales",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "dpop_jkt",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    RESOURCE,
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// Claims about the JWT itself (RFC 7519 §4.1), which are no parameters.
const ABOUT_THE_JWT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The most that the parameters may take as a query, in bytes: they travel in URLs, and API Gateway takes no
/// more than 10,240 of a request's line and headers together.
const MAX_LENGTH: usize = 4 * 1024;

/// Why a text is not a request object that counts, in words that go after the name of the parameter. They
/// never quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequestObject {
    /// `alg` is `none` (RFC 9101 §10.5).
    #[error("is not signed: only request objects signed with RS256, PS256 or ES256 are supported")]
    Unsigned,
    /// No JWT, or none that we verify.
    #[error("is not a JWT of at most 8 KiB signed with RS256, PS256 or ES256")]
    NotASignedJwt,
    /// Another kind of token.
    #[error("has another typ than oauth-authz-req+jwt or JWT")]
    WrongType,
    /// Another algorithm than the client registered.
    #[error("is signed with another algorithm than the registered request_object_signing_alg")]
    WrongAlg,
    /// Not by the client, or the client has no keys.
    #[error("is not signed by a key that the client registered with jwks or jwks_uri")]
    WrongSignature,
    /// Two parsers could read it differently.
    #[error("does not hold a JSON object without repeated members")]
    NotAnObject,
    /// Another `iss` than the client (RFC 9101 §4).
    #[error("has an iss that is not the client_id")]
    WrongIssuer,
    /// It could be used as a client assertion (RFC 9101 §10.8).
    #[error("has the client_id as sub, as only assertions of clients have")]
    LikeAnAssertion,
    /// For somebody else (RFC 9101 §4).
    #[error("has an aud without this server's issuer")]
    WrongAudience,
    /// `exp`, `nbf` or `iat` (RFC 7519 §4.1).
    #[error("has expired, or is not good yet")]
    NotNow,
    /// RFC 9101 §5: both have to be identical.
    #[error("has no client_id, or another one than the request")]
    WrongClient,
    /// OpenID Connect Core §6.1: they have to match where both are there.
    #[error("has another response_type than the request")]
    WrongResponseType,
    /// RFC 9101 §4.
    #[error("must not have request or request_uri in it")]
    Nested,
    /// A parameter is neither text nor number.
    #[error("has a parameter that is neither a string nor a number, nor claims as an object")]
    WrongValue,
    /// More than a URL can carry.
    #[error("has parameters of more than 4 KiB")]
    TooLong,
}

/// A request object, of which nothing is proven yet. Without `Debug`, since what it says may be private.
pub struct RequestObject<'a>(SignedJwt<'a>);

/// A request object that its client signed.
pub struct SignedRequestObject<'a>(&'a SignedJwt<'a>);

impl<'a> RequestObject<'a> {
    /// Takes `text` apart. `alg` is the only algorithm that the client signs them with, if it registered one.
    ///
    /// # Errors
    ///
    /// [`InvalidRequestObject`].
    pub fn parse(text: &'a str, alg: Option<SignatureAlg>) -> Result<Self, InvalidRequestObject> {
        if SignedJwt::is_unsigned(text) {
            return Err(InvalidRequestObject::Unsigned);
        }
        let jwt = SignedJwt::parse(text).map_err(|_| InvalidRequestObject::NotASignedJwt)?;
        let is_known = |typ: &str| TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known));
        if !jwt.typ().is_none_or(is_known) {
            return Err(InvalidRequestObject::WrongType);
        }
        if alg.is_some_and(|alg| alg != jwt.alg()) {
            return Err(InvalidRequestObject::WrongAlg);
        }
        Ok(Self(jwt))
    }

    /// Whether one of `keys` may have signed it, by the name of the key that it gives.
    #[must_use]
    pub fn names_one_of(&self, keys: &JwkSet) -> bool {
        self.0.kid().is_some_and(|kid| keys.has_kid(kid))
    }

    /// The same, if one of `keys` signed it.
    #[must_use]
    pub fn signed_by(&self, keys: &JwkSet) -> Option<SignedRequestObject<'_>> {
        self.0.is_signed_by(keys).then_some(SignedRequestObject(&self.0))
    }
}

impl SignedRequestObject<'_> {
    /// The parameters of the request, all of them from the object (RFC 9101 §6.3): what came beside it is not
    /// signed, so that it only has to agree where it must. `outer` is what came beside it.
    ///
    /// # Errors
    ///
    /// [`InvalidRequestObject`], unless it is from `client_id`, for `issuer` and for now.
    pub fn parameters(
        &self,
        outer: &Parameters,
        client_id: &str,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Parameters, InvalidRequestObject> {
        use InvalidRequestObject as Invalid;
        let claims: JsonObject = self.0.unverified_claims().map_err(|_| Invalid::NotAnObject)?;
        check_jwt(&claims, client_id, issuer, now)?;
        if claims.get("request").is_some() || claims.get("request_uri").is_some() {
            return Err(Invalid::Nested);
        }
        let is_one = |(name, value): &(String, Value)| {
            !ABOUT_THE_JWT.contains(&name.as_str()) && !value.is_null()
        };
        let each = claims.into_members().filter(is_one).flat_map(|(name, value)| match value {
            // It alone may be several (RFC 8707 §2).
            Value::Array(values) if name == RESOURCE => {
                values.into_iter().map(|value| (name.clone(), value)).collect()
            }
            value => vec![(name, value)],
        });
        let texts = each.filter_map(|(name, value)| {
            let text = text(&name, value).transpose()?;
            Some(text.map(|text| (name, text)))
        });
        let parameters = Parameters::new(texts.collect::<Result<Vec<_>, _>>()?);
        if parameters.get("client_id") != Some(client_id) {
            return Err(Invalid::WrongClient);
        }
        let response_types = [parameters.get("response_type"), outer.get("response_type")];
        if let [Some(inner), Some(outer)] = response_types.map(|it| it.map(words))
            && inner != outer
        {
            return Err(Invalid::WrongResponseType);
        }
        if parameters.to_query().len() > MAX_LENGTH {
            return Err(Invalid::TooLong);
        }
        Ok(parameters)
    }
}

/// Checks the claims about the JWT itself: each has to be right where it is there (RFC 9101 §4).
fn check_jwt(
    claims: &JsonObject,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<(), InvalidRequestObject> {
    if claims.get("iss").is_some_and(|iss| iss != client_id) {
        return Err(InvalidRequestObject::WrongIssuer);
    }
    if claims.get("sub").is_some_and(|sub| sub == client_id) {
        return Err(InvalidRequestObject::LikeAnAssertion);
    }
    let is_for_us = |aud: &Value| match aud {
        Value::Array(several) => several.iter().any(|one| one == issuer),
        one => one == issuer,
    };
    if !claims.get("aud").is_none_or(is_for_us) {
        return Err(InvalidRequestObject::WrongAudience);
    }
    // A time that is no whole number is none that we can keep to.
    let time = |name: &str| claims.get(name).map(|time| time.as_i64().map(Timestamp));
    let is_over = time("exp").is_some_and(|exp| exp.is_none_or(|exp| now >= exp + LEEWAY));
    let is_early =
        |name: &str| time(name).is_some_and(|begin| begin.is_none_or(|begin| begin > now + LEEWAY));
    if is_over || is_early("nbf") || is_early("iat") {
        return Err(InvalidRequestObject::NotNow);
    }
    Ok(())
}

/// A parameter as it would be in a query (RFC 9101 §4, OpenID Connect Core §6.1). Nothing, where it could not be in one and
/// nobody here knows it (RFC 6749 §3.1): extensions have values of other kinds.
fn text(name: &str, value: Value) -> Result<Option<String>, InvalidRequestObject> {
    match value {
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Object(_) if name == "claims" => Ok(Some(value.to_string())),
        _ if !KNOWN.contains(&name) => Ok(None),
        _ => Err(InvalidRequestObject::WrongValue),
    }
}

/// A response type is a set of words (RFC 6749 §3.1.1).
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<_> = text.split(' ').collect();
    words.sort_unstable();
    words
}

#[cfg(test)]
#[path = "request_object_tests.rs"]
mod tests;
