//! The successful authorization response (RFC 6749 §4.1.2, §4.2.2, OpenID Connect Core §3.2.2.5, §3.3.2.5).

use crate::{code::NewCode, join::join_session};
use shared::{
    App,
    domain::{
        AuthorizationError, AuthorizationRequest, Authorized, FamilyId, GrantedAudience,
        IndividualClaims, RefreshFamily, TOKEN_LIFETIMES, User,
    },
    http::Response,
    interaction::{Interaction, Loaded},
    oauth::{OAuthError, OAuthErrorCode, ResponseType},
    observation::{self, Event},
    storage::Use,
    tokens::{Beside, Issuance},
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
    let response_type = authorized.request().response_type;
    // Who replays the code has the token revoked that came beside it.
    let is_of_a_family = response_type.returns_code() && response_type.returns_access_token();
    let family_id = is_of_a_family.then(|| FamilyId::generate(&*app.entropy));
    let address = &authorized.request().return_address;
    let user = loaded.user.as_ref().ok_or_else(|| {
        address.clone().refuse_with(OAuthError::server_error("a session without its user"))
    })?;
    let asked = &authorized.request().claims;
    let claims = IndividualClaims::of(asked, user, &loaded.tenant.custom_claims);
    let request = authorized.request();
    let audience = request.target.granted(&request.scope).into_iter().next();
    let answer = Answer { app, interaction, loaded, authorized, user, claims, audience, family_id };
    let (joined, parameters) =
        tokio::join!(join_session(app, interaction, loaded, authorized), answer.parameters());
    let parameters = joined.and(parameters);
    let parameters = parameters.map_err(|error| address.clone().refuse_with(error))?;
    let parameters: Vec<_> =
        parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(address.respond(&parameters).into())
}

/// An answer, and all that it is made of.
struct Answer<'a> {
    app: &'a App,
    interaction: &'a Interaction,
    loaded: &'a Loaded,
    authorized: &'a Authorized,
    user: &'a User,
    /// What the user has of the claims that were asked for one by one.
    claims: IndividualClaims,
    /// What its access token is for: of several APIs the first, as long as the client can't say which it means.
    audience: Option<GrantedAudience>,
    /// What an access token beside a code is revoked with.
    family_id: Option<FamilyId>,
}

impl Answer<'_> {
    fn request(&self) -> &AuthorizationRequest {
        self.authorized.request()
    }

    /// The code, the tokens, or both. What has to be written is written while the tokens are signed.
    async fn parameters(&self) -> Result<Parameters, OAuthError> {
        let code = if self.request().response_type.returns_code() {
            let kept = (&self.claims, self.family_id.clone());
            Some(NewCode::generate(self.app, self.interaction, self.authorized, kept)?)
        } else {
            None
        };
        let (written, tokens) = tokio::join!(self.write(code.as_ref()), self.used(code.as_ref()));
        written?;
        let tokens = tokens?;
        for (event, happened) in
            [(Event::CodeIssued, code.is_some()), (Event::TokensIssued, !tokens.is_empty())]
        {
            if happened {
                observation::happened(event);
            }
        }
        let code = code.map(|code| ("code", code.sealed));
        Ok(code.into_iter().chain(tokens).collect())
    }

    /// The code and the family of the token beside it. One round trip.
    async fn write(&self, code: Option<&NewCode>) -> Result<(), OAuthError> {
        let (store, t) = (&self.app.store, &self.interaction.tenant_id);
        let code = async {
            match code {
                Some(new) => store.issue_code(t, &new.id, &new.code).await,
                None => Ok(()),
            }
        };
        let family = async {
            match &self.family_id {
                Some(id) => store.create_family(t, id, &self.family()).await,
                None => Ok(()),
            }
        };
        let (code, family) = tokio::join!(code, family);
        Ok(code.and(family)?)
    }

    fn family(&self) -> RefreshFamily {
        let lifetime = self.request().target.lifetime_for_web();
        RefreshFamily {
            client_id: self.request().client_id.clone(),
            user_id: self.authorized.session().user_id.clone(),
            revoked: false,
            expires_at: Some(self.app.clock.now() + lifetime + TOKEN_LIFETIMES.clock_skew),
            dpop_jkt: None,
            refresh: None,
        }
    }

    /// Tokens, and beside them the note that the client was used: a client that is deleted at this moment
    /// gets none.
    async fn used(&self, code: Option<&NewCode>) -> Result<Parameters, OAuthError> {
        let response_type = self.request().response_type;
        if !response_type.returns_access_token() && !response_type.returns_id_token() {
            return Ok(Parameters::new());
        }
        let (store, t, client) =
            (&self.app.store, &self.interaction.tenant_id, &self.loaded.client);
        let (used, tokens) = tokio::join!(store.note_use(t, client), self.tokens(code));
        let (used, tokens) = (used?, tokens?);
        if used == Use::Refused {
            let description = "the client is not registered any more";
            return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, description));
        }
        store.uncount(t, client, used).await;
        Ok(tokens)
    }

    /// One or two signatures in a row, since the ID Token holds the access token's hash.
    async fn tokens(&self, code: Option<&NewCode>) -> Result<Parameters, OAuthError> {
        let (request, app) = (self.request(), self.app);
        let issuance = self.issuance();
        let (mut parameters, mut access_token) = (Parameters::new(), None);
        if request.response_type.returns_access_token() {
            let token = app.access_token(&issuance).await?;
            parameters.push(("access_token", token.clone()));
            parameters.push(("token_type", "Bearer".to_owned()));
            let expires_in = issuance.access_token_lifetime.as_secs();
            parameters.push(("expires_in", expires_in.to_string()));
            parameters.push(("scope", issuance.scope.to_string()));
            access_token = Some(token);
        }
        if request.response_type.returns_id_token() {
            let beside = Beside {
                code: code.map(|code| code.sealed.as_str()),
                access_token: access_token.as_deref(),
                is_all: request.response_type == ResponseType::IdToken,
            };
            parameters.push(("id_token", app.id_token(&issuance, beside).await?));
        }
        Ok(parameters)
    }

    fn issuance(&self) -> Issuance<'_> {
        let (request, session, loaded) = (self.request(), self.authorized.session(), self.loaded);
        Issuance {
            tenant: &loaded.tenant,
            key_set: &loaded.key_set,
            sealing: self.interaction.sealing(),
            client: &loaded.client,
            user: self.user,
            scope: self.audience.as_ref().map_or(&request.scope, |audience| &audience.scope),
            claims: &self.claims,
            audience: self.audience.as_ref().map(|audience| audience.identifier.as_str()),
            access_token_lifetime: request.target.lifetime_for_web(),
            auth_time: session.auth_time,
            sid: Some(&session.sid),
            nonce: request.nonce.as_deref(),
            family_id: self.family_id.as_ref(),
            // Nothing proves here that the client has a key.
            dpop_jkt: None,
            now: self.app.clock.now(),
        }
    }
}
