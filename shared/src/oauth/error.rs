//! Errors that OAuth 2.0 endpoints answer with (RFC 6749 §4.1.2.1, §5.2, RFC 7591 §3.2.2).

use serde::{Serialize, Serializer};
use std::{borrow::Cow, error::Error, time::Duration};

/// What is wrong. Closed: these are the errors that we send, and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthErrorCode {
    /// The request is malformed (RFC 6749 §4.1.2.1, §5.2).
    InvalidRequest,
    /// The endpoint has no such method (RFC 9110 §15.5.6).
    MethodNotAllowed,
    /// The body is larger than any honest request (RFC 9110 §15.5.14).
    ContentTooLarge,
    /// The body is in a format that the endpoint does not read (RFC 9110 §15.5.16).
    UnsupportedMediaType,
    /// The host is not that of any tenant's issuer (RFC 9110 §15.5.5).
    UnknownTenant,
    /// The client could not be authenticated (RFC 6749 §5.2).
    InvalidClient,
    /// The code is unknown, expired, used, or not this client's (RFC 6749 §5.2).
    InvalidGrant,
    /// The client may not use this grant or response type (RFC 6749 §4.1.2.1, §5.2).
    UnauthorizedClient,
    /// The token endpoint does not serve this grant type (RFC 6749 §5.2).
    UnsupportedGrantType,
    /// The response type is not one that we serve (RFC 6749 §4.1.2.1).
    UnsupportedResponseType,
    /// The scope is malformed, or beyond what was granted (RFC 6749 §4.1.2.1, §5.2).
    InvalidScope,
    /// The audience is unknown, or not for this client (RFC 8707 §2).
    InvalidTarget,
    /// A token of this kind can't be revoked (RFC 7009 §2.2.1).
    UnsupportedTokenType,
    /// The user or the server said no (RFC 6749 §4.1.2.1).
    AccessDenied,
    /// The tenant's owner has not switched dynamic registration on (RFC 7591 §3).
    RegistrationDisabled,
    /// The tenant's owner does not let this registration, or this change of one, happen (RFC 7592 §2).
    RegistrationRefused,
    /// There is nothing at this path (RFC 9110 §15.5.5).
    NotFound,
    /// A redirect URI is not acceptable (RFC 7591 §3.2.2).
    InvalidRedirectUri,
    /// Another member of the client metadata is not acceptable (RFC 7591 §3.2.2).
    InvalidClientMetadata,
    /// The software statement is not one that can be trusted (RFC 7591 §3.2.2).
    InvalidSoftwareStatement,
    /// The software statement is from somebody whom this tenant does not trust (RFC 7591 §3.2.2).
    UnapprovedSoftwareStatement,
    /// The user must sign in, and `prompt=none` forbids asking (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// The user must agree, and `prompt=none` forbids asking (OpenID Connect Core §3.1.2.6).
    ConsentRequired,
    /// The user can't be authenticated as the client needs it (OpenID Connect Core Error Code
    /// `unmet_authentication_requirements` §2).
    UnmetAuthenticationRequirements,
    /// A request object is not one that counts (RFC 9101 §7, OpenID Connect Core §3.1.2.6).
    InvalidRequestObject,
    /// A `request_uri` leads to no request object that counts (RFC 9101 §7, OpenID Connect Core §3.1.2.6).
    InvalidRequestUri,
    /// Request objects are not supported (OpenID Connect Core §3.1.2.6): those that nobody signed.
    RequestNotSupported,
    /// Request objects by reference are not supported (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported,
    /// The `registration` parameter is not supported (OpenID Connect Core §3.1.2.6).
    RegistrationNotSupported,
    /// The access token is malformed, expired, revoked or for somebody else (RFC 6750 §3.1).
    InvalidToken,
    /// The access token's scopes do not reach this far (RFC 6750 §3.1).
    InsufficientScope,
    /// The proof of possession is missing, or not what it must be (RFC 9449 §5, §7.1).
    InvalidDpopProof,
    /// The proof of possession must hold the nonce that comes with this answer (RFC 9449 §8).
    UseDpopNonce,
    /// Too many requests from this source (RFC 6585 §4).
    TooManyRequests,
    /// Something that we depend on does not answer; trying again helps (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable,
    /// Something broke on our side (RFC 6749 §4.1.2.1).
    ServerError,
}

