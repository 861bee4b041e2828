//! Where the claims go that scopes release.

use serde::{Deserialize, Serialize};

/// Whether the claims that scopes release are in ID Tokens, besides at the userinfo endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenScopeClaims {
    /// Always, as Auth0's libraries expect it.
    #[default]
    Always,
    /// Only where no access token is issued to ask with (OpenID Connect Core §5.4).
    WithoutAccessToken,
}

impl IdTokenScopeClaims {
    /// The setting called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "always" => Some(Self::Always),
            "without_access_token" => Some(Self::WithoutAccessToken),
            _ => None,
        }
    }
}
