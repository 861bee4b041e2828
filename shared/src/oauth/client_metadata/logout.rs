//! What a client is told, and where its users go, when they sign out.

use super::{RawClientMetadata, raw::refuse};
use crate::oauth::{OAuthError, RedirectUri, WebUri};
use serde::{Deserialize, Serialize};

/// The members of the three logout specifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogoutMetadata {
    /// Where the user may be sent after signing out (RP-Initiated Logout §3.1).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where the client is told by us (Back-Channel Logout §2.2); always `https`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub backchannel_logout_uri: Option<WebUri>,
    /// Whether it is to be told which session has ended (Back-Channel Logout §2.2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub backchannel_logout_session_required: Option<bool>,
    /// What the user's browser loads (Front-Channel Logout §2); of the origin of a redirect URI.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frontchannel_logout_uri: Option<WebUri>,
    /// Whether it is to be told which session has ended (Front-Channel Logout §2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frontchannel_logout_session_required: Option<bool>,
}

impl LogoutMetadata {
    pub(super) fn verify(
        raw: &RawClientMetadata,
        redirect_uris: &[RedirectUri],
    ) -> Result<Self, OAuthError> {
        Ok(Self {
            post_logout_redirect_uris: raw.redirect_uris("post_logout_redirect_uris")?,
            backchannel_logout_uri: backchannel_logout_uri(raw)?,
            backchannel_logout_session_required: raw
                .boolean("backchannel_logout_session_required")?,
            frontchannel_logout_uri: frontchannel_logout_uri(raw, redirect_uris)?,
            frontchannel_logout_session_required: raw
                .boolean("frontchannel_logout_session_required")?,
        })
    }
}

/// Back-Channel Logout §2.2: it "MUST NOT include a fragment component".
fn backchannel_logout_uri(raw: &RawClientMetadata) -> Result<Option<WebUri>, OAuthError> {
    let uri = raw.https_uri("backchannel_logout_uri")?;
    match uri {
        Some(uri) if uri.as_str().contains('#') => {
            Err(refuse("backchannel_logout_uri must not have a fragment"))
        }
        uri => Ok(uri),
    }
}

/// Front-Channel Logout §2: "The domain, port, and scheme of this URL MUST be the same as that of a
/// registered Redirection URI value", and so it is `https`, or `http` on a loopback address.
fn frontchannel_logout_uri(
    raw: &RawClientMetadata,
    redirect_uris: &[RedirectUri],
) -> Result<Option<WebUri>, OAuthError> {
    let Some(uri) = raw.web_uri("frontchannel_logout_uri")? else { return Ok(None) };
    let is_the_same = |redirect_uri: &RedirectUri| redirect_uri.origin() == Some(uri.origin());
    if redirect_uris.iter().any(is_the_same) {
        return Ok(Some(uri));
    }
    Err(refuse("frontchannel_logout_uri must have the scheme, host and port of a redirect URI"))
}
