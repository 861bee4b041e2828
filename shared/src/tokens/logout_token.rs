//! Logout Tokens: what tells a client that a session has ended (OpenID Connect Back-Channel Logout §2.4).

use super::{public_sid, subject};
use crate::{
    App,
    domain::{Client, KeySet, Sid, Tenant, UserId},
    keys::Sealing,
    oauth::OAuthError,
    oidc::{LogoutEvents, LogoutTokenClaims},
};
use std::time::Duration;

/// How long it counts: at most two minutes (Back-Channel Logout §4).
const LIFETIME: Duration = Duration::from_mins(2);

/// Whose session has ended.
#[derive(Clone, Copy)]
pub struct Ended<'a> {
    /// The issuer.
    pub tenant: &'a Tenant,
    /// Its keys.
    pub key_set: &'a KeySet,
    /// Its sealing key.
    pub sealing: &'a Sealing,
    /// The user.
    pub user_id: &'a UserId,
}

impl App {
    /// The Logout Token that tells `client` that the session which it knows as `sid` has ended, signed as its ID Tokens
    /// are.
    ///
    /// # Errors
    ///
    /// When the key holder fails.
    pub async fn logout_token(
        &self,
        ended: Ended<'_>,
        client: &Client,
        sid: &Sid,
    ) -> Result<String, OAuthError> {
        let Ended { tenant, key_set, sealing, user_id } = ended;
        let now = self.clock.now();
        let claims = LogoutTokenClaims {
            iss: tenant.issuer.to_string(),
            sub: subject(sealing, client, user_id),
            aud: client.client_id.as_str().to_owned(),
            iat: now,
            exp: now + LIFETIME,
            jti: self.entropy.alphanumerics(22),
            sid: public_sid(sealing, client, sid),
            events: LogoutEvents::default(),
        };
        self.sign_for("logout+jwt", (key_set, sealing), client, &claims).await
    }
}
