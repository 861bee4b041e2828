//! The successful token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

use super::Scopes;
use serde::Serialize;

/// How an access token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TokenType {
    /// Whoever bears it may use it (RFC 6750).
    Bearer,
    /// Whoever has the key that it is bound to may use it (RFC 9449 §5).
    #[serde(rename = "DPoP")]
    Dpop,
}

/// What the token endpoint answers with. Without `Debug`, since all that matters in it is secret.
#[derive(Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// How to present it.
    pub token_type: TokenType,
    /// Its lifetime in seconds.
    pub expires_in: u64,
    /// What it is good for.
    pub scope: Scopes,
    /// What renews it (RFC 6749 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID Token, when `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}
