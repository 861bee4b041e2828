//! Resource servers: the APIs that access tokens are for.

use super::Issuer;
use crate::oauth::{OAuthError, OAuthErrorCode};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An API, by Auth0's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceServer {
    /// What clients call it, and the `aud` of its tokens.
    pub identifier: String,
    /// What people call it.
    pub name: String,
    /// What can be asked of it.
    pub scopes: Vec<ResourceServerScope>,
    /// Whether it is the provider's own: never for clients that registered themselves.
    pub is_system: bool,
    /// How long its tokens last, in seconds.
    pub token_lifetime: u64,
    /// How long those last that go straight to a browser, in seconds.
    pub token_lifetime_for_web: u64,
}

/// A scope of an API, and what it lets a client do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceServerScope {
    /// The scope, such as `read:contacts`.
    pub value: String,
    /// The scope in words, for the consent page.
    pub description: String,
}

impl ResourceServer {
    /// The scope called `value`.
    #[must_use]
    pub fn scope(&self, value: &str) -> Option<&ResourceServerScope> {
        self.scopes.iter().find(|scope| scope.value == value)
    }
}

/// What a user's access token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing but the userinfo endpoint.
    Userinfo,
    /// An API.
    Api(ResourceServer),
}

impl Target {
    /// The target that a client which registered itself asks for by `audience`; `found` is the resource
    /// server of that identifier.
    ///
    /// # Errors
    ///
    /// `invalid_target` (RFC 8707 §2): there is no such API, or it is the provider's own.
    pub fn resolve(
        issuer: &Issuer,
        audience: Option<&str>,
        found: Option<ResourceServer>,
    ) -> Result<Self, OAuthError> {
        let refuse = |why| Err(OAuthError::new(OAuthErrorCode::InvalidTarget, why));
        match (audience, found) {
            (None, _) => Ok(Self::Userinfo),
            (Some(audience), _) if audience == issuer.userinfo_audience() => Ok(Self::Userinfo),
            (Some(_), None) => refuse("audience is not an API of this tenant"),
            (Some(_), Some(api)) if api.is_system => refuse(
                "audience is an API that applications which registered themselves cannot use",
            ),
            (Some(_), Some(api)) => Ok(Self::Api(api)),
        }
    }

    /// The API, unless the target is the userinfo endpoint.
    #[must_use]
    pub fn api(&self) -> Option<&ResourceServer> {
        match self {
            Self::Userinfo => None,
            Self::Api(api) => Some(api),
        }
    }

    /// How long a token lasts that goes straight to a browser.
    #[must_use]
    pub fn lifetime_for_web(&self) -> Duration {
        let lifetime = self.api().map(|api| Duration::from_secs(api.token_lifetime_for_web));
        lifetime.unwrap_or(super::TOKEN_LIFETIMES.access_token_for_web)
    }

    /// How long a token lasts that goes to a client by itself.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let lifetime = self.api().map(|api| Duration::from_secs(api.token_lifetime));
        lifetime.unwrap_or(super::TOKEN_LIFETIMES.access_token)
    }
}
