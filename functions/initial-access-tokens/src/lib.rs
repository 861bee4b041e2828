//! `/api/v2/initial-access-tokens`: what the tenant's owner gives out to those who may register a client (RFC 7591 §3).
//!
//! Auth0 has nothing like it; this follows its Management API.

mod terms;

use lambda_http::{
    Request, RequestExt,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use shared::{
    App,
    domain::{InitialAccess, InitialAccessToken, InitialAccessTokenId},
    http::{self, Response},
    management::{self, Collection, ManagementError, Paging},
    storage::keys,
};
use terms::NewToken;

const METHODS: [Method; 2] = [Method::GET, Method::POST];
const METHODS_OF_ONE: [Method; 2] = [Method::GET, Method::DELETE];

/// Lists tokens and makes one, or shows and revokes the one that the path names. Only what makes one tells it.
///
/// # Errors
///
/// In Auth0's envelope: 401, 403 `insufficient_scope`, 400 `invalid_body` or `invalid_query_string` naming the member or
/// parameter, 404 `inexistent_initial_access_token`, 413 `invalid_body`.
pub async fn handle(app: &App, request: Request) -> Result<Response, ManagementError> {
    let path = request.path_parameters();
    match (path.first("id"), request.method().as_str()) {
        (None, "GET") => list(app, &request).await,
        (None, "POST") => create(app, &request).await,
        (Some(id), "GET") => show(app, &request, id).await,
        (Some(id), "DELETE") => revoke(app, &request, id).await,
        (None, _) => Ok(http::method_not_allowed(&METHODS)),
        (Some(_), _) => Ok(http::method_not_allowed(&METHODS_OF_ONE)),
    }
}

async fn list(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, "read:initial_access_tokens").await?;
    let paging = Paging::parse(&management::query(request, &[])?)?;
    let t = &access.tenant_id;
    let collection = Collection {
        name: "initial_access_tokens",
        listing: keys::initial_access_tokens(t),
        is_shown: |_: &_| true,
        show: shown,
    };
    management::list(app, t, &paging, collection).await
}

async fn create(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, "create:initial_access_tokens").await?;
    let new = NewToken::parse(management::body(request)?, &access.tenant)?;
    let token = InitialAccessToken::generate(&*app.entropy);
    let made = new.make(&token, app.clock.now());
    app.store.create_initial_access_token(&access.tenant_id, &made).await?;
    let shown = shown(&made);
    let details = json!({ "request": { "body": shown }, "response": { "statusCode": 201 } });
    let event = access.event(app, "Create an initial access token").with_details(details);
    management::record(app, &access, &event).await?;
    let mut answer = shown;
    answer["token"] = token.expose().into();
    Ok(http::private_json(StatusCode::CREATED, &answer))
}

async fn show(app: &App, request: &Request, id: &str) -> Result<Response, ManagementError> {
    let id = InitialAccessTokenId::parse(id);
    let key = |t: &_| id.as_ref().map(|id| keys::initial_access_token(t, id));
    let scope = "read:initial_access_tokens";
    let (_, found) = management::authorize_reading(app, request, scope, key).await?;
    let found = found.ok_or_else(|| {
        let message = "The initial access token does not exist";
        ManagementError::not_found("inexistent_initial_access_token", message)
    })?;
    Ok(http::private_json(StatusCode::OK, &shown(&found)))
}

/// 204 also when there is none: what was asked for is so.
async fn revoke(app: &App, request: &Request, id: &str) -> Result<Response, ManagementError> {
    let id = InitialAccessTokenId::parse(id);
    let key = |t: &_| id.as_ref().map(|id| keys::initial_access_token(t, id));
    let scope = "delete:initial_access_tokens";
    let (access, found) = management::authorize_reading(app, request, scope, key).await?;
    if let Some(found) = found {
        app.store.revoke_initial_access_token(&access.tenant_id, &found.id).await?;
        let details = json!({ "initial_access_token": shown(&found) });
        let event = access.event(app, "Revoke an initial access token").with_details(details);
        management::record(app, &access, &event).await?;
    }
    Ok(http::private_no_content())
}

/// What the owner may see: everything but the secret and its hash.
fn shown(access: &InitialAccess) -> Value {
    let mut shown = json!({
        "id": access.id,
        "created_at": access.created_at,
        "expires_at": access.expires_at,
        "max_uses": access.max_uses,
        "uses": access.uses,
        "client_metadata": access.terms.client_metadata,
        "allowed_members": access.terms.allowed_members,
    });
    if let Some(description) = &access.description {
        shown["description"] = description.as_str().into();
    }
    shown
}
