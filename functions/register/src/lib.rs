//! `POST /oidc/register`: registers a client (RFC 7591 §3, OpenID Connect Dynamic Client
//! Registration §3).
//!
//! Anyone may call it, without a token, once the tenant's owner has switched it on; a limit for each
//! source address holds it back.

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use serde::Serialize;
use shared::{
    App,
    clock::Timestamp,
    domain::{Client, ClientId, ProtectedSecret, REGISTRATIONS_PER_SOURCE, Tenant, TenantId},
    http::{self, Response},
    keys::{Purpose, Sealing},
    oauth::{
        ClientMetadata, ClientSecret, IdTokenSignedResponseAlg, OAuthError, OAuthErrorCode,
        RawClientMetadata,
    },
    observation::{self, Event},
    storage::{StorageError, keys},
    unknown_tenant,
};

const METHODS: [Method; 2] = [Method::POST, Method::OPTIONS];

/// The longest body, in bytes.
const MAX_BODY: usize = 32 * 1024;

/// Registers the client that the request describes.
///
/// # Errors
///
/// `invalid_redirect_uri` or `invalid_client_metadata`, naming the member (RFC 7591 §3.2.2);
/// `access_denied` while the tenant does not allow it; 413 and 415 for a body that is too large or not
/// JSON; 429 and 503 with how long to wait.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::POST => register(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn register(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let t = http::tenant_id(request)?;
    let (tenant, wait, sealing) =
        tokio::join!(app.store.read(keys::tenant(&t)), count(app, &t, request), app.sealing(&t),);
    let (tenant, sealing) = (tenant?.ok_or_else(unknown_tenant)?, sealing?);
    may_register(&tenant)?;
    if let Some(wait) = wait? {
        return Err(OAuthError::too_many_requests(wait));
    }

    let mode = tenant.dynamic_client_registration_security_mode;
    let metadata = ClientMetadata::verify(&raw_metadata(request)?, &mode.registration_rules())?;
    let alg = metadata.id_token_signed_response_alg;
    let protect = |id: &_, secret: &_| protect(&sealing, app, alg, (&t, id, secret));
    let (client, client_secret) =
        Client::register(metadata, mode, &*app.entropy, app.clock.now(), protect);
    app.store.register_client(&t, &client).await?;
    observation::happened(Event::Registration);
    Ok(http::json(StatusCode::CREATED, &ClientInformation::new(&client, client_secret.as_ref())))
}

async fn count(
    app: &App,
    t: &TenantId,
    request: &Request,
) -> Result<Option<std::time::Duration>, StorageError> {
    match http::source_to_limit(request, t) {
        Some(source) => app.store.count(t, &REGISTRATIONS_PER_SOURCE, &source).await,
        None => Ok(None),
    }
}

fn may_register(tenant: &Tenant) -> Result<(), OAuthError> {
    if tenant.flags.enable_dynamic_client_registration {
        return Ok(());
    }
    let description = "dynamic client registration is disabled for this tenant";
    Err(OAuthError::new(OAuthErrorCode::RegistrationDisabled, description))
}

/// Only JSON: a page of another origin can't send it without asking first, as it could a form.
fn raw_metadata(request: &Request) -> Result<RawClientMetadata, OAuthError> {
    let body = request.body().as_ref();
    if !http::is_json(request) {
        let description = "the Content-Type must be application/json";
        return Err(OAuthError::new(OAuthErrorCode::UnsupportedMediaType, description));
    }
    if body.len() > MAX_BODY {
        let description = "the body must be at most 32 KiB long";
        return Err(OAuthError::new(OAuthErrorCode::ContentTooLarge, description));
    }
    RawClientMetadata::parse(body)
}

/// A secret that signs ID Tokens is needed again, so it alone is kept readable, sealed.
fn protect(
    sealing: &Sealing,
    app: &App,
    alg: IdTokenSignedResponseAlg,
    (t, client_id, secret): (&TenantId, &ClientId, &ClientSecret),
) -> ProtectedSecret {
    let is_signing = alg == IdTokenSignedResponseAlg::HS256;
    let seal = || sealing.seal(Purpose::ClientSecret, &secret.expose(), &*app.entropy);
    ProtectedSecret {
        mac: sealing.client_secret_mac(t, client_id.as_str(), secret),
        sealed: is_signing.then(seal).flatten(),
    }
}

/// The answer to a registration (RFC 7591 §3.2.1): everything that was registered, and no more.
#[derive(Serialize)]
struct ClientInformation<'a> {
    client_id: &'a ClientId,
    client_id_issued_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    /// In seconds since 1970; 0 means never. There whenever a secret is.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    #[serde(flatten)]
    metadata: Option<&'a ClientMetadata>,
}

impl<'a> ClientInformation<'a> {
    fn new(client: &'a Client, client_secret: Option<&'a ClientSecret>) -> Self {
        Self {
            client_id: &client.client_id,
            client_id_issued_at: client.client_id_issued_at,
            client_secret: client_secret.map(ClientSecret::expose),
            client_secret_expires_at: client_secret.map(|_| 0),
            metadata: client.metadata.as_ref(),
        }
    }
}
