//! Where a tenant lets responses be sent: hosts and schemes of redirect URIs (RFC 3986 §3.1, §3.2.2).

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use url::{Host, Url};

/// The longest name that DNS has (RFC 1035 §2.3.4).
const MAX_HOST: usize = 253;

/// The longest scheme that is accepted.
const MAX_SCHEME: usize = 50;

/// A host, or all subdomains of one: `app.example.com`, `*.example.com`, `127.0.0.1`, `[::1]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectHost(String);

/// A text is not a [`RedirectHost`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a host in lower case without a port, such as app.example.com, or *.example.com for its subdomains"
)]
pub struct InvalidRedirectHost;

impl RedirectHost {
    /// Whether `host`, as a URL parser reads it, is this one. `*.example.com` is each name that ends in
    /// `.example.com`, however deep, and not `example.com` itself.
    #[must_use]
    pub fn admits(&self, host: &str) -> bool {
        match self.0.strip_prefix('*') {
            Some(suffix) => host.strip_suffix(suffix).is_some_and(|label| !label.is_empty()),
            None => self.0 == host,
        }
    }
}

impl FromStr for RedirectHost {
    type Err = InvalidRedirectHost;

    /// A `*` stands for whole labels at the front, before at least two more: all of `com` is nobody's.
    fn from_str(text: &str) -> Result<Self, InvalidRedirectHost> {
        let (name, is_wildcard) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let is_of_a_host = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_[]:".contains(&byte)
        };
        if name.len() > MAX_HOST || !name.bytes().all(is_of_a_host) {
            return Err(InvalidRedirectHost);
        }
        // Only what a URL parser reads back unchanged can ever be the host of a redirect URI.
        let url = Url::parse(&format!("https://{name}/")).map_err(|_| InvalidRedirectHost)?;
        let is_domain = matches!(url.host(), Some(Host::Domain(_)));
        let labels: Vec<_> = name.split('.').collect();
        let has_labels = !is_domain || labels.iter().all(|label| !label.is_empty());
        let is_wide_enough = !is_wildcard || is_domain && labels.len() > 1;
        let is_one = url.host_str() == Some(name) && has_labels && is_wide_enough;
        is_one.then(|| Self(text.to_owned())).ok_or(InvalidRedirectHost)
    }
}

/// A scheme, in lower case: `https`, `http`, `cursor`, `com.example.app`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectScheme(String);

/// A text is not a [`RedirectScheme`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a scheme in lower case without a colon, such as https or com.example.app")]
pub struct InvalidRedirectScheme;

impl RedirectScheme {
    /// The scheme as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedirectScheme {
    type Err = InvalidRedirectScheme;

    fn from_str(text: &str) -> Result<Self, InvalidRedirectScheme> {
        let is_of_a_scheme =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
        let is_one = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= MAX_SCHEME
            && text.bytes().all(is_of_a_scheme);
        is_one.then(|| Self(text.to_owned())).ok_or(InvalidRedirectScheme)
    }
}

impl TryFrom<String> for RedirectHost {
    type Error = InvalidRedirectHost;

    fn try_from(text: String) -> Result<Self, InvalidRedirectHost> {
        text.parse()
    }
}

impl From<RedirectHost> for String {
    fn from(host: RedirectHost) -> Self {
        host.0
    }
}

impl TryFrom<String> for RedirectScheme {
    type Error = InvalidRedirectScheme;

    fn try_from(text: String) -> Result<Self, InvalidRedirectScheme> {
        text.parse()
    }
}

impl From<RedirectScheme> for String {
    fn from(scheme: RedirectScheme) -> Self {
        scheme.0
    }
}

#[cfg(test)]
#[path = "redirect_target_tests.rs"]
mod tests;
