//! Who takes part in a session, and is told when it ends (OpenID Connect Back-Channel Logout 1.0).

use shared::{
    App,
    domain::{Authorized, Participant, Session},
    interaction::{Interaction, Loaded},
    oauth::{OAuthError, OAuthErrorCode},
};

/// Notes that the client takes part in the session, if it wants to be told of its end and is not noted yet. One round
/// trip then, else none.
///
/// # Errors
///
/// `login_required`, when the session has ended since it was read.
pub(crate) async fn join_session(
    app: &App,
    interaction: &Interaction,
    loaded: &Loaded,
    authorized: &Authorized,
) -> Result<(), OAuthError> {
    let Session { sid, clients, .. } = authorized.session();
    let client_id = loaded.client.client_id.clone();
    let participant = Participant { client_id, sid: sid.clone() };
    let is_told = loaded.client.backchannel_logout_uri().is_some()
        && loaded.tenant.dynamic_client_registration.allow_fetching;
    if !is_told || clients.contains(&participant) {
        return Ok(());
    }
    if app.store.join_session(&interaction.tenant_id, sid, &participant).await? {
        return Ok(());
    }
    let description = "the user has signed out";
    Err(OAuthError::new(OAuthErrorCode::LoginRequired, description))
}
