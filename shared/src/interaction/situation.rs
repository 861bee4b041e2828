//! Everything that an authorization request is decided by, read at once.

use super::{Interaction, SessionKeys, SignedIn, unknown_client};
use crate::{
    App,
    clock::Timestamp,
    domain::{
        AuthorizationError, AuthorizationRequest, Client, ClientId, FoundAudience, Grant,
        IndividualClaims, KeySet, ResourceServerId, ReturnAddress, SessionCookie, Situation,
        Tenant, User,
    },
    oauth::{OAuthErrorCode, RequestedAudiences},
    storage::{
        AudienceItems, AudienceKeys, audience_keys, found_audience,
        keys::{self, Key},
    },
    tokens::{IdTokenHint, subject},
    unknown_tenant,
};
use lambda_http::Request;

/// What was found.
pub struct Loaded {
    /// The tenant.
    pub tenant: Tenant,
    /// Its keys.
    pub key_set: KeySet,
    /// The client that asks.
    pub client: Client,
    /// The user who is signed in; there if and only if the situation has a session.
    pub user: Option<User>,
    /// What the browser holds of that session.
    pub session_cookie: Option<SessionCookie>,
    /// What is known of session and consent.
    pub situation: Situation,
    audiences: Vec<FoundAudience>,
}

/// The keys of everything: those of a user only for a browser that says it is in a session.
type Everything = (Key<Tenant>, Key<KeySet>, Key<Client>, Vec<AudienceKeys>, SessionKeys);

impl Interaction {
    /// Reads it all. One round trip; two where the tenant's default audience applies, which has to be
    /// read before it can be looked up.
    ///
    /// # Errors
    ///
    /// A page: for an unknown client or host, or when the table fails.
    pub async fn load(&self, app: &App, request: &Request) -> Result<Loaded, AuthorizationError> {
        let client_id = self.client_id()?;
        let cookie = self.session_cookie(request);
        // What is wrong with them the client is told as soon as it is known where.
        let asked = RequestedAudiences::parse(&self.parameters).unwrap_or_default();
        let ids = meant_by(&asked);
        let everything = self.everything(&client_id, cookie.as_ref(), &ids);
        let (tenant, key_set, client, audiences, session) = app.store.read(everything).await?;
        let (Some(tenant), Some(key_set)) = (tenant, key_set) else {
            return Err(unknown_tenant().into());
        };
        let client = client.ok_or_else(unknown_client)?;
        let audiences = match &tenant.default_audience {
            Some(default) if asked.is_empty() => {
                let ids = vec![ResourceServerId::of(default)];
                let keys = self.audiences(&client_id, cookie.as_ref(), &ids);
                found(ids, app.store.read(keys).await?, &client)
            }
            _ => found(ids, audiences, &client),
        };
        let mut loaded = Loaded {
            tenant,
            key_set,
            client,
            user: None,
            session_cookie: None,
            situation: Situation::default(),
            audiences,
        };
        let now = app.clock.now();
        if let Some(SignedIn { session, user, cookie }) =
            SignedIn::check(cookie, session, &loaded.tenant, now)
        {
            let done = self.done(app, request, &cookie.session_id);
            let session = Some(session);
            loaded.situation = Situation { session, grant: None, done, is_hinted: None };
            (loaded.user, loaded.session_cookie) = (Some(user), Some(cookie));
        }
        Ok(loaded)
    }

    fn everything(
        &self,
        client_id: &ClientId,
        cookie: Option<&SessionCookie>,
        audiences: &[ResourceServerId],
    ) -> Everything {
        let t = &self.tenant_id;
        (
            keys::tenant(t),
            keys::key_set(t),
            keys::client(t, client_id),
            self.audiences(client_id, cookie, audiences),
            SignedIn::keys(t, cookie),
        )
    }

    fn audiences(
        &self,
        client_id: &ClientId,
        cookie: Option<&SessionCookie>,
        ids: &[ResourceServerId],
    ) -> Vec<AudienceKeys> {
        let user = cookie.map(|cookie| &cookie.user_id);
        ids.iter().map(|id| audience_keys(&self.tenant_id, client_id, user, id)).collect()
    }
}

