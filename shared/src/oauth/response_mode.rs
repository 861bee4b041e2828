//! Response modes (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, §5).

use super::ResponseType;

/// Where in the redirect URI the response's parameters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query.
    Query,
    /// In the fragment, which never leaves the browser.
    Fragment,
}

/// The response mode is unknown, or would put a token where it gets logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("response_mode must be query or fragment, and fragment for tokens")]
pub struct UnsupportedResponseMode;

impl ResponseMode {
    /// The mode that `response_mode` asks for, or the default for `response_type`.
    ///
    /// # Errors
    ///
    /// When the mode is unknown, or is `query` for a response with a token (Multiple Response Types §5).
    pub fn resolve(
        response_type: ResponseType,
        response_mode: Option<&str>,
    ) -> Result<Self, UnsupportedResponseMode> {
        match (response_mode, response_type) {
            (None | Some("query"), ResponseType::Code) => Ok(Self::Query),
            (None | Some("fragment"), _) => Ok(Self::Fragment),
            _ => Err(UnsupportedResponseMode),
        }
    }

    /// The mode for an error about a `response_type` that may itself be what is wrong: the fragment
    /// as soon as it speaks of a token, else the query (RFC 6749 §4.1.2.1, §4.2.2.1).
    #[must_use]
    pub fn for_error(response_type: Option<&str>) -> Self {
        let speaks_of_a_token = response_type.is_some_and(|value| {
            value.split(' ').any(|word| word == "token" || word == "id_token")
        });
        if speaks_of_a_token { Self::Fragment } else { Self::Query }
    }
}
