//! `POST /oidc/register`: registers a client (RFC 7591 §3, OpenID Connect Dynamic Client
//! Registration §3).
//!
//! Off until the tenant's owner switches it on; from then on the owner's policy says who may come in.
//! Every registration and every refusal is an audit event.

mod admission;
mod attempt;
mod candidate;
mod deduplication;
mod dry_run;
mod limits;

use admission::Presented;
use attempt::Attempt;
use candidate::Candidate;
use lambda_http::{Request, http::Method};
use limits::Limits;
use shared::{
    App,
    domain::Tenant,
    http::{self, Response},
    oauth::{OAuthError, OAuthErrorCode},
    storage::keys,
    unknown_tenant,
};

const METHODS: [Method; 2] = [Method::POST, Method::OPTIONS];

/// Registers the client that the request describes; with `dry_run=true` it only says what would come of it.
///
/// # Errors
///
/// `invalid_redirect_uri`, `invalid_client_metadata`, `invalid_software_statement` or
/// `unapproved_software_statement`, naming the member (RFC 7591 §3.2.2); `invalid_token` without a good
/// initial access token where one is needed; `access_denied` where the tenant does not allow it; 413 and
/// 415 for a body that is too large or not JSON; 429 and 503 with how long to wait.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::POST if dry_run::is_asked_for(&request)? => {
            Ok(dry_run::handle(app, &request).await)
        }
        Method::POST => register(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn register(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let t = http::tenant_id(request)?;
    let presented = Presented::by(request);
    let selection = (keys::tenant(&t), keys::unused_clients(&t), presented.key(&t));
    let (found, limits, sealing) =
        tokio::join!(app.store.read(selection), Limits::count(app, &t, request), app.sealing(&t));
    let (tenant, unused_clients, access) = found?;
    let tenant = tenant.ok_or_else(unknown_tenant)?;
    let attempt = Attempt::new(app, (&t, &tenant), request, access.as_ref());
    if let Err(refusal) = may_register(&tenant) {
        return Err(attempt.log_refusal_once(refusal).await);
    }
    let registered = async {
        let (policy, limits) = (&tenant.dynamic_client_registration, limits?);
        limits.check_source(&attempt).await?;
        policy.check_source(http::source_ip(request))?;
        limits.check_tenant(&attempt).await?;
        let access = presented.admit(policy, access)?;
        let candidate = Candidate::parse(&tenant, access, request, app.clock.now())?;
        if !limits.have_room(&attempt, unused_clients.as_ref()) {
            return attempt.repeat(&*sealing?, &candidate).await;
        }
        app.check_references(&tenant, &candidate.metadata).await?;
        attempt.register(&*sealing?, &candidate).await
    };
    match registered.await {
        Ok(response) => Ok(response),
        Err(refusal) => Err(attempt.log_refusal(refusal).await),
    }
}

fn may_register(tenant: &Tenant) -> Result<(), OAuthError> {
    if tenant.flags.enable_dynamic_client_registration {
        return Ok(());
    }
    let description = "dynamic client registration is disabled for this tenant";
    Err(OAuthError::new(OAuthErrorCode::RegistrationDisabled, description))
}
