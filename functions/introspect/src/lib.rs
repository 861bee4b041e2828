//! `POST /oauth/introspect`: the introspection endpoint (RFC 7662).
//!
//! A client is told what its own tokens are good for; the tenant's own servers are told what a token is that somebody
//! brought to one of its APIs. Whatever else is asked about is not active, and no more is said of it (RFC 7662 §2.2).

mod introspection;
mod presented;

use crate::presented::{Known, Presented};
use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use serde_json::json;
use shared::{
    App,
    client_authentication::Caller,
    http::{self, Response},
    oauth::{OAuthError, OAuthErrorCode},
    storage::keys,
    unknown_tenant,
};

const METHODS: [Method; 2] = [Method::POST, Method::OPTIONS];

/// Tells what a token is good for. Nothing changes by it: a refresh token is neither used nor kept alive. One round trip.
///
/// # Errors
///
/// `invalid_request`; `invalid_client`, also for a client that can't prove who it is (RFC 7662 §2.1), so that nobody
/// can try tokens out.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::POST => introspect(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn introspect(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let parameters = http::form_or_json(request)?;
    // Whatever `token_type_hint` says: there is no need to search (RFC 7662 §2.1).
    let token = parameters
        .get("token")
        .ok_or_else(|| OAuthError::new(OAuthErrorCode::InvalidRequest, "token is required"))?;
    let caller = Caller::of(app, request, &parameters).await?;
    let presented = Presented::parse(token, &caller.sealing);
    let t = &caller.tenant_id;
    let (tenant, key_set, asking, client, user, family) = app
        .store
        .read((
            keys::tenant(t),
            keys::key_set(t),
            caller.client_id().map(|id| keys::client(t, &id)),
            presented.client_id().map(|id| keys::client(t, id)),
            presented.user_id().map(|id| keys::user(t, id)),
            presented.family_id().map(|id| keys::family(t, id)),
        ))
        .await?;
    let (Some(tenant), Some(key_set)) = (tenant, key_set) else { return Err(unknown_tenant()) };
    let asking = caller.authenticate(app, &tenant, asking).await?;
    if asking.is_public() {
        return Err(caller.invalid_client());
    }
    let (sealing, now) = (&*caller.sealing, app.clock.now());
    let known = Known { tenant, key_set, asking, client, user, family, sealing, now };
    let told = presented.prove(&known).filter(|told| told.is_for(&known.asking));
    Ok(match told {
        Some(told) => http::json(StatusCode::OK, &told),
        None => http::json(StatusCode::OK, &json!({ "active": false })),
    })
}
