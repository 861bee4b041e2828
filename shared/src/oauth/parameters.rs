//! Request parameters (RFC 6749 §3.1, §3.2), from a query, a form or a JSON object.

use super::json_object::{InvalidJsonObject, JsonObject};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// The parameters of a request.
///
/// None is repeated and none is empty: the first is an error, the second counts as omitted
/// (RFC 6749 §3.1). `Debug` shows names only, since values may be secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

/// Why a request's parameters can't be read. The messages never quote the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameters {
    /// RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once".
    #[error("a parameter is repeated")]
    Repeated,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("a parameter is not well-formed application/x-www-form-urlencoded in UTF-8")]
    BadEncoding,
    /// The body is not a JSON object whose members are strings.
    #[error("the body must be a JSON object with one string for each parameter")]
    NotAnObjectOfStrings,
}

impl Parameters {
    /// The parameters in `encoded`, a query or the body of a form.
    ///
    /// Stricter than a browser's parser, which repairs what it can't read: what two parsers repair
    /// differently is how a check and its use come apart.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters::Repeated`] or [`InvalidParameters::BadEncoding`].
    pub fn from_form(encoded: &[u8]) -> Result<Self, InvalidParameters> {
        let encoded = std::str::from_utf8(encoded).map_err(|_| InvalidParameters::BadEncoding)?;
        let mut parameters = BTreeMap::new();
        for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if parameters.insert(decode(name)?, decode(value)?).is_some() {
                return Err(InvalidParameters::Repeated);
            }
        }
        Ok(Self::new(parameters))
    }

    /// The parameters in `json`, as Auth0's clients send them: an object of strings, `null` as absent.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters::NotAnObjectOfStrings`], or [`InvalidParameters::Repeated`].
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidParameters> {
        let object = JsonObject::parse(json).map_err(|why| match why {
            InvalidJsonObject::RepeatedMember => InvalidParameters::Repeated,
            InvalidJsonObject::NotAnObject => InvalidParameters::NotAnObjectOfStrings,
        })?;
        let strings = object.into_members().filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(value) => Some(Ok((name, value))),
            _ => Some(Err(InvalidParameters::NotAnObjectOfStrings)),
        });
        Ok(Self::new(strings.collect::<Result<_, _>>()?))
    }

    /// The parameters of these names and values, from where none can be repeated.
    pub(super) fn new(mut parameters: BTreeMap<String, String>) -> Self {
        parameters.retain(|_, value| !value.is_empty());
        Self(parameters)
    }

    /// The parameter called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same without the parameters of these names, and with `value` as the one called `name`.
    #[must_use]
    pub fn changed(mut self, without: &[&str], (name, value): (&str, &str)) -> Self {
        self.0.retain(|name, _| !without.contains(&name.as_str()));
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The parameters' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The parameters as a query, in alphabetical order: the same parameters give the same query.
    #[must_use]
    pub fn to_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn decode(text: &str) -> Result<String, InvalidParameters> {
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        match rest.as_bytes().get(at + 1..at + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[at + 3..],
            _ => return Err(InvalidParameters::BadEncoding),
        }
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(String::from).map_err(|_| InvalidParameters::BadEncoding)
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
