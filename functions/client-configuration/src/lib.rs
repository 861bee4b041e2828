//! `GET`, `PUT` and `DELETE /oidc/register/{client_id}`: the client configuration endpoint (RFC 7592 §2),
//! where a client that registered itself reads, replaces and deletes its registration.
//!
//! A tenant's owner opens it: without `client_registration_management` nothing is at this path.

mod replacement;

use lambda_http::{
    Request, RequestExt,
    http::{Method, StatusCode},
};
use replacement::Replacement;
use serde_json::json;
use shared::{
    App,
    domain::{
        AuditEvent, Client, ClientId, ClientRegistrationManagement, EventType, Tenant, TenantId,
    },
    http::{self, Response},
    oauth::{
        Challenge, ClientInformation, ClientSecret, OAuthError, OAuthErrorCode,
        RegistrationAccessToken,
    },
    storage::keys,
    unknown_tenant,
};

const METHODS: [Method; 4] = [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS];

/// How often a change is tried that others get in the way of.
const MAX_ATTEMPTS: usize = 10;

/// Shows, replaces or deletes the registration that the path names.
///
/// # Errors
///
/// 404 where the tenant lets no client manage itself; `invalid_token` for whoever is not that client, the
/// same where there is none (RFC 7592 §2.1); `access_denied` for a change where clients may only read;
/// the errors of registration for what can't be registered.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::GET => {
            let managed = Managed::authenticate(app, &request).await?;
            Ok(managed.answer(&managed.client, None, &managed.token))
        }
        Method::PUT => replace(app, &request).await,
        Method::DELETE => delete(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

/// A client that has proven that it is itself.
struct Managed {
    t: TenantId,
    tenant: Tenant,
    client: Client,
    token: RegistrationAccessToken,
}

impl Managed {
    /// One round trip.
    async fn authenticate(app: &App, request: &Request) -> Result<Self, OAuthError> {
        let t = http::tenant_id(request)?;
        let path = request.path_parameters();
        let client_id = path.first("client_id").and_then(ClientId::parse);
        let client_key = client_id.as_ref().map(|id| keys::client(&t, id));
        let (tenant, client) = app.store.read((keys::tenant(&t), client_key)).await?;
        let tenant = tenant.ok_or_else(unknown_tenant)?;
        let policy = &tenant.dynamic_client_registration;
        if policy.client_registration_management == ClientRegistrationManagement::None {
            let description =
                "this tenant's clients cannot manage their registration; ask its owner";
            return Err(OAuthError::new(OAuthErrorCode::NotFound, description));
        }
        let with_challenge = |error: OAuthError| error.with_challenge(Challenge::Bearer);
        let token = http::bearer_token(request).map_err(with_challenge)?;
        let token = token.ok_or_else(|| invalid_token().with_challenge(Challenge::BearerAbsent))?;
        let token = RegistrationAccessToken::from(token);
        let is_its = |client: &Client| {
            let hash = client.registration_access_token.as_deref();
            hash.is_some_and(|hash| token.has_hash(hash))
        };
        let client = client.filter(is_its).ok_or_else(invalid_token)?;
        Ok(Self { t, tenant, client, token })
    }

    /// The same, for a client that may change itself.
    async fn authorize(app: &App, request: &Request) -> Result<Self, OAuthError> {
        let managed = Self::authenticate(app, request).await?;
        let policy = &managed.tenant.dynamic_client_registration;
        if policy.client_registration_management == ClientRegistrationManagement::Full {
            return Ok(managed);
        }
        let description = "this tenant's clients can read their registration, but not change it";
        Err(OAuthError::new(OAuthErrorCode::RegistrationRefused, description))
    }

    /// Everything that is registered (RFC 7592 §3). The secret only where it is new: nobody has kept it.
    fn answer(
        &self,
        client: &Client,
        client_secret: Option<&ClientSecret>,
        token: &RegistrationAccessToken,
    ) -> Response {
        let (id, issued_at) = (client.client_id.as_str(), client.client_id_issued_at);
        let information = ClientInformation::new(id, issued_at, client.metadata.as_ref())
            .with_secret(client_secret)
            .with_software_statement(client.software_statement.as_deref())
            .with_management(self.tenant.issuer.as_str(), Some(token));
        http::json(StatusCode::OK, &information)
    }

    fn event(&self, app: &App, request: &Request, what: &str) -> AuditEvent {
        let (origin, now) = (http::origin(request), app.clock.now());
        let r#type = EventType::SuccessfulApiOperation;
        let name = self.client.metadata.as_ref().and_then(|data| data.client_name.as_deref());
        AuditEvent::new(r#type, what, origin, now, &*app.entropy)
            .about(&self.client.client_id, name)
    }
}

/// Puts other metadata, and another token, in the place of what is registered (RFC 7592 §2.2).
async fn replace(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let t = http::tenant_id(request)?;
    let (managed, sealing) = tokio::join!(Managed::authorize(app, request), app.sealing(&t));
    let (managed, sealing) = (managed?, sealing?);
    let replacement = Replacement::parse(&managed, request, &sealing, app.clock.now())?;
    app.check_references(&managed.tenant, replacement.metadata()).await?;
    let token = RegistrationAccessToken::generate(&*app.entropy);
    let event = managed.event(app, request, "Dynamic client registration update");
    let event = event.with_details(json!({ "request": { "body": replacement.metadata() } }));
    // First, since the new token can't be told twice: what fails from here on changes nothing.
    app.store.log(&managed.t, &event).await?;
    let mut client = managed.client.clone();
    for _ in 0..MAX_ATTEMPTS {
        let secret = replacement.apply(&managed, &mut client, &sealing, app);
        client.registration_access_token = Some(token.hash());
        if let Some(changed) = app.store.change_client(&managed.t, client).await? {
            return Ok(managed.answer(&changed, secret.as_ref(), &token));
        }
        client = managed.read_again(app).await?;
    }
    Err(OAuthError::temporarily_unavailable("others change the same client all the time"))
}

impl Managed {
    /// The client as it is now, if this is still its token.
    async fn read_again(&self, app: &App) -> Result<Client, OAuthError> {
        let client = app.store.read(keys::client(&self.t, &self.client.client_id)).await?;
        let is_its = |client: &Client| {
            client.registration_access_token == self.client.registration_access_token
        };
        client.filter(is_its).ok_or_else(invalid_token)
    }
}

/// Deletes the registration for ever (RFC 7592 §2.3).
async fn delete(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let managed = Managed::authorize(app, request).await?;
    let event = managed.event(app, request, "Dynamic client registration deletion");
    let (t, client) = (&managed.t, &managed.client);
    app.store.log(t, &event).await?;
    if app.store.delete_client(t, &client.client_id).await? && client.last_used_on.is_none() {
        app.store.count_unused(t, client, -1).await?;
    }
    Ok(http::no_content())
}

fn invalid_token() -> OAuthError {
    let description = "the registration access token is not that of a client at this path";
    OAuthError::new(OAuthErrorCode::InvalidToken, description).with_challenge(Challenge::Bearer)
}
