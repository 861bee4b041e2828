//! Grant types (RFC 6749 §1.3, RFC 7591 §2).

use serde::{Deserialize, Serialize};

/// How a client may obtain tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A code from the authorization endpoint is exchanged at the token endpoint (RFC 6749 §4.1).
    AuthorizationCode,
    /// Tokens come from the authorization endpoint itself (RFC 6749 §4.2).
    Implicit,
    /// A refresh token is exchanged for new tokens (RFC 6749 §6).
    RefreshToken,
    /// The client acts for itself (RFC 6749 §4.4).
    ClientCredentials,
}

impl GrantType {
    /// Every grant type that is served.
    pub const ALL: [Self; 4] =
        [Self::AuthorizationCode, Self::Implicit, Self::RefreshToken, Self::ClientCredentials];

    /// The grant type called `name`, if it is one that a client of ours can have.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "authorization_code" => Some(Self::AuthorizationCode),
            "implicit" => Some(Self::Implicit),
            "refresh_token" => Some(Self::RefreshToken),
            "client_credentials" => Some(Self::ClientCredentials),
            _ => None,
        }
    }
}
