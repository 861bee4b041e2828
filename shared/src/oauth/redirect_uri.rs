//! Redirect URIs (RFC 6749 §3.1.2, RFC 8252 §7).

use super::is_loopback;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use url::Url;

/// The longest redirect URI that is accepted, in bytes.
const MAX_LENGTH: usize = 2_000;

/// Schemes that do something else than hand a response to an application.
const REFUSED_SCHEMES: [&str; 16] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "urn",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// A URI that responses may be sent to: absolute, without a fragment, over `https`, over `http` on a
/// loopback address, or with a private-use scheme.
///
/// It is kept as the client wrote it and compared byte for byte (RFC 9700 §2.1). Since it is refused
/// unless a URL parser reads it back unchanged, no browser can understand it differently.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a string is not a [`RedirectUri`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// A URI is at most 2,000 bytes long.
    #[error("must be at most 2000 bytes long")]
    TooLong,
    /// A space, a control character, a backslash, or anything else that no URI has (RFC 3986 §2).
    #[error("must consist of the characters that RFC 3986 allows")]
    ForbiddenCharacter,
    /// RFC 6749 §3.1.2: "The redirection endpoint URI MUST be an absolute URI".
    #[error("must be an absolute URI")]
    NotAbsolute,
    /// A URL parser would repair it: upper case in scheme or host, a default port, dot segments, …
    #[error(
        "must be in its normal form: lower case scheme and host, no default port, no dot segments"
    )]
    NotNormal,
    /// A user name or a password, which serves only to make one host look like another.
    #[error("must not have a user name or password")]
    HasCredentials,
    /// RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component".
    #[error("must not have a fragment")]
    HasFragment,
    /// A `*` in the host: addresses are compared, never matched against a pattern.
    #[error("must not have a wildcard in its host")]
    HasWildcard,
    /// Neither `https`, nor `http` on a loopback address, nor a private-use scheme (RFC 8252 §7).
    #[error("must use https, http on a loopback address, or a private-use scheme")]
    RefusedScheme,
}

impl RedirectUri {
    /// The URI exactly as it was registered or requested.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request may name `requested` where this URI is registered: byte for byte the same,
    /// but for the port of a loopback address, which a native application can't know beforehand
    /// (RFC 8252 §7.3).
    #[must_use]
    pub fn admits(&self, requested: &Self) -> bool {
        self == requested
            || self.is_loopback()
                && requested.is_loopback()
                && self.without_port() == requested.without_port()
    }

    /// Whether it leads to this very device over `http` (RFC 8252 §7.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.starts_with("http:")
    }

    /// Whether it leads to whoever listens on this very device, by whatever scheme (RFC 8252 §8.3).
    #[must_use]
    pub fn is_on_this_device(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// Whether it has a private-use scheme such as `com.example.app:` (RFC 8252 §7.1).
    #[must_use]
    pub fn is_private_use(&self) -> bool {
        !self.0.starts_with("https:") && !self.is_loopback()
    }

    /// What a person recognises it by: the host, or the scheme where no host says anything.
    #[must_use]
    pub fn host_for_people(&self) -> &str {
        if self.is_private_use() { self.scheme() } else { self.authority() }
    }

    /// The source expression that lets a form's redirect reach it (CSP Level 3 §2.3.1).
    #[must_use]
    pub fn csp_source(&self) -> String {
        // The grammar of sources has no IPv6 address, so that only the scheme can be named.
        if self.is_private_use() || self.authority().starts_with('[') {
            format!("{}:", self.scheme())
        } else {
            format!("{}://{}", self.scheme(), self.authority())
        }
    }

    /// The host of an `https` or `http` URI, which such a URI always has.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        (!self.is_private_use()).then(|| self.host_as_written())
    }

    /// Scheme, host and port of an `https` or `http` URI (RFC 6454 §4).
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        let length = self.scheme().len() + "://".len() + self.authority().len();
        (!self.is_private_use()).then(|| &self.0[..length])
    }

    fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }

    /// Host and port as written; empty where there is none.
    fn authority(&self) -> &str {
        let after_scheme = self.0.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.split(['/', '?']).next().unwrap_or_default()
    }

    /// Host, and path with query.
    fn without_port(&self) -> (&str, &str) {
        (self.host_as_written(), &self.0["http://".len() + self.authority().len()..])
    }

    fn host_as_written(&self) -> &str {
        let authority = self.authority();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }
}

