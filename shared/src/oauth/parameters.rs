//! Request parameters (RFC 6749 §3.1, §3.2), from a query, a form or a JSON object.

use super::json_object::{InvalidJsonObject, JsonObject};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// The parameters of a request.
///
/// None is repeated and none is empty: the first is an error, the second counts as omitted
/// (RFC 6749 §3.1). `resource` alone may be there several times (RFC 8707 §2). `Debug` shows names only, since values
/// may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    single: BTreeMap<String, String>,
    resources: Vec<String>,
}

/// The one parameter that may be repeated.
pub(super) const RESOURCE: &str = "resource";

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
        let mut parameters = Self::default();
        for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.insert(decode(name)?, decode(value)?)?;
        }
        Ok(parameters.without_empty())
    }

    /// The parameters in `json`, as Auth0's clients send them: an object of strings, `null` as absent. What may be
    /// repeated may be an array of strings.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters::NotAnObjectOfStrings`], or [`InvalidParameters::Repeated`].
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidParameters> {
        let object = JsonObject::parse(json).map_err(|why| match why {
            InvalidJsonObject::RepeatedMember => InvalidParameters::Repeated,
            InvalidJsonObject::NotAnObject => InvalidParameters::NotAnObjectOfStrings,
        })?;
        let mut parameters = Self::default();
        for (name, value) in object.into_members() {
            match value {
                Value::Null => {}
                Value::String(value) => parameters.insert(name, value)?,
                Value::Array(values) if name == RESOURCE => {
                    for value in values {
                        let Value::String(value) = value else {
                            return Err(InvalidParameters::NotAnObjectOfStrings);
                        };
                        parameters.insert(RESOURCE.to_owned(), value)?;
                    }
                }
                _ => return Err(InvalidParameters::NotAnObjectOfStrings),
            }
        }
        Ok(parameters.without_empty())
    }

    /// The parameters of these names and values, from where no other than `resource` is repeated.
    pub(super) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let (resources, single): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| name == RESOURCE);
        let resources = resources.into_iter().map(|(_, value)| value).collect();
        Self { single: single.into_iter().collect(), resources }.without_empty()
    }

    fn insert(&mut self, name: String, value: String) -> Result<(), InvalidParameters> {
        if name == RESOURCE {
            self.resources.push(value);
            return Ok(());
        }
        let before = self.single.insert(name, value);
        before.is_none().then_some(()).ok_or(InvalidParameters::Repeated)
    }

    fn without_empty(mut self) -> Self {
        self.single.retain(|_, value| !value.is_empty());
        self.resources.retain(|value| !value.is_empty());
        self
    }

    /// The parameter called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let resource = || self.resources.first().filter(|_| name == RESOURCE);
        self.single.get(name).or_else(resource).map(String::as_str)
    }

    /// Each `resource`, in the order of the request (RFC 8707 §2).
    #[must_use]
    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// The same without the parameters of these names, and with `value` as the one called `name`.
    #[must_use]
    pub fn changed(mut self, without: &[&str], (name, value): (&str, &str)) -> Self {
        self.single.retain(|name, _| !without.contains(&name.as_str()));
        if without.contains(&RESOURCE) {
            self.resources.clear();
        }
        self.single.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The parameters' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let resource = self.resources.first().map(|_| RESOURCE);
        self.single.keys().map(String::as_str).chain(resource)
    }

    /// The parameters as a query, in alphabetical order: the same parameters give the same query.
    #[must_use]
    pub fn to_query(&self) -> String {
        let resources = self.resources.iter().map(|value| (RESOURCE, value));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.single).extend_pairs(resources).finish()
    }
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
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
