//! Web origins: pages that a response may be posted to as a message.

use super::is_loopback;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use url::Url;

/// The origin of pages on the web, exactly as browsers write it (RFC 6454 §6.2): `https`, or `http` on a
/// loopback address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebOrigin(String);

/// The text is no web origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an origin such as https://app.example: https, or http on localhost or 127.0.0.1; a host in \
     lower case; no default port, wildcard or path"
)]
pub struct InvalidWebOrigin;

impl WebOrigin {
    /// The origin as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebOrigin {
    type Err = InvalidWebOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidWebOrigin> {
        let url = Url::parse(text).map_err(|_| InvalidWebOrigin)?;
        let is_secure = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
        // In a Content-Security-Policy it must be one source and no more, which no IPv6 address can be.
        let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:/".contains(&byte);
        let is_as_browsers_write_it = url.origin().ascii_serialization() == text;
        let is_one = is_secure && is_as_browsers_write_it && text.bytes().all(is_of_one);
        is_one.then(|| Self(text.to_owned())).ok_or(InvalidWebOrigin)
    }
}

impl TryFrom<String> for WebOrigin {
    type Error = InvalidWebOrigin;

    fn try_from(text: String) -> Result<Self, InvalidWebOrigin> {
        text.parse()
    }
}

impl From<WebOrigin> for String {
    fn from(origin: WebOrigin) -> Self {
        origin.0
    }
}

#[cfg(test)]
#[path = "web_origin_tests.rs"]
mod tests;
