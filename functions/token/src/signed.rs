//! Tokens that are signed and not handed out yet: nothing is spent for them before that.

use shared::{
    App,
    client_authentication::Caller,
    oauth::{OAuthError, Scopes, TokenResponse, TokenType},
    storage::Use,
    tokens::{Beside, Issuance},
};

/// A user's tokens.
pub(crate) struct Signed {
    access_token: String,
    id_token: Option<String>,
    token_type: TokenType,
    expires_in: u64,
    scope: Scopes,
    /// The use of the client that they are.
    pub(crate) used: Use,
}

impl Signed {
    /// Signs the tokens and notes that the client is used, at the same time. Up to two signatures, side by side.
    ///
    /// # Errors
    ///
    /// `invalid_client`, when the client is gone since it was read; or when the key holder or the table fails.
    pub(crate) async fn new(
        app: &App,
        caller: &Caller,
        issuance: &Issuance<'_>,
    ) -> Result<Self, OAuthError> {
        let (used, access_token, id_token) = tokio::join!(
            app.store.note_use(&caller.tenant_id, issuance.client),
            app.access_token(issuance),
            id_token(app, issuance),
        );
        let used = used?;
        if used == Use::Refused {
            return Err(caller.invalid_client());
        }
        Ok(Self {
            access_token: access_token?,
            id_token: id_token?,
            token_type: issuance.token_type(),
            expires_in: issuance.access_token_lifetime.as_secs(),
            scope: issuance.scope.clone(),
            used,
        })
    }

    /// The answer, with what renews them.
    pub(crate) fn response(self, refresh_token: Option<String>) -> TokenResponse {
        TokenResponse {
            access_token: self.access_token,
            token_type: self.token_type,
            expires_in: self.expires_in,
            scope: self.scope,
            refresh_token,
            id_token: self.id_token,
        }
    }
}

async fn id_token(app: &App, issuance: &Issuance<'_>) -> Result<Option<String>, OAuthError> {
    if !issuance.scope.contains("openid") {
        return Ok(None);
    }
    app.id_token(issuance, Beside::default()).await.map(Some)
}

/// A refresh token's text.
///
/// # Errors
///
/// `server_error`, which does not happen.
pub(crate) fn refresh_token(
    caller: &Caller,
    id: &shared::domain::RefreshTokenId,
) -> Result<String, OAuthError> {
    let sealed = caller.sealing.seal_refresh_token(id);
    sealed.ok_or_else(|| OAuthError::server_error("a refresh token can't be sealed"))
}