impl OAuthErrorCode {
    /// The code as it is written in responses. What has a status but no code of its own in the
    /// registry takes the nearest registered one.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest
            | Self::MethodNotAllowed
            | Self::ContentTooLarge
            | Self::UnsupportedMediaType
            | Self::UnknownTenant
            | Self::NotFound => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::AccessDenied | Self::RegistrationDisabled | Self::RegistrationRefused => {
                "access_denied"
            }
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::TooManyRequests | Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}

impl Serialize for OAuthErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The `WWW-Authenticate` scheme that an error answers with (RFC 9110 §11.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// The client tried HTTP Basic (RFC 6749 §5.2).
    Basic,
    /// The resource wants a Bearer token (RFC 6750 §3).
    Bearer,
    /// The resource wants a Bearer token and got nothing: the challenge says no more than that
    /// (RFC 6750 §3.1).
    BearerAbsent,
    /// The resource wants a token by the `DPoP` scheme, and a proof (RFC 9449 §7.1).
    Dpop,
}

/// What went wrong, in the words that the client may read.
#[derive(Debug, Serialize, thiserror::Error)]
#[error("{}: {error_description}", error.as_str())]
pub struct OAuthError {
    /// What programs act on.
    pub error: OAuthErrorCode,
    /// What people read. Never quotes the request, never holds a secret or an internal detail.
    pub error_description: Cow<'static, str>,
    /// How to authenticate, where that is what went wrong.
    #[serde(skip)]
    pub challenge: Option<Challenge>,
    /// How long to wait before trying again, where that helps.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
    /// What the next proof of possession has to hold (RFC 9449 §8).
    #[serde(skip)]
    pub dpop_nonce: Option<String>,
    /// What only the log sees.
    #[source]
    #[serde(skip)]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl OAuthError {
    /// An error that the client caused and can mend.
    ///
    /// What a description may not contain (RFC 6749 §5.2) is replaced by `?`.
    pub fn new(error: OAuthErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let mut error_description = description.into();
        if !error_description.chars().all(is_allowed) {
            error_description = error_description.replace(|c| !is_allowed(c), "?").into();
        }
        Self {
            error,
            error_description,
            challenge: None,
            retry_after: None,
            dpop_nonce: None,
            cause: None,
        }
    }

    /// The same error, telling how to authenticate.
    #[must_use]
    pub fn with_challenge(self, challenge: Challenge) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// The proof of possession has to hold `nonce` (RFC 9449 §8).
    #[must_use]
    pub fn use_dpop_nonce(nonce: String) -> Self {
        let description = "the DPoP proof must have the nonce of this answer's DPoP-Nonce header";
        let error = Self::new(OAuthErrorCode::UseDpopNonce, description);
        Self { dpop_nonce: Some(nonce), ..error }
    }

    /// Something that we depend on does not answer. The client learns that it can try again; the log
    /// learns why.
    pub fn temporarily_unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let description = "a service that this answer depends on is not available; try again";
        let error = Self::new(OAuthErrorCode::TemporarilyUnavailable, description);
        let retry_after = Some(Duration::from_secs(2));
        Self { cause: Some(cause.into()), retry_after, ..error }
    }

    /// The caller did it too often (RFC 6585 §4).
    #[must_use]
    pub fn too_many_requests(wait: Duration) -> Self {
        let error =
            Self::new(OAuthErrorCode::TooManyRequests, "too many requests; try again later");
        Self { retry_after: Some(wait), ..error }
    }

    /// An error of our own. The client learns only that there was one; the log learns why.
    pub fn server_error(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error = Self::new(OAuthErrorCode::ServerError, "the request could not be completed");
        Self { cause: Some(cause.into()), ..error }
    }
}

/// Whether an `error_description` may contain the character (RFC 6749 §5.2).
fn is_allowed(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\')
}
