//! How errors become responses. Each error says what is wrong; only this module turns
//! a code into a status, and only it logs causes, once.

use super::response::{
    EXPOSED_HEADERS, Response, insert, json, private_json, set_dpop_nonce, with_status,
};
use crate::{
    domain::AuthorizationError,
    jose::SignatureAlg,
    keys::KeyError,
    management::ManagementError,
    oauth::{Challenge, OAuthError, OAuthErrorCode, OAuthErrorCode as Code},
    observation, pages,
    storage::StorageError,
};
use lambda_http::{
    Body,
    http::{StatusCode, header},
};
use serde_json::json;
use std::{error::Error, time::Duration};

impl From<StorageError> for OAuthError {
    fn from(error: StorageError) -> Self {
        Self::temporarily_unavailable(error)
    }
}

impl From<KeyError> for OAuthError {
    fn from(error: KeyError) -> Self {
        Self::temporarily_unavailable(error)
    }
}

impl From<StorageError> for AuthorizationError {
    fn from(error: StorageError) -> Self {
        Self::Page(error.into())
    }
}

impl From<OAuthError> for AuthorizationError {
    fn from(error: OAuthError) -> Self {
        Self::Page(error)
    }
}

impl From<OAuthError> for Response {
    fn from(error: OAuthError) -> Self {
        account_for(&error);
        let status = match (error.challenge, error.error) {
            // At a protected resource, unlike at the endpoints for clients (RFC 9449 §7.1, §9).
            (Some(Challenge::Dpop), Code::InvalidDpopProof | Code::UseDpopNonce) => {
                StatusCode::UNAUTHORIZED
            }
            (_, code) => status(code),
        };
        let mut response = match (error.challenge, error.error) {
            (Some(Challenge::BearerAbsent), _) => with_status(status, Body::Empty),
            // Auth0's members beside the RFC's, so that both kinds of client can read it.
            (_, OAuthErrorCode::RegistrationDisabled) => json(
                status,
                &json!({
                    "error": error.error,
                    "error_description": error.error_description,
                    "statusCode": status.as_u16(),
                    "message": error.error_description,
                }),
            ),
            _ => json(status, &error),
        };
        if let Some(challenge) = error.challenge {
            insert(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            insert(&mut response, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
            insert(&mut response, header::CACHE_CONTROL, "no-store");
            insert(&mut response, header::WWW_AUTHENTICATE, &www_authenticate(challenge, &error));
        }
        retry_after(&mut response, error.retry_after);
        if let Some(nonce) = &error.dpop_nonce {
            set_dpop_nonce(&mut response, nonce);
        }
        response
    }
}

impl From<AuthorizationError> for Response {
    fn from(error: AuthorizationError) -> Self {
        match error {
            AuthorizationError::Page(error) => {
                account_for(&error);
                let mut response = pages::error(status(error.error), &error);
                retry_after(&mut response, error.retry_after);
                response
            }
            AuthorizationError::Redirect(address, error) => {
                account_for(&error);
                let (error, why) = (error.error.as_str(), &*error.error_description);
                address.respond(&[("error", error), ("error_description", why)]).into()
            }
        }
    }
}

impl From<ManagementError> for Response {
    fn from(error: ManagementError) -> Self {
        let code = error.error_code.unwrap_or("internal");
        observation::refused(code);
        if let Some(cause) = error.source() {
            log(cause, code);
        }
        let status =
            StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = json!({
            "statusCode": error.status,
            "error": status.canonical_reason().unwrap_or_default(),
            "message": error.message,
        });
        if let Some(code) = error.error_code {
            body["errorCode"] = code.into();
        }
        let mut response = private_json(status, &body);
        if let Some(challenge) = error.challenge {
            insert(&mut response, header::WWW_AUTHENTICATE, challenge);
        }
        retry_after(&mut response, error.retry_after);
        response
    }
}

fn status(code: OAuthErrorCode) -> StatusCode {
    match code {
        Code::InvalidClient | Code::InvalidToken => StatusCode::UNAUTHORIZED,
        Code::RegistrationDisabled | Code::RegistrationRefused | Code::InsufficientScope => {
            StatusCode::FORBIDDEN
        }
        Code::UnknownTenant | Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::ContentTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Code::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn www_authenticate(challenge: Challenge, error: &OAuthError) -> String {
    let code = error.error.as_str();
    match challenge {
        Challenge::Basic => r#"Basic realm="token endpoint""#.to_owned(),
        Challenge::BearerAbsent => r#"Bearer realm="Cardea""#.to_owned(),
        Challenge::Bearer if error.error == OAuthErrorCode::InsufficientScope => {
            format!(r#"Bearer realm="Cardea", error="{code}", scope="openid""#)
        }
        Challenge::Dpop => {
            let (description, algs) = (&error.error_description, SignatureAlg::ALL);
            let algs = algs.map(SignatureAlg::as_str).join(" ");
            let is_about_scope = error.error == OAuthErrorCode::InsufficientScope;
            let scope = if is_about_scope { r#", scope="openid""# } else { "" };
            format!(
                r#"DPoP realm="Cardea", error="{code}", error_description="{description}"{scope}, algs="{algs}""#
            )
        }
        Challenge::Bearer => {
            let description = &error.error_description;
            format!(r#"Bearer realm="Cardea", error="{code}", error_description="{description}""#)
        }
    }
}

/// Says how long to wait, in seconds, at least one.
pub fn retry_after(response: &mut Response, wait: Option<Duration>) {
    if let Some(wait) = wait {
        insert(response, header::RETRY_AFTER, &wait.as_secs().max(1).to_string());
    }
}

/// Notes the refusal, and logs what must not be told.
fn account_for(error: &OAuthError) {
    observation::refused(reason(error.error));
    if let Some(cause) = error.source() {
        log(cause, error.error.as_str());
    }
}

/// What metrics call it. Unlike the registered codes, it tells apart what an operator must.
fn reason(code: OAuthErrorCode) -> &'static str {
    match code {
        OAuthErrorCode::TooManyRequests => "too_many_requests",
        OAuthErrorCode::RegistrationDisabled => "registration_disabled",
        OAuthErrorCode::RegistrationRefused => "registration_refused",
        OAuthErrorCode::UnknownTenant => "unknown_tenant",
        code => code.as_str(),
    }
}

fn log(cause: &(dyn Error + 'static), code: &str) {
    tracing::error!(code, "{}", causes(cause));
}

/// What `error` says, and what it came from, down to the first cause.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut causes = error.to_string();
    let mut next = error.source();
    while let Some(deeper) = next {
        causes = format!("{causes}: {deeper}");
        next = deeper.source();
    }
    causes
}
