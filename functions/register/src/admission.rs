//! Who is let in: anybody, or only who brings an initial access token (RFC 7591 §3).

use lambda_http::Request;
use shared::{
    domain::{Admission, InitialAccess, InitialAccessToken, RegistrationPolicy, TenantId},
    http,
    oauth::{Challenge, OAuthError, OAuthErrorCode},
    storage::keys::{self, Key},
};

/// What the `Authorization` header holds. Where registration is open, nobody looks at it.
pub(crate) enum Presented {
    /// There is none.
    Nothing,
    /// Something that is no initial access token.
    SomethingElse,
    /// What is written as one.
    Token(InitialAccessToken),
}

impl Presented {
    pub(crate) fn by(request: &Request) -> Self {
        let token = |text| InitialAccessToken::parse(text).map_or(Self::SomethingElse, Self::Token);
        match http::bearer_token(request) {
            Ok(Some(text)) => token(text),
            Ok(None) => Self::Nothing,
            Err(_) => Self::SomethingElse,
        }
    }

    /// Where the table has what the token is good for.
    pub(crate) fn key(&self, t: &TenantId) -> Option<Key<InitialAccess>> {
        match self {
            Self::Token(token) => Some(keys::initial_access_token(t, token.id())),
            Self::Nothing | Self::SomethingElse => None,
        }
    }

    /// What the token is good for, where the tenant asks for one; `found` is what was at its key.
    ///
    /// # Errors
    ///
    /// `invalid_token`, the same whatever is wrong with it; without a code where there is none (RFC 6750 §3.1).
    pub(crate) fn admit(
        &self,
        policy: &RegistrationPolicy,
        found: Option<InitialAccess>,
    ) -> Result<Option<InitialAccess>, OAuthError> {
        if policy.admission != Admission::InitialAccessToken {
            return Ok(None);
        }
        match self {
            Self::Nothing => Err(invalid_token().with_challenge(Challenge::BearerAbsent)),
            Self::SomethingElse => Err(invalid_token()),
            Self::Token(token) => {
                let found = found.filter(|access| access.admits(token));
                found.map(Some).ok_or_else(invalid_token)
            }
        }
    }
}

/// The one answer to every token that is not good, or not any more.
pub(crate) fn invalid_token() -> OAuthError {
    let description = "registration with this tenant needs a good initial access token";
    OAuthError::new(OAuthErrorCode::InvalidToken, description).with_challenge(Challenge::Bearer)
}
