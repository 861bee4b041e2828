//! How a client says who it is at the token endpoint (RFC 6749 §2.3).

use super::{Challenge, OAuthError, OAuthErrorCode, Parameters};
use crate::entropy::Entropy;
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;

/// What a confidential client authenticates with: 64 alphanumerics, about 380 bits. Shown once.
#[derive(Clone)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// A new secret.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.alphanumerics(64))
    }

    /// The secret itself: for the one response that tells it, and to compute with.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClientSecret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// What a request presents to authenticate its client.
#[derive(Debug)]
pub struct ClientCredentials {
    /// Who the client says it is; any text.
    pub client_id: String,
    /// What it proves that with, unless it is public.
    pub client_secret: Option<ClientSecret>,
    /// Whether they came in an `Authorization` header, which then must be answered with a challenge.
    pub is_basic: bool,
}

impl ClientCredentials {
    /// The credentials in `authorization`, the header of that name, or else in `parameters`
    /// (`client_secret_basic` and `client_secret_post`, RFC 6749 §2.3.1).
    ///
    /// # Errors
    ///
    /// `invalid_request` for two methods at once; `invalid_client` for a header that can't be read, or
    /// without a `client_id`.
    pub fn parse(authorization: Option<&str>, parameters: &Parameters) -> Result<Self, OAuthError> {
        let client_id = parameters.get("client_id");
        let client_secret = parameters.get("client_secret");
        let Some(authorization) = authorization else {
            let client_id = client_id.ok_or_else(|| {
                OAuthError::new(OAuthErrorCode::InvalidClient, "client_id is required")
            })?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                client_secret: client_secret.map(|secret| ClientSecret(secret.to_owned())),
                is_basic: false,
            });
        };
        let basic = parse_basic(authorization).ok_or_else(|| {
            let description =
                "the Authorization header must be Basic with client_id and client_secret";
            OAuthError::new(OAuthErrorCode::InvalidClient, description)
                .with_challenge(Challenge::Basic)
        })?;
        if client_secret.is_some() || client_id.is_some_and(|id| id != basic.client_id) {
            let description = "a client authenticates in one way only: by header or by body";
            return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
        }
        Ok(basic)
    }
}

/// Both halves are form-encoded before they are joined (RFC 6749 §2.3.1).
fn parse_basic(authorization: &str) -> Option<ClientCredentials> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, client_secret) = decoded.split_once(':')?;
    let client_secret = form_decode(client_secret)?;
    Some(ClientCredentials {
        client_id: form_decode(client_id)?,
        client_secret: (!client_secret.is_empty()).then_some(ClientSecret(client_secret)),
        is_basic: true,
    })
}

fn form_decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(String::from)
}

#[cfg(test)]
#[path = "client_credentials_tests.rs"]
mod tests;
