//! Writing a registration, and what came of it into the log.

use crate::{admission::invalid_token, candidate::Candidate};
use lambda_http::http::StatusCode;
use serde_json::json;
use shared::{
    App,
    domain::{
        AuditEvent, Client, ClientId, EventType, InitialAccess, Origin, Registration, RequestId,
        SecurityMode, Tenant, TenantId,
    },
    http::{self, Response},
    keys::{Purpose, Sealing},
    oauth::{ClientInformation, ClientSecret, OAuthError, OAuthErrorCode, RegistrationAccessToken},
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
    origin: Origin,
}

/// What is written, and what its client is told besides.
struct New {
    client: Client,
    client_secret: Option<ClientSecret>,
    registration_access_token: Option<RegistrationAccessToken>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(app: &'a App, t: &'a TenantId, tenant: &'a Tenant, origin: Origin) -> Self {
        Self { app, t, tenant, origin }
    }

    /// Writes the client and the event at the same time. A public client that registers what another has
    /// registered gets the same id again.
    ///
    /// # Errors
    ///
    /// `invalid_token`, when the last use of an initial access token has just gone; 503.
    pub(crate) async fn register(
        &self,
        sealing: &Sealing,
        candidate: Candidate,
    ) -> Result<Response, OAuthError> {
        if let Some(access) = &candidate.initial_access {
            self.use_up(access).await?;
        }
        let event = self.event(EventType::SuccessfulApiOperation, REGISTRATION);
        if candidate.is_deduplicated {
            let id = derived_id(self.t, sealing, &candidate)?;
            let new = self.client(id, sealing, &candidate);
            match self.write(&new.client, event.clone()).await? {
                Registered::New => return Ok(self.answer(&new)),
                Registered::Taken(Some(found)) if is_the_same(&found, &new.client) => {
                    let found = New { client: *found, ..new };
                    return Ok(self.answer(&found));
                }
                // Its owner has changed, disabled or deleted it: who comes now is another.
                Registered::Taken(_) => {}
            }
        }
        let id = ClientId::generate(candidate.mode, &*self.app.entropy);
        let new = self.client(id, sealing, &candidate);
        match self.write(&new.client, event).await? {
            Registered::New => Ok(self.answer(&new)),
            Registered::Taken(_) => {
                Err(OAuthError::server_error("the random id of a new client is taken"))
            }
        }
    }

    /// Counts a use of the initial access token that let the registrant in.
    async fn use_up(&self, access: &InitialAccess) -> Result<(), OAuthError> {
        let request = RequestId::generate(&*self.app.entropy);
        let is_counted = self.app.store.use_initial_access_token(self.t, access, &request).await?;
        is_counted.then_some(()).ok_or_else(invalid_token)
    }

    fn client(&self, client_id: ClientId, sealing: &Sealing, candidate: &Candidate) -> New {
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

    /// Writes the client, the event and the count of unused clients, at the same time.
    async fn write(&self, client: &Client, event: AuditEvent) -> Result<Registered, OAuthError> {
        let (store, t) = (&self.app.store, self.t);
        let metadata = client.metadata.as_ref();
        let name = metadata.and_then(|metadata| metadata.client_name.as_deref());
        let event = event.about(&client.client_id, name).with_details(json!({
            "request": { "body": metadata, "initial_access_token": client.initial_access_token },
            "response": { "statusCode": 201, "body": { "client_id": client.client_id } },
        }));
        let (registered, logged, counted) = tokio::join!(
            store.register_client(t, client),
            store.log(t, &event),
            store.count_unused(t, client, 1),
        );
        logged?;
        counted?;
        let registered = registered?;
        if matches!(registered, Registered::Taken(_)) {
            store.count_unused(t, client, -1).await?;
        }
        Ok(registered)
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
        AuditEvent::new(r#type, description, self.origin.clone(), now, entropy)
    }

    /// Tells the owner that a registration was refused, and why: the refusal, or why that can't be told.
    pub(crate) async fn log_refusal(&self, refusal: OAuthError) -> OAuthError {
        use OAuthErrorCode::{ServerError, TemporarilyUnavailable};
        if matches!(refusal.error, ServerError | TemporarilyUnavailable) {
            return refusal;
        }
        let description = "Dynamic client registration refused";
        let event = self.event(EventType::FailedApiOperation, description).with_details(json!({
            "response": {
                "body": { "error": refusal.error, "error_description": refusal.error_description },
            },
        }));
        match self.app.store.log(self.t, &event).await {
            Ok(()) => refusal,
            Err(why) => why.into(),
        }
    }

    /// Tells the owner that a limit was reached.
    pub(crate) async fn log_limit(&self, limit: &str) -> Result<(), StorageError> {
        let description = "Dynamic client registration limited";
        let event = self.event(EventType::LimitReached, description);
        self.app.store.log(self.t, &event.with_details(json!({ "limit": limit }))).await
    }
}

/// The id that everybody gets who registers the same with this tenant, and that nobody can tell before.
fn derived_id(
    t: &TenantId,
    sealing: &Sealing,
    candidate: &Candidate,
) -> Result<ClientId, OAuthError> {
    let metadata = serde_json::to_string(&candidate.metadata).map_err(OAuthError::server_error)?;
    let mode = match candidate.mode {
        SecurityMode::Permissive => "permissive",
        SecurityMode::Strict => "strict",
    };
    let statement = candidate.software_statement.as_deref().unwrap_or_default();
    let parts = [t.as_str(), mode, &metadata, statement];
    let fingerprint = sealing.derive(Purpose::ClientFingerprint, &parts);
    Ok(ClientId::derive(candidate.mode, &fingerprint))
}

/// Whether the client that is there is what is being registered, and nobody can change it but its owner.
fn is_the_same(found: &Client, new: &Client) -> bool {
    let is_shared = found.is_public() && found.registration_access_token.is_none();
    is_shared
        && !found.is_disabled
        && !found.is_first_party
        && found.metadata == new.metadata
        && found.software_statement == new.software_statement
        && found.third_party_security_mode == new.third_party_security_mode
}
