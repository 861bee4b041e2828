//! Response modes (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, §5, OAuth 2.0 Form Post
//! Response Mode §2).

use super::ResponseType;
use serde::Serialize;

/// How the response's parameters get to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In its fragment, which never leaves the browser.
    Fragment,
    /// In the body of a form that the browser posts to it.
    FormPost,
    /// In a message to the page that opened or framed the endpoint (Auth0, OAuth 2.0 Web Message Response
    /// Mode).
    WebMessage,
}

/// The response mode is unknown, or would put a token where it gets logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "response_mode must be query, fragment, form_post or web_message, and not query for tokens"
)]
pub struct UnsupportedResponseMode;

impl ResponseMode {
    /// Every response mode that is served.
    pub const ALL: [Self; 4] = [Self::Query, Self::Fragment, Self::FormPost, Self::WebMessage];

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            "web_message" => Some(Self::WebMessage),
            _ => None,
        }
    }

    /// The mode that `response_mode` asks for, or the default for `response_type`.
    ///
    /// # Errors
    ///
    /// When the mode is unknown, or is `query` for a response with a token (Multiple Response Types §5).
    pub fn resolve(
        response_type: ResponseType,
        response_mode: Option<&str>,
    ) -> Result<Self, UnsupportedResponseMode> {
        let is_code = response_type == ResponseType::Code;
        let Some(name) = response_mode else {
            return Ok(if is_code { Self::Query } else { Self::Fragment });
        };
        let mode = Self::from_name(name).filter(|mode| is_code || *mode != Self::Query);
        mode.ok_or(UnsupportedResponseMode)
    }

    /// The mode of a response to a request in which `response_type` or `response_mode` may itself be what
    /// is wrong: the mode asked for where that can be; else the fragment as soon as the request speaks of
    /// a token, and the query where it does not (RFC 6749 §4.1.2.1, §4.2.2.1).
    #[must_use]
    pub fn for_any(response_type: Option<&str>, response_mode: Option<&str>) -> Self {
        let speaks_of_a_token = response_type.is_some_and(|value| {
            value.split(' ').any(|word| word == "token" || word == "id_token")
        });
        let default = if speaks_of_a_token { Self::Fragment } else { Self::Query };
        let asked = response_mode.and_then(Self::from_name);
        asked.filter(|mode| *mode != Self::Query).unwrap_or(default)
    }
}

#[cfg(test)]
#[path = "response_mode_tests.rs"]
mod tests;
