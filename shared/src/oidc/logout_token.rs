//! Logout Tokens (OpenID Connect Back-Channel Logout §2.4).

use crate::clock::Timestamp;
use serde::Serialize;

/// The claims of a Logout Token. There is no `nonce`, lest one be taken for an ID Token.
#[derive(Debug, Serialize)]
pub struct LogoutTokenClaims {
    /// Who issued it.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// When it was issued.
    pub iat: Timestamp,
    /// When it expires.
    pub exp: Timestamp,
    /// Names the token.
    pub jti: String,
    /// The session that has ended, as in the client's ID Tokens.
    pub sid: String,
    /// What has happened.
    pub events: LogoutEvents,
}

/// What a Logout Token tells of: one event, which is an empty object.
#[derive(Debug, Default, Serialize)]
pub struct LogoutEvents {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    backchannel_logout: Nothing,
}

#[derive(Debug, Default, Serialize)]
struct Nothing {}
