//! What a client is told, and where its users go, when they sign out.

use super::{RawClientMetadata, RegistrationRules, raw::refuse};
use crate::oauth::{OAuthError, RedirectUri, WebUri};
use serde::{Deserialize, Serialize};

/// The members of RP-initiated and of back-channel logout. What a browser would load in a frame (Front-Channel Logout)
/// is left out: without the client's cookies, which browsers keep back from frames, it could end nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogoutMetadata {
    /// Where the user may be sent after signing out (RP-Initiated Logout §3.1).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where the client is told by us (Back-Channel Logout §2.2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub backchannel_logout_uri: Option<WebUri>,
    /// Whether it is to be told which session has ended (Back-Channel Logout §2.2). It always is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub backchannel_logout_session_required: Option<bool>,
}

impl LogoutMetadata {
    pub(super) fn verify(
        raw: &RawClientMetadata,
        rules: &RegistrationRules,
    ) -> Result<Self, OAuthError> {
        Ok(Self {
            post_logout_redirect_uris: raw.redirect_uris("post_logout_redirect_uris")?,
            backchannel_logout_uri: backchannel_logout_uri(raw, rules)?,
            backchannel_logout_session_required: raw
                .boolean("backchannel_logout_session_required")?,
        })
    }
}

/// Back-Channel Logout §2.2: it "MUST NOT include a fragment component".
fn backchannel_logout_uri(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
) -> Result<Option<WebUri>, OAuthError> {
    let uri = raw.fetched_uri("backchannel_logout_uri", rules)?;
    match uri {
        Some(uri) if uri.as_str().contains('#') => {
            Err(refuse("backchannel_logout_uri must not have a fragment"))
        }
        uri => Ok(uri),
    }
}
