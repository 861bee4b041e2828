//! Writing a registration, and what came of it into the log.

use crate::{admission::invalid_token, candidate::Candidate, limits::too_many_unused};
use lambda_http::{Request, http::StatusCode};
use serde_json::{Map, Value, json};
use shared::{
    App, asked_for,
    domain::{
        AuditEvent, Client, ClientId, EventType, InitialAccess, InitialAccessTokenId,
        REFUSALS_LOGGED, Registration, RequestId, Tenant, TenantId,
    },
    http::{self, Response},
    keys::Sealing,
    oauth::{ClientInformation, ClientSecret, OAuthError, RegistrationAccessToken},
    observation::{self, Event},
    storage::{Registered, StorageError},
};

/// What the log calls a registration, as Auth0's does.
const REGISTRATION: &str = "Dynamic client registration";

/// Where a registration is tried, and by whom.
pub(crate) struct Attempt<'a> {
    pub(crate) app: &'a App,
    pub(crate) t: &'a TenantId,
    pub(crate) tenant: &'a Tenant,
    pub(crate) request: &'a Request,
    /// The initial access token that was brought, if it is one.
    initial_access_token: Option<InitialAccessTokenId>,
}

/// What is written, and what its client is told besides.
pub(crate) struct New {
    pub(crate) client: Client,
    client_secret: Option<ClientSecret>,
    registration_access_token: Option<RegistrationAccessToken>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(
        app: &'a App,
        (t, tenant): (&'a TenantId, &'a Tenant),
        request: &'a Request,
        access: Option<&InitialAccess>,
    ) -> Self {
        let initial_access_token = access.map(|access| access.id.clone());
        Self { app, t, tenant, request, initial_access_token }
    }

    /// Writes the client and the event at the same time.
    ///
    /// # Errors
    ///
    /// `invalid_token`, when the last use of an initial access token has just gone; 503.
    pub(crate) async fn register(
        &self,
        sealing: &Sealing,
        candidate: &Candidate,
    ) -> Result<Response, OAuthError> {
        if let Some(access) = &candidate.initial_access {
            self.use_up(access).await?;
        }
        let event = self.event(EventType::SuccessfulApiOperation, REGISTRATION);
        if candidate.is_deduplicated
            && let Some(shared) = self.register_shared(sealing, candidate, &event).await?
        {
            return Ok(self.answer(&shared));
        }
        let id = ClientId::generate(candidate.mode, &*self.app.entropy);
        let new = self.describe(id, sealing, candidate);
        let (registered, told) = tokio::join!(
            self.app.store.register_client(self.t, &new.client),
            self.tell(&new.client, event)
        );
        told?;
        match registered? {
            Registered::New | Registered::Equal => Ok(self.answer(&new)),
            Registered::Taken(_) => {
                Err(OAuthError::server_error("the random id of a new client is taken"))
            }
        }
    }

    /// Answers where there is no room for a new client: whoever registers what is there already needs none.
    ///
    /// # Errors
    ///
    /// 429, with how long to wait; 503.
    pub(crate) async fn repeat(
        &self,
        sealing: &Sealing,
        candidate: &Candidate,
    ) -> Result<Response, OAuthError> {
        if candidate.is_deduplicated
            && let Some(shared) = self.find_shared(sealing, candidate).await?
        {
            let event = self.event(EventType::SuccessfulApiOperation, REGISTRATION);
            self.tell_again(&shared.client, event).await?;
            return Ok(self.answer(&shared));
        }
        let limit = "unused_clients";
        if self.app.store.is_first(self.t, &REFUSALS_LOGGED, limit).await? {
            self.app.log_registration_limit((self.t, self.request), limit).await?;
        }
        Err(too_many_unused())
    }

    /// Counts a use of the initial access token that let the registrant in.
    async fn use_up(&self, access: &InitialAccess) -> Result<(), OAuthError> {
        let request = RequestId::generate(&*self.app.entropy);
        let is_counted = self.app.store.use_initial_access_token(self.t, access, &request).await?;
        is_counted.then_some(()).ok_or_else(invalid_token)
    }

