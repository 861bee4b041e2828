//! Errors in Auth0's envelope: `{"statusCode","error","message","errorCode"}`.

use crate::{oauth::OAuthError, storage::StorageError};
use std::{borrow::Cow, error::Error, time::Duration};

/// Why a request to the Management API failed, told to the tenant's owner.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ManagementError {
    /// The status.
    pub status: u16,
    /// What programs act on; some errors of Auth0 have none.
    pub error_code: Option<&'static str>,
    /// What people read.
    pub message: Cow<'static, str>,
    /// The `WWW-Authenticate` header, where there is one.
    pub challenge: Option<&'static str>,
    /// How long to wait before trying again, where that helps.
    pub retry_after: Option<Duration>,
    /// What only the log sees.
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl ManagementError {
    fn new(
        status: u16,
        error_code: Option<&'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let message = message.into();
        Self { status, error_code, message, challenge: None, retry_after: None, cause: None }
    }

    /// 401: no token (RFC 6750 §3.1: without error information).
    #[must_use]
    pub fn missing_token() -> Self {
        let challenge = Some(r#"Bearer realm="Management API""#);
        Self { challenge, ..Self::new(401, None, "Missing authentication") }
    }

    /// 401: a token that is malformed, expired, forged or for somebody else.
    #[must_use]
    pub fn invalid_token() -> Self {
        let challenge = Some(r#"Bearer realm="Management API", error="invalid_token""#);
        Self { challenge, ..Self::new(401, Some("invalid_token"), "Invalid token") }
    }

    /// 403: a good token without the scope.
    #[must_use]
    pub fn insufficient_scope(scope: &str) -> Self {
        let message = format!("Insufficient scope, expected any of: {scope}");
        let challenge = Some(r#"Bearer realm="Management API", error="insufficient_scope""#);
        Self { challenge, ..Self::new(403, Some("insufficient_scope"), message) }
    }

    /// 400: the body is not what it should be. `why` names the member.
    #[must_use]
    pub fn invalid_body(why: &str) -> Self {
        Self::new(400, Some("invalid_body"), format!("Payload validation error: '{why}'."))
    }

    /// 400: the query is not what it should be. `why` names the parameter.
    #[must_use]
    pub fn invalid_query_string(why: &str) -> Self {
        let message = format!("Query validation error: '{why}'.");
        Self::new(400, Some("invalid_query_string"), message)
    }

    /// 400: well-formed, but nothing that can be done.
    #[must_use]
    pub fn bad_request(error_code: &'static str, message: &'static str) -> Self {
        Self::new(400, Some(error_code), message)
    }

    /// 403: the token would do, but nobody may do this.
    #[must_use]
    pub fn forbidden(error_code: &'static str, message: &'static str) -> Self {
        Self::new(403, Some(error_code), message)
    }

    /// 404: what the path names is not there.
    #[must_use]
    pub fn not_found(error_code: &'static str, message: &'static str) -> Self {
        Self::new(404, Some(error_code), message)
    }

    /// 413: the body is too large.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(413, None, "Payload content length greater than maximum allowed: 65536")
    }

    /// 409: what is to be created is there already.
    #[must_use]
    pub fn conflict_existing(error_code: &'static str, message: &'static str) -> Self {
        Self::new(409, Some(error_code), message)
    }

    /// 409: others change the same thing all the time.
    #[must_use]
    pub fn conflict() -> Self {
        let message = "It was changed at the same time; try again.";
        Self::new(409, Some("conflict"), message)
    }
}

impl From<StorageError> for ManagementError {
    fn from(error: StorageError) -> Self {
        OAuthError::from(error).into()
    }
}

/// For what is the same on every surface: an unknown host, a dependency that does not answer.
impl From<OAuthError> for ManagementError {
    fn from(error: OAuthError) -> Self {
        use crate::oauth::OAuthErrorCode as Code;
        let status = match error.error {
            Code::UnknownTenant => 404,
            Code::TemporarilyUnavailable => 503,
            Code::ServerError => 500,
            _ => 400,
        };
        let message = error.error_description.clone();
        let retry_after = error.retry_after;
        let new = Self::new(status, Some(error.error.as_str()), message);
        let has_cause = error.source().is_some();
        let cause = has_cause.then(|| Box::new(error) as Box<dyn Error + Send + Sync>);
        Self { retry_after, cause, ..new }
    }
}