/// What can be meant by `asked`; by nothing, no API.
fn meant_by(asked: &RequestedAudiences) -> Vec<ResourceServerId> {
    if asked.is_empty() {
        return vec![ResourceServerId::of_none()];
    }
    ResourceServerId::named_by(asked)
}

/// What was found of each API, without what the user agreed to before the client got other redirect URIs.
fn found(
    ids: Vec<ResourceServerId>,
    items: Vec<AudienceItems>,
    client: &Client,
) -> Vec<FoundAudience> {
    let found = |(id, items)| {
        let found = found_audience(id, items);
        let consent = found.consent.filter(|grant| client.honours(grant));
        FoundAudience { consent, ..found }
    };
    ids.into_iter().zip(items).map(found).collect()
}

impl Loaded {
    /// The authorization request that the parameters make, checked. From here on it is known what the user has agreed to
    /// of it.
    ///
    /// # Errors
    ///
    /// A page while the redirect URI is in doubt; after that what the client is told.
    pub fn authorization_request(
        &mut self,
        interaction: &Interaction,
    ) -> Result<AuthorizationRequest, AuthorizationError> {
        let parameters = &interaction.parameters;
        let address = ReturnAddress::resolve(&self.tenant.issuer, &self.client, parameters)?;
        let checked = interaction.provenance.check(&self.tenant, &self.client);
        checked.map_err(|error| address.clone().refuse_with(error))?;
        let (tenant, client) = (&self.tenant, &self.client);
        let request =
            AuthorizationRequest::parse(parameters, tenant, client, &self.audiences, &address)?;
        let named = self.is_named(interaction, &request);
        let hinted = self.is_hinted(interaction, address)?;
        self.situation.is_hinted = [hinted, named].into_iter().flatten().min();
        self.situation.grant = request.target.consent(&request.scope, &self.audiences);
        Ok(request)
    }

    /// Whether the user who is signed in is the one that `id_token_hint` names (OpenID Connect Core §3.1.2.1).
    fn is_hinted(
        &self,
        interaction: &Interaction,
        address: ReturnAddress,
    ) -> Result<Option<bool>, AuthorizationError> {
        let Some(text) = interaction.parameters.get("id_token_hint") else { return Ok(None) };
        let (sealing, client) = (interaction.sealing(), &self.client);
        let issuer = (&self.tenant.issuer, &self.key_set);
        let Some(hint) = IdTokenHint::verify(text, issuer, client, sealing) else {
            let description = "id_token_hint must be an ID Token that this client got here";
            return Err(address.refuse(OAuthErrorCode::InvalidRequest, description));
        };
        let is_about = |user: &User| hint.is_about(&user.user_id, client, sealing);
        Ok(Some(self.user.as_ref().is_some_and(is_about)))
    }

    /// Whether the user who is signed in is the one whose `sub` the request wants in the ID Token, or has at the userinfo
    /// endpoint (OpenID Connect Core §3.1.2.2, §5.5.1): no other may be answered for.
    fn is_named(&self, interaction: &Interaction, request: &AuthorizationRequest) -> Option<bool> {
        let asked = [&request.claims.id_token, &request.claims.userinfo];
        let mut asked = asked.into_iter().filter_map(|claims| claims.get("sub")).peekable();
        asked.peek()?;
        let sub = |user: &User| subject(interaction.sealing(), &self.client, &user.user_id);
        let sub = self.user.as_ref().map(sub);
        Some(asked.all(|asked| {
            asked.values.is_none() || sub.as_deref().is_some_and(|sub| asked.accepts(&sub.into()))
        }))
    }

    /// What is kept when the user agrees to `request`: of each API what they agree to now, and what they did before.
    #[must_use]
    pub fn grants(
        &self,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Vec<(ResourceServerId, Grant)> {
        let claims = IndividualClaims::to_agree_to(&request.claims);
        let grant = |id: ResourceServerId| {
            let scope = request.target.scope_at(&id, &request.scope);
            let new = Grant { scope, claims: claims.clone(), granted_at: now };
            let found = self.audiences.iter().find(|found| found.id == id);
            let before = found.and_then(|found| found.consent.as_ref());
            let grant = before.map_or_else(|| new.clone(), |before| before.and(&new));
            (id, grant)
        };
        request.target.ids().into_iter().map(grant).collect()
    }
}
