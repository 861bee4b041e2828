//! The `claims` parameter: claims that are asked for one by one (OpenID Connect Core §5.5).

use crate::oauth::JsonObject;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The longest parameter, in bytes: it travels in a URL, and what it asks for in tokens.
const MAX_LENGTH: usize = 4_096;

/// What a request asks for by name, for either place where claims are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// In the answer of the userinfo endpoint.
    pub userinfo: RequestedClaims,
    /// In the ID Token.
    pub id_token: RequestedClaims,
}

/// Claims by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedClaims(BTreeMap<String, RequestedClaim>);

/// How one claim is asked for (OpenID Connect Core §5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedClaim {
    /// Whether the client can't do well without. An essential claim that is not there is no error, unless
    /// its definition says so.
    pub essential: bool,
    /// The values that will do, the preferred first; any, when absent.
    pub values: Option<Vec<Value>>,
}

/// The parameter is not as OpenID Connect Core §5.5 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "claims must be a JSON object of at most 4096 bytes with userinfo and id_token, in which each claim is null \
     or an object with essential, value or values"
)]
pub struct InvalidClaimsRequest;

type Parsed<T> = Result<T, InvalidClaimsRequest>;

impl ClaimsRequest {
    /// Reads the parameter. What it holds besides is passed over (OpenID Connect Core §5.5, §5.5.1).
    ///
    /// # Errors
    ///
    /// When it is not what it should be, or has a member twice.
    pub fn parse(text: &str) -> Parsed<Self> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidClaimsRequest);
        }
        let object = JsonObject::parse(text.as_bytes()).map_err(|_| InvalidClaimsRequest)?;
        let claims = |member: &str| match object.get(member) {
            None | Some(Value::Null) => Ok(RequestedClaims::default()),
            Some(Value::Object(claims)) => RequestedClaims::parse(claims),
            Some(_) => Err(InvalidClaimsRequest),
        };
        Ok(Self { userinfo: claims("userinfo")?, id_token: claims("id_token")? })
    }

    /// Of all claims only those that are `known`: others are not understood, and passed over.
    #[must_use]
    pub fn filtered(self, known: impl Fn(&str) -> bool) -> Self {
        let filtered = |RequestedClaims(mut claims)| {
            claims.retain(|name: &String, _| known(name));
            RequestedClaims(claims)
        };
        Self { userinfo: filtered(self.userinfo), id_token: filtered(self.id_token) }
    }
}

impl RequestedClaims {
    fn parse(claims: &Map<String, Value>) -> Parsed<Self> {
        let parse = |(name, value): (&String, &Value)| {
            RequestedClaim::parse(value).map(|claim| (name.clone(), claim))
        };
        claims.iter().map(parse).collect::<Parsed<_>>().map(Self)
    }

    /// The claim called `name`, if it is asked for.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RequestedClaim> {
        self.0.get(name)
    }

    /// Each claim that is asked for, and how.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RequestedClaim)> {
        self.0.iter().map(|(name, claim)| (name.as_str(), claim))
    }

    /// Asks for `name` too, with any value, unless it is asked for already.
    pub fn ask_for(&mut self, name: &str) {
        self.0.entry(name.to_owned()).or_default();
    }
}

impl RequestedClaim {
    fn parse(value: &Value) -> Parsed<Self> {
        let members = match value {
            Value::Null => return Ok(Self::default()),
            Value::Object(members) => members,
            _ => return Err(InvalidClaimsRequest),
        };
        let essential = match members.get("essential") {
            None => false,
            Some(essential) => essential.as_bool().ok_or(InvalidClaimsRequest)?,
        };
        let values = match (members.get("value"), members.get("values")) {
            (None, None) => None,
            (Some(value), None) => Some(vec![value.clone()]),
            (value, Some(Value::Array(values))) => {
                Some(value.into_iter().chain(values).cloned().collect())
            }
            (_, Some(_)) => return Err(InvalidClaimsRequest),
        };
        Ok(Self { essential, values })
    }

    /// Whether `value` will do.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.values.as_ref().is_none_or(|values| values.contains(value))
    }
}

#[cfg(test)]
#[path = "claims_request_tests.rs"]
mod tests;
