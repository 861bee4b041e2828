//! Who is there when somebody is to be signed out.

use crate::page;
use lambda_http::Request;
use shared::{
    App,
    domain::{AuthorizationError, Client, ClientId, KeySet, Tenant},
    interaction::{Interaction, SignedIn},
    oauth::OAuthErrorCode,
    storage::keys,
    unknown_tenant,
};

/// The tenant, the client that asks, if one does, and the user, if one is signed in.
pub(crate) struct Found {
    pub(crate) tenant: Tenant,
    pub(crate) key_set: KeySet,
    pub(crate) client: Option<Client>,
    pub(crate) signed_in: Option<SignedIn>,
}

impl Found {
    /// Reads it all. One round trip.
    ///
    /// # Errors
    ///
    /// A page, for an unknown host or client, or when the table fails.
    pub(crate) async fn load(
        app: &App,
        request: &Request,
        interaction: &Interaction,
        client_id: Option<&ClientId>,
    ) -> Result<Self, AuthorizationError> {
        let t = &interaction.tenant_id;
        let cookie = interaction.session_cookie(request);
        let selection = (
            keys::tenant(t),
            keys::key_set(t),
            client_id.map(|id| keys::client(t, id)),
            SignedIn::keys(t, cookie.as_ref()),
        );
        let (tenant, key_set, client, session) = app.store.read(selection).await?;
        let (Some(tenant), Some(key_set)) = (tenant, key_set) else {
            return Err(unknown_tenant().into());
        };
        if client_id.is_some() && client.is_none() {
            return Err(refuse(page::UNKNOWN_CLIENT));
        }
        let signed_in = SignedIn::check(cookie, session, &tenant, app.clock.now());
        Ok(Self { tenant, key_set, client, signed_in })
    }
}

/// The client called `text`.
///
/// # Errors
///
/// A page, if no client is called so.
pub(crate) fn client_id(text: &str) -> Result<ClientId, AuthorizationError> {
    ClientId::parse(text).ok_or_else(|| refuse(page::UNKNOWN_CLIENT))
}

/// The error that says so to the user.
pub(crate) fn refuse(message: &'static str) -> AuthorizationError {
    AuthorizationError::page(OAuthErrorCode::InvalidRequest, message)
}
