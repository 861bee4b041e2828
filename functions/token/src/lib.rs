//! `POST /oauth/token`: the token endpoint (RFC 6749 §3.2). A file for each grant type.

mod authorization_code;
mod client_credentials;
mod possession;
mod refresh_token;
mod renewal;
mod signed;

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use shared::{
    App,
    client_authentication::Caller,
    domain::{Client, Tenant},
    http::{self, Response},
    oauth::{GrantType, OAuthError, OAuthErrorCode, TokenRequest},
    observation::{self, Event},
};

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

async fn token(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let parameters = http::form_or_json(request)?;
    let token_request = TokenRequest::parse(&parameters)?;
    let caller = Caller::of(app, request, &parameters).await?;
    let response = match token_request {
        TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier, audiences } => {
            let presented =
                authorization_code::Presented { code, redirect_uri, code_verifier, audiences };
            authorization_code::exchange(app, &caller, presented).await?
        }
        TokenRequest::RefreshToken { refresh_token, scope, audiences } => {
            let presented = refresh_token::Presented { refresh_token, scope, audiences };
            refresh_token::refresh(app, &caller, presented).await?
        }
        TokenRequest::ClientCredentials { audiences, scope } => {
            client_credentials::grant(app, &caller, &audiences, scope).await?
        }
    };
    observation::happened(Event::TokensIssued);
    Ok(caller.with_next_nonce(app, http::json(StatusCode::OK, &response)))
}

/// The client, if it is who it says it is and may use this grant type.
///
/// # Errors
///
/// `invalid_client`, the same for a client that does not exist; `unauthorized_client`.
pub(crate) async fn authenticate(
    app: &App,
    caller: &Caller,
    tenant: &Tenant,
    found: Option<Client>,
    grant_type: GrantType,
) -> Result<Client, OAuthError> {
    let client = caller.authenticate(app, tenant, found).await?;
    if !client.may_use(grant_type) {
        let description = "the client may not use this grant_type";
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, description));
    }
    Ok(client)
}
