//! Client authentication (RFC 6749 §2.3, §3.2.1).

use crate::Caller;
use shared::{
    domain::Client,
    oauth::{Challenge, ClientSecret, GrantType, OAuthError, OAuthErrorCode},
};

impl Caller {
    /// The client, if it is who it says it is and may use this grant type. A secret may come either way,
    /// whichever was registered.
    ///
    /// # Errors
    ///
    /// `invalid_client`, the same for a client that does not exist; `unauthorized_client`.
    pub(crate) fn authenticate(
        &self,
        found: Option<Client>,
        grant_type: GrantType,
    ) -> Result<Client, OAuthError> {
        let protected = found.as_ref().and_then(|client| client.client_secret.as_ref());
        let mac = protected.map_or("", |secret| secret.mac.as_str());
        let secret = self.credentials.client_secret.as_ref().map_or("", ClientSecret::expose);
        // Computed in any case, so that the time tells nothing about which clients there are.
        let client_id = &self.credentials.client_id;
        let is_right_secret =
            self.sealing.is_client_secret(&self.tenant_id, client_id, secret, mac);
        let client = found.filter(|client| {
            if client.is_public() {
                self.credentials.client_secret.is_none()
            } else {
                is_right_secret
            }
        });
        let client = client.ok_or_else(|| self.invalid_client())?;
        if !client.may_use(grant_type) {
            let description = "the client may not use this grant_type";
            return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, description));
        }
        Ok(client)
    }

    fn invalid_client(&self) -> OAuthError {
        let description = "the client is unknown, or did not authenticate as it must";
        let error = OAuthError::new(OAuthErrorCode::InvalidClient, description);
        if self.credentials.is_basic { error.with_challenge(Challenge::Basic) } else { error }
    }
}
