//! A new authorization code (RFC 6749 §4.1.2).

use shared::{
    App,
    domain::{AuthorizationCode, Authorized, CodeId, FamilyId, IndividualClaims},
    interaction::Interaction,
    keys::Purpose,
    oauth::OAuthError,
};

/// A code, good once and for a minute, that is not written yet.
pub(crate) struct NewCode {
    pub(crate) id: CodeId,
    pub(crate) code: AuthorizationCode,
    /// What the client gets.
    pub(crate) sealed: String,
}

impl NewCode {
    /// A code for what was `authorized`, with the `claims` that the user has of those asked for;
    /// `front_channel_family_id` names the access token that goes to the browser beside it.
    pub(crate) fn generate(
        app: &App,
        interaction: &Interaction,
        authorized: &Authorized,
        (claims, front_channel_family_id): (&IndividualClaims, Option<FamilyId>),
    ) -> Result<Self, OAuthError> {
        let (request, session, now) = (authorized.request(), authorized.session(), app.clock.now());
        let id = CodeId::generate(session.user_id.clone(), &request.target, &*app.entropy);
        let code = AuthorizationCode {
            client_id: request.client_id.clone(),
            user_id: session.user_id.clone(),
            redirect_uri: request.return_address.redirect_uri().clone(),
            scope: request.scope.clone(),
            claims: claims.clone(),
            audiences: request.target.granted(&request.scope),
            nonce: request.nonce.clone(),
            auth_time: session.auth_time,
            sid: session.sid.clone(),
            code_challenge: request.code_challenge.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            redeemable_until: now + AuthorizationCode::LIFETIME,
            expires_at: Some(AuthorizationCode::expires_at(&request.target, now)),
            used_by: None,
            front_channel_family_id,
            family_id: None,
        };
        let sealed = interaction.sealing().seal(Purpose::AuthorizationCode, &id, &*app.entropy);
        let sealed = sealed.ok_or_else(|| OAuthError::server_error("a code can't be sealed"))?;
        Ok(Self { id, code, sealed })
    }
}
