//! What of a URI is used to ask it.

use shared::{
    domain::FetchFailure,
    oauth::{WebUri, is_loopback},
};
use url::{Host, Position, Url};

/// The port of `https` (RFC 9110 §4.2.2), and the only one that is asked.
const HTTPS_PORT: u16 = 443;

/// Where a request goes, and what it asks for.
#[derive(Debug)]
pub(crate) struct Target {
    url: Url,
}

impl Target {
    /// The target that `uri` names. Where loopback is open, a loopback host may also be asked without TLS and
    /// on any port.
    ///
    /// # Errors
    ///
    /// [`FetchFailure::RefusedUri`].
    pub(crate) fn parse(uri: &WebUri, is_loopback_open: bool) -> Result<Self, FetchFailure> {
        let url = Url::parse(uri.as_str()).map_err(|_| FetchFailure::RefusedUri)?;
        let is_public = url.scheme() == "https" && url.port_or_known_default() == Some(HTTPS_PORT);
        let is_opened = is_loopback_open && is_loopback(&url);
        let is_bare = url.username().is_empty() && url.password().is_none();
        if is_bare && url.has_host() && (is_public || is_opened) {
            return Ok(Self { url });
        }
        Err(FetchFailure::RefusedUri)
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(crate) fn host(&self) -> Option<Host<&str>> {
        self.url.host()
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(HTTPS_PORT)
    }

    /// What the `Host` header says: host, and port where it is not the scheme's own.
    pub(crate) fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    pub(crate) fn path_and_query(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }
}