    /// The client that `candidate` would be under this id.
    pub(crate) fn describe(
        &self,
        client_id: ClientId,
        sealing: &Sealing,
        candidate: &Candidate,
    ) -> New {
        let entropy = &*self.app.entropy;
        let token = candidate.is_managed.then(|| RegistrationAccessToken::generate(entropy));
        let registration = Registration {
            client_id,
            metadata: candidate.metadata.clone(),
            mode: candidate.mode,
            registration_access_token: token.as_ref(),
            software_statement: candidate.software_statement.clone(),
            initial_access: candidate.initial_access.as_ref(),
            unused_lifetime: self.tenant.dynamic_client_registration.unused_client_lifetime,
        };
        let alg = candidate.metadata.id_token_signed_response_alg;
        let protect =
            |id: &_, secret: &_| sealing.protect_client_secret((self.t, id), secret, alg, entropy);
        let (client, client_secret) =
            Client::register(registration, entropy, self.app.clock.now(), protect);
        New { client, client_secret, registration_access_token: token }
    }

    /// Writes what comes with a new client: the event, and one unused client more, at the same time.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub(crate) async fn tell(
        &self,
        client: &Client,
        event: AuditEvent,
    ) -> Result<(), StorageError> {
        let (store, event) = (&self.app.store, about(event, client));
        let (logged, counted) =
            tokio::join!(store.log(self.t, &event), store.count_unused(self.t, client, 1));
        logged.and(counted)
    }

    /// Writes the event of a registration that made no new client.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub(crate) async fn tell_again(
        &self,
        client: &Client,
        event: AuditEvent,
    ) -> Result<(), StorageError> {
        self.app.store.log(self.t, &about(event, client)).await
    }

    fn answer(&self, new: &New) -> Response {
        observation::happened(Event::Registration);
        let client = &new.client;
        let (id, issued_at) = (client.client_id.as_str(), client.client_id_issued_at);
        let information = ClientInformation::new(id, issued_at, client.metadata.as_ref())
            .with_secret(new.client_secret.as_ref())
            .with_software_statement(client.software_statement.as_deref())
            .with_management(self.tenant.issuer.as_str(), new.registration_access_token.as_ref());
        http::json(StatusCode::CREATED, &information)
    }

    fn event(&self, r#type: EventType, description: &str) -> AuditEvent {
        let (now, entropy) = (self.app.clock.now(), &*self.app.entropy);
        AuditEvent::new(r#type, description, http::origin(self.request), now, entropy)
    }

    /// Tells the owner that a registration was refused, and why: the refusal, or why that can't be told. Limits tell of
    /// themselves.
    pub(crate) async fn log_refusal(&self, refusal: OAuthError) -> OAuthError {
        self.app.log_refusal(self.t, || self.refused(), refusal).await
    }

    /// The same where anybody can be refused any number of times: once a minute.
    pub(crate) async fn log_refusal_once(&self, refusal: OAuthError) -> OAuthError {
        self.app.log_refusal_once((self.t, "registration"), || self.refused(), refusal).await
    }

    /// That it was refused, and what was asked for.
    fn refused(&self) -> (AuditEvent, Map<String, Value>) {
        let description = "Dynamic client registration refused";
        let mut asked = asked_for(self.request);
        if let Some(id) = &self.initial_access_token {
            asked.insert("initial_access_token".to_owned(), json!(id));
        }
        (self.event(EventType::FailedApiOperation, description), asked)
    }
}

impl New {
    /// A client that is there already, and public, so that its registrant need not be told more.
    pub(crate) fn shared(client: Client) -> Self {
        Self { client, client_secret: None, registration_access_token: None }
    }
}

/// `event` of this client's registration.
fn about(event: AuditEvent, client: &Client) -> AuditEvent {
    let metadata = client.metadata.as_ref();
    let name = metadata.and_then(|metadata| metadata.client_name.as_deref());
    event.about(&client.client_id, name).with_details(json!({
        "request": { "body": metadata, "initial_access_token": client.initial_access_token },
        "response": { "statusCode": 201, "body": { "client_id": client.client_id } },
    }))
}