impl FromStr for RedirectUri {
    type Err = InvalidRedirectUri;

    /// The raw string is judged first, because a URL parser forgives what a URI may not contain
    /// (tabs, backslashes, missing slashes), and forgiveness is where responses go astray.
    fn from_str(uri: &str) -> Result<Self, InvalidRedirectUri> {
        use InvalidRedirectUri as Error;

        if uri.len() > MAX_LENGTH {
            return Err(Error::TooLong);
        }
        if uri.contains('#') {
            return Err(Error::HasFragment);
        }
        if !has_only_uri_characters(uri) {
            return Err(Error::ForbiddenCharacter);
        }
        if has_refused_scheme(uri) {
            return Err(Error::RefusedScheme);
        }
        if has_escaped_host(uri) {
            return Err(Error::NotNormal);
        }
        let url = Url::parse(uri).map_err(|_| Error::NotAbsolute)?;
        if !url.username().is_empty() || url.password().is_some() || has_at_sign_in_authority(uri) {
            return Err(Error::HasCredentials);
        }
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(Error::HasWildcard);
        }
        if is_special(&url) && !url.host_str().is_some_and(is_host_name) || is_host_and_port(uri) {
            return Err(Error::NotAbsolute);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(Error::RefusedScheme);
        }
        // "https://app.example" is the one difference allowed: its empty path reads back as "/".
        if url.as_str() != uri && url.as_str().strip_suffix('/') != Some(uri) {
            return Err(Error::NotNormal);
        }
        Ok(Self(uri.to_owned()))
    }
}

fn is_special(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http")
}

/// Letters, digits, dots and hyphens, or an IPv6 address: nothing that means something in a header.
fn is_host_name(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte))
}

/// `localhost:3000/cb`: somebody forgot the scheme.
fn is_host_and_port(uri: &str) -> bool {
    let after = uri.split_once(':').map_or("", |(_, rest)| rest);
    let port = after.split(['/', '?']).next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_refused_scheme(uri: &str) -> bool {
    let scheme = uri.split(':').next().unwrap_or_default();
    REFUSED_SCHEMES.iter().any(|refused| scheme.eq_ignore_ascii_case(refused))
}

/// `https://%61pp.example`: a URL parser reads another host than people do. However many slashes there
/// are before it, a web address goes on with its host.
fn has_escaped_host(uri: &str) -> bool {
    let (scheme, rest) = uri.split_once(':').unwrap_or_default();
    let is_of_the_web = ["https", "http"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let host = rest.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    is_of_the_web && host.contains('%')
}

/// The characters of RFC 3986 §2, `%` only before two hexadecimal digits, brackets only around an
/// IPv6 address (§3.2.2).
fn has_only_uri_characters(uri: &str) -> bool {
    let bytes = uri.as_bytes();
    let authority_end = authority_range(uri).map_or(0, |range| range.end);
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
        b'[' | b']' => at < authority_end,
        _ => byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(byte),
    })
}

/// Even an empty user name (`https://@host`) counts, which a URL parser drops without a word.
fn has_at_sign_in_authority(uri: &str) -> bool {
    authority_range(uri).is_some_and(|range| uri[range].contains('@'))
}

fn authority_range(uri: &str) -> Option<std::ops::Range<usize>> {
    let (scheme, rest) = uri.split_once(':')?;
    let start = rest.starts_with("//").then_some(scheme.len() + 3)?;
    let length = uri[start..].find(['/', '?']).unwrap_or(uri.len() - start);
    Some(start..start + length)
}

impl TryFrom<String> for RedirectUri {
    type Error = InvalidRedirectUri;

    fn try_from(uri: String) -> Result<Self, InvalidRedirectUri> {
        uri.parse()
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
#[path = "redirect_uri_tests.rs"]
mod tests;
