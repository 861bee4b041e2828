//! The successful authorization response (RFC 6749 §4.1.2, §4.2.2, OpenID Connect Core §3.2.2.5).

use shared::{
    App,
    domain::{AuthorizationCode, AuthorizationError, Authorized, CodeId, ResourceServer},
    http::{self, Response},
    interaction::{Interaction, Loaded},
    keys::Purpose,
    oauth::{OAuthError, OAuthErrorCode, ResponseType},
    observation::{self, Event},
    storage::Use,
    tokens::Issuance,
};

type Parameters = Vec<(&'static str, String)>;

/// Gives the client what it asked for and the user agreed to.
///
/// # Errors
///
/// Told to the client at its address.
pub(crate) async fn respond(
    app: &App,
    interaction: &Interaction,
    loaded: &Loaded,
    authorized: &Authorized,
) -> Result<Response, AuthorizationError> {
    let address = &authorized.request().return_address;
    let (event, parameters) = match authorized.request().response_type {
        ResponseType::Code => (Event::CodeIssued, code(app, interaction, authorized).await),
        _ => (Event::TokensIssued, used(app, interaction, loaded, authorized).await),
    };
    let parameters = parameters.map_err(|error| address.clone().refuse_with(error))?;
    observation::happened(event);
    let parameters: Vec<_> =
        parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(http::see_other(&address.with_parameters(&parameters)))
}

/// A code, good once and for a minute. One round trip.
async fn code(
    app: &App,
    interaction: &Interaction,
    authorized: &Authorized,
) -> Result<Parameters, OAuthError> {
    let (request, session, now) = (authorized.request(), authorized.session(), app.clock.now());
    let id = CodeId::generate(session.user_id.clone(), &request.target, &*app.entropy);
    let code = AuthorizationCode {
        client_id: request.client_id.clone(),
        user_id: session.user_id.clone(),
        redirect_uri: request.return_address.redirect_uri().clone(),
        scope: request.scope.clone(),
        audience: request.target.api().map(|api| api.identifier.clone()),
        access_token_lifetime: request.target.lifetime().as_secs(),
        nonce: request.nonce.clone(),
        auth_time: session.auth_time,
        sid: session.sid.clone(),
        code_challenge: request.code_challenge.clone(),
        redeemable_until: now + AuthorizationCode::LIFETIME,
        expires_at: AuthorizationCode::expires_at(&request.target, now),
        used_by: None,
        family_id: None,
    };
    app.store.issue_code(&interaction.tenant_id, &id, &code).await?;
    let sealed = interaction.sealing().seal(Purpose::AuthorizationCode, &id, &*app.entropy);
    let sealed = sealed.ok_or_else(|| OAuthError::server_error("a code can't be sealed"))?;
    Ok(vec![("code", sealed)])
}

/// Tokens, and beside them the note that the client was used: a client that is deleted at this moment gets
/// none.
async fn used(
    app: &App,
    interaction: &Interaction,
    loaded: &Loaded,
    authorized: &Authorized,
) -> Result<Parameters, OAuthError> {
    let (t, client) = (&interaction.tenant_id, &loaded.client);
    let (used, tokens) =
        tokio::join!(app.store.note_use(t, client), tokens(app, interaction, loaded, authorized),);
    let (used, tokens) = (used?, tokens?);
    if used == Use::Refused {
        let description = "the client is not registered any more";
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, description));
    }
    app.store.uncount(t, client, used).await;
    Ok(tokens)
}

/// Tokens straight away: one or two signatures in a row, since the ID Token holds the access token's
/// hash.
async fn tokens(
    app: &App,
    interaction: &Interaction,
    loaded: &Loaded,
    authorized: &Authorized,
) -> Result<Parameters, OAuthError> {
    let (request, session) = (authorized.request(), authorized.session());
    let user = loaded.user.as_ref();
    let user = user.ok_or_else(|| OAuthError::server_error("a session without its user"))?;
    let lifetime = request.target.lifetime_for_web();
    let issuance = Issuance {
        tenant: &loaded.tenant,
        key_set: &loaded.key_set,
        sealing: interaction.sealing(),
        client: &loaded.client,
        user,
        scope: &request.scope,
        audience: request.target.api().map(|api: &ResourceServer| api.identifier.as_str()),
        access_token_lifetime: lifetime,
        auth_time: session.auth_time,
        sid: Some(&session.sid),
        nonce: request.nonce.as_deref(),
        family_id: None,
        now: app.clock.now(),
    };
    let mut parameters = Vec::new();
    let mut access_token = None;
    if request.response_type.returns_access_token() {
        let token = app.access_token(&issuance).await?;
        parameters.push(("access_token", token.clone()));
        parameters.push(("token_type", "Bearer".to_owned()));
        parameters.push(("expires_in", lifetime.as_secs().to_string()));
        parameters.push(("scope", request.scope.to_string()));
        access_token = Some(token);
    }
    if request.response_type.returns_id_token() {
        parameters.push(("id_token", app.id_token(&issuance, access_token.as_deref()).await?));
    }
    Ok(parameters)
}
