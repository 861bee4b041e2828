//! What a registration asked for, in short: for the owner who reads why it was refused.

use super::RawClientMetadata;
use serde_json::{Map, Value};

/// The members that tell who asked for what, the most telling first. None of them is or holds a secret.
const TELLING: [&str; 10] = [
    "client_name",
    "redirect_uris",
    "client_uri",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "scope",
    "jwks_uri",
    "software_id",
    "post_logout_redirect_uris",
];

/// How long all of it may be, in bytes: an event costs by the kilobyte, and anybody can cause one.
const MAX_TOLD: usize = 1_000;

/// How long a text in it may be, in characters.
const MAX_TEXT: usize = 200;

/// How many elements of a list are in it.
const MAX_ELEMENTS: usize = 5;

impl RawClientMetadata {
    /// The telling members as they were sent, shortened; what does not fit is left out.
    #[must_use]
    pub fn told(&self) -> Map<String, Value> {
        let mut left = MAX_TOLD;
        let shortened = |name: &str| Some((name.to_owned(), shorten(self.value(name)?)?));
        let fits = |(name, value): &(String, Value)| {
            let rest = left.checked_sub(name.len() + value.to_string().len());
            left = rest.unwrap_or(left);
            rest.is_some()
        };
        TELLING.into_iter().filter_map(shortened).filter(fits).collect()
    }
}

/// Nothing, where it is neither a text nor a list of texts.
fn shorten(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => Some(text.chars().take(MAX_TEXT).collect::<String>().into()),
        Value::Array(elements) => {
            let texts = elements.iter().filter(|element| element.is_string());
            Some(texts.take(MAX_ELEMENTS).filter_map(shorten).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "telling_tests.rs"]
mod tests;
