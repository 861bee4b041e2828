//! `POST /oidc/register?dry_run=true`: what would come of a registration, for the tenant's owner, who asks from elsewhere
//! than the registrant would. Nothing is counted, written or used up.

use crate::{Candidate, admission::invalid_token, may_register};
use lambda_http::{Request, http::StatusCode};
use serde_json::json;
use shared::{
    App,
    domain::{Admission, InitialAccessTokenId},
    http::{self, Response},
    management::{self, ManagementError},
    oauth::{OAuthError, OAuthErrorCode},
    storage::keys,
};

/// The scope that the owner's token needs.
const SCOPE: &str = "create:clients";

/// Whether the request asks what would be.
///
/// # Errors
///
/// `invalid_request`, for a query that can't be read, and for any value but `true` and `false`: who mistypes it must not
/// find a client registered.
pub(crate) fn is_asked_for(request: &Request) -> Result<bool, OAuthError> {
    match http::query(request)?.get("dry_run") {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        None if !http::is_in_query(request, "dry_run") => Ok(false),
        _ => {
            let description = "dry_run must be true or false";
            Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description))
        }
    }
}

/// 200 with `would_register`, and with the client metadata as it would be registered or the error as it
/// would be answered.
pub(crate) async fn handle(app: &App, request: &Request) -> Response {
    match check(app, request).await {
        Ok(response) => response,
        Err(error) => error.into(),
    }
}

async fn check(app: &App, request: &Request) -> Result<Response, ManagementError> {
    // The header holds the owner's own token: who registers would bring another, which the query may name.
    let id = initial_access_token_id(request)?;
    let key = |t: &_| id.as_ref().map(|id| keys::initial_access_token(t, id));
    let (access, found) = management::authorize_reading(app, request, SCOPE, key).await?;
    let tenant = access.tenant;
    let needs_one = tenant.dynamic_client_registration.admission == Admission::InitialAccessToken;
    let candidate = may_register(&tenant).and_then(|()| {
        let found = found.filter(|access| needs_one && access.has_uses());
        // The same for who names none: a registrant that brings none is refused.
        if needs_one && found.is_none() {
            return Err(invalid_token());
        }
        Candidate::parse(&tenant, found, request, app.clock.now())
    });
    let candidate = match candidate {
        Ok(candidate) => {
            let checked = app.check_references(&tenant, &candidate.metadata).await;
            checked.map(|()| candidate)
        }
        Err(refusal) => Err(refusal),
    };
    let verdict = match candidate {
        Ok(candidate) => json!({ "would_register": true, "client_metadata": candidate.metadata }),
        Err(error) => json!({
            "would_register": false,
            "error": error.error,
            "error_description": error.error_description,
        }),
    };
    Ok(http::private_json(StatusCode::OK, &verdict))
}

/// The name of the initial access token that a registrant would bring; never the token itself.
fn initial_access_token_id(
    request: &Request,
) -> Result<Option<InitialAccessTokenId>, ManagementError> {
    let query = http::query(request)?;
    let Some(text) = query.get("initial_access_token_id") else { return Ok(None) };
    InitialAccessTokenId::parse(text).map(Some).ok_or_else(|| {
        let why = "initial_access_token_id must be the id of an initial access token";
        ManagementError::invalid_query_string(why)
    })
}
