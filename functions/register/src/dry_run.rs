//! `POST /oidc/register?dry_run=true`: what would come of a registration, for the tenant's owner. Nothing is
//! counted, written or used up.

use crate::{Candidate, may_register};
use lambda_http::{Request, http::StatusCode};
use serde_json::json;
use shared::{
    App,
    domain::Admission,
    http::{self, Response},
    management::{self, ManagementError},
    oauth::OAuthError,
};

/// The scope that the owner's token needs.
const SCOPE: &str = "create:clients";

/// Whether the request asks what would be.
///
/// # Errors
///
/// `invalid_request`, for a query that can't be read.
pub(crate) fn is_asked_for(request: &Request) -> Result<bool, OAuthError> {
    Ok(http::query(request)?.get("dry_run") == Some("true"))
}

/// 200 with `would_register`, and with the client metadata as it would be registered or the error as it
/// would be answered.
pub(crate) async fn answer(app: &App, request: &Request) -> Response {
    match check(app, request).await {
        Ok(response) => response,
        Err(error) => error.into(),
    }
}

async fn check(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, SCOPE).await?;
    let candidate = may_register(&access.tenant).and_then(|()| {
        let mut tenant = access.tenant.clone();
        // The header holds the owner's own token: who registers would bring another.
        if tenant.dynamic_client_registration.admission == Admission::InitialAccessToken {
            tenant.dynamic_client_registration.admission = Admission::Open;
        }
        Candidate::parse(&tenant, request, app.clock.now())
    });
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
