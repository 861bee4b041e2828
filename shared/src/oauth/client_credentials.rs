//! How a client says who it is at the token endpoint (RFC 6749 §2.3).

use super::{Challenge, ClientAssertion, OAuthError, OAuthErrorCode, Parameters};
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
    /// Or what it has signed to prove it.
    pub client_assertion: Option<ClientAssertion>,
    /// Whether they came in an `Authorization` header, which then must be answered with a challenge.
    pub is_basic: bool,
}

impl ClientCredentials {
    /// The credentials in `authorization`, the header of that name, or else in `parameters`
    /// (`client_secret_basic` and `client_secret_post`, RFC 6749 §2.3.1; `private_key_jwt`,
    /// OpenID Connect Core §9, where the assertion says which client it is).
    ///
    /// # Errors
    ///
    /// `invalid_request` for two methods at once; `invalid_client` for a header that can't be read, or
    /// without a `client_id`, and for an assertion that can't be read or is of another client.
    pub fn parse(authorization: Option<&str>, parameters: &Parameters) -> Result<Self, OAuthError> {
        let client_id = parameters.get("client_id");
        let client_secret = parameters.get("client_secret");
        if let Some(assertion) = ClientAssertion::from_parameters(parameters)? {
            if authorization.is_some() || client_secret.is_some() {
                return Err(two_ways_at_once());
            }
            return Self::asserted(assertion, client_id);
        }
        let Some(authorization) = authorization else {
            let client_id = client_id.ok_or_else(|| {
                OAuthError::new(OAuthErrorCode::InvalidClient, "client_id is required")
            })?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                client_secret: client_secret.map(|secret| ClientSecret(secret.to_owned())),
                client_assertion: None,
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
            return Err(two_ways_at_once());
        }
        Ok(basic)
    }

    /// RFC 7521 §4.2: `client_id` is unnecessary beside an assertion, but must not contradict it.
    fn asserted(assertion: ClientAssertion, client_id: Option<&str>) -> Result<Self, OAuthError> {
        let named = assertion.unverified_client_id();
        let named = named.filter(|named| client_id.is_none_or(|id| id == named));
        let client_id = named.ok_or_else(|| {
            let description = "client_assertion must be a JWT whose sub is the client_id";
            OAuthError::new(OAuthErrorCode::InvalidClient, description)
        })?;
        let client_assertion = Some(assertion);
        Ok(Self { client_id, client_secret: None, client_assertion, is_basic: false })
    }
}

fn two_ways_at_once() -> OAuthError {
    let description = "a client authenticates in one way only: by header or by body";
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
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
        client_assertion: None,
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
