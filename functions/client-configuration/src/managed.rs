//! A client that has proven that it is itself, and what its owner learns of what it does.

use crate::limit;
use lambda_http::{Request, RequestExt, http::Method};
use shared::{
    App, asked_for,
    domain::{
        AuditEvent, Client, ClientId, ClientRegistrationManagement, EventType, Tenant, TenantId,
    },
    http,
    oauth::{Challenge, OAuthError, OAuthErrorCode, RegistrationAccessToken},
    storage::keys,
    unknown_tenant,
};

/// A client that has proven that it is itself.
pub(crate) struct Managed {
    pub(crate) t: TenantId,
    pub(crate) tenant: Tenant,
    pub(crate) client: Client,
    pub(crate) token: RegistrationAccessToken,
}

impl Managed {
    /// Reads the client that the path names, and counts a change. One round trip.
    ///
    /// # Errors
    ///
    /// 404 where no client manages itself; 429; `invalid_token` for whoever is not that client.
    pub(crate) async fn authenticate(app: &App, request: &Request) -> Result<Self, OAuthError> {
        let t = http::tenant_id(request)?;
        let path = request.path_parameters();
        let client_id = path.first("client_id").and_then(ClientId::parse);
        let client_key = client_id.as_ref().map(|id| keys::client(&t, id));
        let selection = (keys::tenant(&t), client_key);
        let (found, changes) =
            tokio::join!(app.store.read(selection), limit::count(app, &t, request));
        let (tenant, client) = found?;
        let tenant = tenant.ok_or_else(unknown_tenant)?;
        let policy = &tenant.dynamic_client_registration;
        if policy.client_registration_management == ClientRegistrationManagement::None {
            let description =
                "this tenant's clients cannot manage their registration; ask its owner";
            return Err(OAuthError::new(OAuthErrorCode::NotFound, description));
        }
        limit::check(app, (&t, &tenant), changes?, request).await?;
        match own_token(request, client.as_ref()) {
            Ok(token) => {
                let client = client.ok_or_else(invalid_token)?;
                Ok(Self { t, tenant, client, token })
            }
            Err(refusal) => match client {
                Some(client) => {
                    Err(log_refusal(app, (&t, request), &client, (false, refusal)).await)
                }
                None => Err(refusal),
            },
        }
    }

    /// Whether it may do this, from there.
    ///
    /// # Errors
    ///
    /// `access_denied`.
    pub(crate) fn may(&self, request: &Request) -> Result<(), OAuthError> {
        let policy = &self.tenant.dynamic_client_registration;
        policy.check_source(http::source_ip(request))?;
        let is_change = *request.method() != Method::GET;
        let management = policy.client_registration_management;
        if !is_change || management == ClientRegistrationManagement::Full {
            return Ok(());
        }
        let description = "this tenant's clients can read their registration, but not change it";
        Err(OAuthError::new(OAuthErrorCode::RegistrationRefused, description))
    }

    /// The client as it is now, if this is still its token.
    pub(crate) async fn read_again(&self, app: &App) -> Result<Client, OAuthError> {
        let client = app.store.read(keys::client(&self.t, &self.client.client_id)).await?;
        let is_its = |client: &Client| {
            client.registration_access_token == self.client.registration_access_token
        };
        client.filter(is_its).ok_or_else(invalid_token)
    }

    /// A change that is made now.
    pub(crate) fn event(&self, app: &App, request: &Request) -> AuditEvent {
        event(app, request, &self.client, EventType::SuccessfulApiOperation)
    }

    /// Tells the owner that this was refused, and why: the refusal, or why that can't be told.
    pub(crate) async fn log_refusal(
        &self,
        app: &App,
        request: &Request,
        refusal: OAuthError,
    ) -> OAuthError {
        let is_limited = *request.method() != Method::GET;
        log_refusal(app, (&self.t, request), &self.client, (is_limited, refusal)).await
    }
}

/// The token that the request brings, if it is `client`'s; the same answer where there is no client (RFC 7592 §2.1).
fn own_token(
    request: &Request,
    client: Option<&Client>,
) -> Result<RegistrationAccessToken, OAuthError> {
    let with_challenge = |error: OAuthError| error.with_challenge(Challenge::Bearer);
    let token = http::bearer_token(request).map_err(with_challenge)?;
    let token = token.ok_or_else(|| invalid_token().with_challenge(Challenge::BearerAbsent))?;
    let token = RegistrationAccessToken::from(token);
    let hash = client.and_then(|client| client.registration_access_token.as_deref());
    let is_its = hash.is_some_and(|hash| token.has_hash(hash));
    is_its.then_some(token).ok_or_else(invalid_token)
}

/// Tells the owner that this was refused, and why: the refusal, or why that can't be told. Changes are limited; what is
/// not, be it a stranger or who reads, is told once a minute for each client.
async fn log_refusal(
    app: &App,
    (t, request): (&TenantId, &Request),
    client: &Client,
    (is_limited, refusal): (bool, OAuthError),
) -> OAuthError {
    let refused = || {
        let event = event(app, request, client, EventType::FailedApiOperation);
        (event, asked_for(request))
    };
    if is_limited {
        return app.log_refusal(t, refused, refusal).await;
    }
    let subject = format!("client {}", client.client_id.as_str());
    app.log_refusal_once((t, &subject), refused, refusal).await
}

/// What is done to `client`, or is not.
fn event(app: &App, request: &Request, client: &Client, r#type: EventType) -> AuditEvent {
    let is_refused = r#type == EventType::FailedApiOperation;
    let description = match (request.method(), is_refused) {
        (&Method::PUT, false) => "Dynamic client registration update",
        (&Method::PUT, true) => "Dynamic client registration update refused",
        (&Method::DELETE, false) => "Dynamic client registration deletion",
        (&Method::DELETE, true) => "Dynamic client registration deletion refused",
        _ => "Dynamic client registration read refused",
    };
    let (origin, now) = (http::origin(request), app.clock.now());
    let name = client.metadata.as_ref().and_then(|data| data.client_name.as_deref());
    AuditEvent::new(r#type, description, origin, now, &*app.entropy).about(&client.client_id, name)
}

pub(crate) fn invalid_token() -> OAuthError {
    let description = "the registration access token is not that of a client at this path";
    OAuthError::new(OAuthErrorCode::InvalidToken, description).with_challenge(Challenge::Bearer)
}
