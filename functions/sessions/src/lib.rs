//! `/api/v2/sessions/{id}`, `/api/v2/sessions/{id}/revoke` and `/api/v2/users/{id}/sessions`: the sessions of a tenant's
//! users as its owner sees and ends them, by Auth0's names (`docs/sessions.md`).
//!
//! A session's `id` is the `sid` of ID Tokens. The clients that took part in a session are told of its end.

use lambda_http::{
    Request, RequestExt,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use shared::{
    App,
    domain::{KeySet, Session, Sid, UserId},
    fetching::EndedSessions,
    http::{self, Response},
    keys::Sealing,
    management::{self, Access, Collection, ManagementError, Paging, Part},
    storage::keys,
    tokens::Ended,
    unknown_tenant,
};
use std::sync::Arc;

const METHODS: [Method; 2] = [Method::GET, Method::DELETE];
const METHODS_OF_REVOCATION: [Method; 1] = [Method::POST];

/// How many sessions are listed where the request does not say it.
const DEFAULT: usize = 50;

/// Shows and ends a session, or all of a user's.
///
/// # Errors
///
/// In Auth0's envelope: 401, 403 `insufficient_scope`, 404 `inexistent_session`, 400 `invalid_query_string` naming the
/// parameter.
pub async fn handle(app: &App, request: Request) -> Result<Response, ManagementError> {
    let path = request.uri().path();
    let is_of_a_user = path.starts_with("/api/v2/users/");
    let is_revocation = !is_of_a_user && path.ends_with("/revoke");
    match (is_of_a_user, is_revocation, request.method().as_str()) {
        (true, _, "GET") => list(app, &request).await,
        (true, _, "DELETE") => end_all(app, &request).await,
        (_, false, "GET") => show(app, &request).await,
        (_, false, "DELETE") | (_, true, "POST") => end(app, &request).await,
        (_, true, _) => Ok(http::method_not_allowed(&METHODS_OF_REVOCATION)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn show(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let sid = sid(request);
    let select = |t: &_| sid.as_ref().map(|sid| keys::session(t, sid));
    let scope = "read:sessions";
    let (_, session) = management::authorize_reading(app, request, scope, select).await?;
    let session = session.ok_or_else(inexistent_session)?;
    Ok(http::private_json(StatusCode::OK, &shown(&session)))
}

/// By checkpoints alone, as Auth0 has it.
async fn list(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, "read:sessions").await?;
    let parameters = management::query(request, &[])?;
    let mut paging = Paging::parse(&parameters)?;
    if let Part::Offset { .. } = paging.part {
        if ["page", "per_page", "include_totals"].iter().any(|it| parameters.get(it).is_some()) {
            let why = "page, per_page and include_totals are not for this list, but from and take";
            return Err(ManagementError::invalid_query_string(why));
        }
        paging.part = Part::Checkpoint { from: None, most: DEFAULT };
    }
    let t = &access.tenant_id;
    let Some(user) = user(request) else {
        return Ok(http::private_json(StatusCode::OK, &json!({ "sessions": [] })));
    };
    let listing = keys::sessions(t, &user);
    let collection = Collection { name: "sessions", listing, is_shown: |_: &_| true, show: shown };
    management::list(app, t, &paging, collection).await
}

/// 202 also when there is none: what was asked for is so.
async fn end(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let sid = sid(request);
    let select = |t: &_| (keys::key_set(t), sid.as_ref().map(|sid| keys::session(t, sid)));
    let scope = "delete:sessions";
    let (access, (key_set, session)) =
        management::authorize_reading(app, request, scope, select).await?;
    if let Some(session) = session {
        let details = json!({ "session": shown(&session) });
        let user_id = session.user_id.clone();
        let (key_set, sealing) = signing(app, &access, key_set).await?;
        let ended = ended(&access, (&key_set, &sealing), &user_id);
        app.end_session(&access.tenant_id, ended, session).await?;
        let event = access.event(app, "Revoke a session").with_details(details);
        management::record(app, &access, &event).await?;
    }
    Ok(http::private_accepted())
}

/// Signs a user out everywhere. What has ended is in the log also where that is not all.
async fn end_all(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let select = |t: &_| (keys::key_set(t), keys::tenant(t));
    let scope = "delete:sessions";
    let (access, (key_set, _)) = management::authorize_reading(app, request, scope, select).await?;
    if let Some(user) = user(request) {
        let (key_set, sealing) = signing(app, &access, key_set).await?;
        let ended = ended(&access, (&key_set, &sealing), &user);
        let EndedSessions { count, outcome } =
            app.end_all_sessions(&access.tenant_id, ended, None).await;
        if count > 0 || outcome.is_ok() {
            let details = json!({ "user_id": user, "sessions": count });
            let event = access.event(app, "Revoke a user's sessions").with_details(details);
            management::record(app, &access, &event).await?;
        }
        outcome?;
    }
    Ok(http::private_accepted())
}

/// What signs Logout Tokens, and what pairwise names are made with.
async fn signing(
    app: &App,
    access: &Access,
    key_set: Option<KeySet>,
) -> Result<(KeySet, Arc<Sealing>), ManagementError> {
    Ok((key_set.ok_or_else(unknown_tenant)?, app.sealing(&access.tenant_id).await?))
}

fn ended<'a>(
    access: &'a Access,
    (key_set, sealing): (&'a KeySet, &'a Sealing),
    user_id: &'a UserId,
) -> Ended<'a> {
    Ended { tenant: &access.tenant, key_set, sealing, user_id }
}

fn sid(request: &Request) -> Option<Sid> {
    request.path_parameters().first("id").and_then(Sid::parse)
}

fn user(request: &Request) -> Option<UserId> {
    request.path_parameters().first("id").and_then(UserId::parse)
}

fn inexistent_session() -> ManagementError {
    ManagementError::not_found("inexistent_session", "The session does not exist")
}

/// By Auth0's names.
fn shown(session: &Session) -> Value {
    let mut clients: Vec<_> = session.clients.iter().map(|client| &client.client_id).collect();
    clients.dedup();
    json!({
        "id": session.sid,
        "user_id": session.user_id,
        "created_at": session.auth_time.to_rfc3339(),
        "authenticated_at": session.auth_time.to_rfc3339(),
        "expires_at": session.expires_at.to_rfc3339(),
        "clients": clients.iter().map(|id| json!({ "client_id": id })).collect::<Vec<_>>(),
    })
}
