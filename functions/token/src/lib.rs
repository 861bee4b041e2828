//! `POST /oauth/token`: the token endpoint (RFC 6749 §3.2). A file for each grant type.

mod authentication;
mod authorization_code;
mod client_credentials;

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use shared::{
    App,
    domain::TenantId,
    http::{self, Response},
    keys::Sealing,
    oauth::{ClientCredentials, OAuthError, TokenRequest},
    observation::{self, Event},
};
use std::sync::Arc;

const METHODS: [Method; 2] = [Method::POST, Method::OPTIONS];

/// Exchanges what the client presents for tokens.
///
/// # Errors
///
/// Those of RFC 6749 §5.2.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::POST => token(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

/// Who asks, not yet authenticated, and at whose endpoint.
pub(crate) struct Caller {
    pub(crate) tenant_id: TenantId,
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) credentials: ClientCredentials,
}

async fn token(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let tenant_id = http::tenant_id(request)?;
    let parameters = http::form_or_json(request)?;
    let token_request = TokenRequest::parse(&parameters)?;
    let authorization = http::authorization(request)?;
    let credentials = ClientCredentials::parse(authorization, &parameters)?;
    let sealing = app.sealing(&tenant_id).await?;
    let caller = Caller { tenant_id, sealing, credentials };
    let response = match token_request {
        TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier } => {
            let presented = authorization_code::Presented { code, redirect_uri, code_verifier };
            authorization_code::exchange(app, &caller, presented).await?
        }
        TokenRequest::ClientCredentials { audience, scope } => {
            client_credentials::grant(app, &caller, &audience, scope).await?
        }
    };
    observation::happened(Event::TokensIssued);
    Ok(http::json(StatusCode::OK, &response))
}
