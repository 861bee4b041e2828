//! Addresses of pages and pictures that a client names (RFC 7591 §2).

use super::is_loopback;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use url::Url;

const MAX_LENGTH: usize = 2_000;

/// An `https` or `http` URI as the client wrote it. None is ever fetched but for
/// what `fetching` is told to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebUri(String);

/// The text is not a URI of a page on the web.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https or http URI of at most 2000 printable ASCII characters")]
pub struct InvalidWebUri;

impl WebUri {
    /// The URI as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Whether it leads to this very device.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// Its host without the port, in lower case, as hosts are compared (RFC 3986 §6.2.2.1).
    #[must_use]
    pub fn host_name(&self) -> String {
        let url = Url::parse(&self.0).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Scheme, host and port as written (RFC 6454 §4).
    #[must_use]
    pub fn origin(&self) -> &str {
        let scheme = self.0.split_once("://").map_or(0, |(scheme, _)| scheme.len());
        &self.0[..scheme + "://".len() + self.host().len()]
    }

    /// Its host, which is all that a person should judge it by.
    #[must_use]
    pub fn host(&self) -> &str {
        let after_scheme = self.0.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

impl FromStr for WebUri {
    type Err = InvalidWebUri;

    fn from_str(uri: &str) -> Result<Self, InvalidWebUri> {
        let is_printable = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
        let is_written_in_full = uri.starts_with("https://") || uri.starts_with("http://");
        if uri.len() > MAX_LENGTH || !uri.bytes().all(is_printable) || !is_written_in_full {
            return Err(InvalidWebUri);
        }
        let web_uri = Self(uri.to_owned());
        if web_uri.host().is_empty() || web_uri.host().contains('%') {
            return Err(InvalidWebUri);
        }
        // What is shown to people must be what a browser would go to.
        let url = Url::parse(uri).map_err(|_| InvalidWebUri)?;
        let host = web_uri.host().rsplit_once(':').map_or(web_uri.host(), |(host, _)| host);
        let is_as_shown = url.host_str().is_some_and(|read| read.eq_ignore_ascii_case(host));
        is_as_shown.then_some(web_uri).ok_or(InvalidWebUri)
    }
}

impl TryFrom<String> for WebUri {
    type Error = InvalidWebUri;

    fn try_from(uri: String) -> Result<Self, InvalidWebUri> {
        uri.parse()
    }
}

impl From<WebUri> for String {
    fn from(uri: WebUri) -> Self {
        uri.0
    }
}
