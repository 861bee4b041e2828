//! Response types (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices).

use super::GrantType;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What the client asks the authorization endpoint to return.
///
/// One variant for each combination served, so that `match` covers every flow and no flag can
/// contradict another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum ResponseType {
    /// `code`: the authorization code flow (OpenID Connect Core §3.1).
    Code,
    /// `token`: OAuth 2.0 implicit grant, no ID Token (RFC 6749 §4.2).
    Token,
    /// `id_token`: implicit flow, ID Token only (OpenID Connect Core §3.2).
    IdToken,
    /// `id_token token`: implicit flow, ID Token and access token (OpenID Connect Core §3.2).
    IdTokenToken,
    /// `code id_token`: hybrid flow, code and ID Token (OpenID Connect Core §3.3).
    CodeIdToken,
    /// `code token`: hybrid flow, code and access token (OpenID Connect Core §3.3).
    CodeToken,
    /// `code id_token token`: hybrid flow, all three (OpenID Connect Core §3.3).
    CodeIdTokenToken,
}

/// The response type is not one of [`ResponseType`]'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("response_type must be code, token, id_token or a combination of them")]
pub struct UnsupportedResponseType;

impl ResponseType {
    /// Every response type that is served.
    pub const ALL: [Self; 7] = [
        Self::Code,
        Self::Token,
        Self::IdToken,
        Self::IdTokenToken,
        Self::CodeIdToken,
        Self::CodeToken,
        Self::CodeIdTokenToken,
    ];

    /// The response type as discovery and registration name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Token => "token",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
        }
    }

    /// Whether a code comes back.
    #[must_use]
    pub fn returns_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether an ID Token comes back from the authorization endpoint itself; if so, a nonce is
    /// required (OpenID Connect Core §3.2.2.1, §3.3.2.11).
    #[must_use]
    pub fn returns_id_token(self) -> bool {
        matches!(
            self,
            Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken
        )
    }

    /// Whether an access token comes back from the authorization endpoint itself.
    #[must_use]
    pub fn returns_access_token(self) -> bool {
        matches!(self, Self::Token | Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// The grants that a client needs for it, all of them (RFC 7591 §2.1, OpenID Connect Dynamic Client
    /// Registration §2).
    #[must_use]
    pub fn grant_types(self) -> &'static [GrantType] {
        use GrantType::{AuthorizationCode, Implicit};
        match self {
            Self::Code => &[AuthorizationCode],
            Self::Token | Self::IdToken | Self::IdTokenToken => &[Implicit],
            Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken => {
                &[AuthorizationCode, Implicit]
            }
        }
    }
}

impl FromStr for ResponseType {
    type Err = UnsupportedResponseType;

    /// Parses the space-separated values in any order (RFC 6749 §3.1.1).
    fn from_str(value: &str) -> Result<Self, UnsupportedResponseType> {
        let mut values: Vec<_> = value.split(' ').collect();
        values.sort_unstable();
        match values.as_slice() {
            ["code"] => Ok(Self::Code),
            ["token"] => Ok(Self::Token),
            ["id_token"] => Ok(Self::IdToken),
            ["id_token", "token"] => Ok(Self::IdTokenToken),
            ["code", "id_token"] => Ok(Self::CodeIdToken),
            ["code", "token"] => Ok(Self::CodeToken),
            ["code", "id_token", "token"] => Ok(Self::CodeIdTokenToken),
            _ => Err(UnsupportedResponseType),
        }
    }
}

impl TryFrom<String> for ResponseType {
    type Error = UnsupportedResponseType;

    fn try_from(value: String) -> Result<Self, UnsupportedResponseType> {
        value.parse()
    }
}

impl From<ResponseType> for &'static str {
    fn from(response_type: ResponseType) -> Self {
        response_type.as_str()
    }
}

#[cfg(test)]
#[path = "response_type_tests.rs"]
mod tests;
