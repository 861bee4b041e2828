//! The token request (RFC 6749 §4.1.3, §4.4.2, §6).

use super::{
    CodeVerifier, InvalidScope, OAuthError, OAuthErrorCode, Parameters, RequestedAudiences, Scopes,
};

/// What a client asks the token endpoint for. One variant for each grant type that it serves.
/// Without `Debug`, since a code is as good as a secret.
pub enum TokenRequest {
    /// Exchange a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).
    AuthorizationCode {
        /// The code, as the client received it.
        code: String,
        /// Where the client received it.
        redirect_uri: Option<String>,
        /// Proof that it is the same client.
        code_verifier: Option<CodeVerifier>,
        /// Which of the APIs that were granted the token is for (RFC 8707 §2.2).
        audiences: RequestedAudiences,
    },
    /// Renew tokens (RFC 6749 §6).
    RefreshToken {
        /// The refresh token, as the client received it.
        refresh_token: String,
        /// The scopes asked for; all that were granted, when absent.
        scope: Option<Scopes>,
        /// Which of the APIs that were granted the token is for (RFC 8707 §2.2).
        audiences: RequestedAudiences,
    },
    /// A token for the client itself (RFC 6749 §4.4.2).
    ClientCredentials {
        /// The API that the token is for.
        audiences: RequestedAudiences,
        /// The scopes asked for; all that are granted, when absent.
        scope: Option<Scopes>,
    },
}

impl TokenRequest {
    /// The request that `parameters` make.
    ///
    /// # Errors
    ///
    /// `invalid_request` for a parameter that is missing or malformed, `invalid_scope`, `invalid_target`
    /// (RFC 8707 §2), and `unsupported_grant_type` (RFC 6749 §5.2).
    pub fn parse(parameters: &Parameters) -> Result<Self, OAuthError> {
        match parameters.get("grant_type") {
            None => Err(invalid_request("grant_type is required")),
            Some("authorization_code") => Ok(Self::AuthorizationCode {
                code: required(parameters, "code", "code is required")?,
                redirect_uri: parameters.get("redirect_uri").map(str::to_owned),
                code_verifier: code_verifier(parameters)?,
                audiences: RequestedAudiences::parse(parameters)?,
            }),
            Some("refresh_token") => Ok(Self::RefreshToken {
                refresh_token: required(parameters, "refresh_token", "refresh_token is required")?,
                scope: scope(parameters)?,
                audiences: RequestedAudiences::parse(parameters)?,
            }),
            Some("client_credentials") => Ok(Self::ClientCredentials {
                audiences: RequestedAudiences::parse(parameters)?,
                scope: scope(parameters)?,
            }),
            Some(_) => Err(OAuthError::new(
                OAuthErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token or client_credentials",
            )),
        }
    }
}

fn code_verifier(parameters: &Parameters) -> Result<Option<CodeVerifier>, OAuthError> {
    let Some(text) = parameters.get("code_verifier") else { return Ok(None) };
    let verifier = CodeVerifier::parse(text)
        .ok_or_else(|| invalid_request("code_verifier must be 43 to 128 unreserved characters"))?;
    Ok(Some(verifier))
}

fn scope(parameters: &Parameters) -> Result<Option<Scopes>, OAuthError> {
    let scope = parameters.get("scope").map(str::parse).transpose();
    scope
        .map_err(|why: InvalidScope| OAuthError::new(OAuthErrorCode::InvalidScope, why.to_string()))
}

fn required(
    parameters: &Parameters,
    name: &str,
    description: &'static str,
) -> Result<String, OAuthError> {
    parameters.get(name).map(str::to_owned).ok_or_else(|| invalid_request(description))
}

fn invalid_request(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}
