//! Everything that an authorization request is decided by, read at once.

use super::{Interaction, SessionKeys, SignedIn, unknown_client};
use crate::{
    App,
    domain::{
        AuthorizationError, AuthorizationRequest, Client, ClientGrant, ClientGrantId, ClientId,
        DefaultFor, Grant, Grantee, KeySet, RequestedApi, ResourceServer, ReturnAddress,
        SessionCookie, Situation, SubjectType, Tenant, TenantId, User,
    },
    oauth::OAuthErrorCode,
    storage::{
        Selection,
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
    api: RequestedApi,
}

/// The keys of an API, of what the client was granted for it, and of what each third-party client was.
type Api = (Option<Key<ResourceServer>>, Option<Key<ClientGrant>>, Option<Key<ClientGrant>>);

/// The keys of everything: those of a user only for a browser that says it is in a session.
type Everything = (Key<Tenant>, Key<KeySet>, Key<Client>, Api, SessionKeys, Option<Key<Grant>>);

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
        let everything = self.everything(&client_id, cookie.as_ref());
        let (tenant, key_set, client, api, session, grant) = app.store.read(everything).await?;
        let (Some(tenant), Some(key_set)) = (tenant, key_set) else {
            return Err(unknown_tenant().into());
        };
        let client = client.ok_or_else(unknown_client)?;
        let (api, grant) = match (self.parameters.get("audience"), &tenant.default_audience) {
            (None, Some(audience)) => {
                self.load_default_audience(app, audience, cookie.as_ref()).await?
            }
            _ => (api, grant),
        };
        let mut loaded = Loaded {
            tenant,
            key_set,
            client,
            user: None,
            session_cookie: None,
            situation: Situation::default(),
            api: requested(api),
        };
        let now = app.clock.now();
        if let Some(SignedIn { session, user, cookie }) =
            SignedIn::check(cookie, session, &loaded.tenant, now)
        {
            let done = self.done(app, request, &cookie.session_id);
            let session = Some(session);
            loaded.situation = Situation { session, grant, done, is_hinted: None };
            (loaded.user, loaded.session_cookie) = (Some(user), Some(cookie));
        }
        Ok(loaded)
    }

    fn everything(&self, client_id: &ClientId, cookie: Option<&SessionCookie>) -> Everything {
        let t = &self.tenant_id;
        let audience = self.parameters.get("audience");
        let grant = |cookie: &SessionCookie| {
            keys::grant(t, &cookie.user_id, client_id, audience.unwrap_or_default())
        };
        (
            keys::tenant(t),
            keys::key_set(t),
            keys::client(t, client_id),
            api(t, client_id, audience),
            SignedIn::keys(t, cookie),
            cookie.map(grant),
        )
    }

    async fn load_default_audience(
        &self,
        app: &App,
        audience: &str,
        cookie: Option<&SessionCookie>,
    ) -> Result<(<Api as Selection>::Found, Option<Grant>), AuthorizationError> {
        let (t, client_id) = (&self.tenant_id, self.client_id()?);
        let grant = cookie.map(|cookie| keys::grant(t, &cookie.user_id, &client_id, audience));
        Ok(app.store.read((api(t, &client_id, Some(audience)), grant)).await?)
    }
}

fn api(t: &TenantId, client_id: &ClientId, audience: Option<&str>) -> Api {
    let grant = |grantee: Grantee| {
        let id = |audience| ClientGrantId::of(audience, SubjectType::User, grantee);
        audience.map(id).map(|id| keys::client_grant(t, &id))
    };
    (
        audience.map(|audience| keys::resource_server(t, audience)),
        grant(Grantee::ClientId(client_id.clone())),
        grant(Grantee::DefaultFor(DefaultFor::ThirdPartyClients)),
    )
}

fn requested((api, own_grant, default_grant): <Api as Selection>::Found) -> RequestedApi {
    RequestedApi { api, own_grant, default_grant }
}

impl Loaded {
    /// The authorization request that the parameters make, checked.
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
        let api = std::mem::take(&mut self.api);
        let request =
            AuthorizationRequest::parse(parameters, &self.tenant, &self.client, api, &address)?;
        let named = self.is_named(interaction, &request);
        let hinted = self.is_hinted(interaction, address)?;
        self.situation.is_hinted = [hinted, named].into_iter().flatten().min();
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

    /// The audience that consent is remembered under: the one in effect, empty for none.
    #[must_use]
    pub fn consent_audience<'a>(&'a self, interaction: &'a Interaction) -> &'a str {
        let audience = interaction.parameters.get("audience");
        audience.or(self.tenant.default_audience.as_deref()).unwrap_or_default()
    }
}
