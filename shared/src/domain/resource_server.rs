//! Resource servers: the APIs that access tokens are for.

use super::{Client, Issuer, RequestedApi};
use crate::{
    clock::Timestamp,
    entropy::Entropy,
    oauth::{OAuthError, Scopes},
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Names an API to its owner and in the table: the hash of its identifier, so that either leads to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceServerId(String);

impl ResourceServerId {
    const LENGTH: usize = 43;

    /// That of the API with this identifier.
    #[must_use]
    pub fn of(identifier: &str) -> Self {
        let hash = digest::digest(&digest::SHA256, identifier.as_bytes());
        Self(URL_SAFE_NO_PAD.encode(hash))
    }

    /// The id in a request, if it is written as one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_one = text.len() == Self::LENGTH && text.bytes().all(is_of_one);
        is_one.then(|| Self(text.to_owned()))
    }

    /// The id at the start of `text`, and what follows it.
    pub(super) fn parse_start(text: &str) -> Option<(Self, &str)> {
        let (id, rest) = text.split_at_checked(Self::LENGTH)?;
        Some((Self::parse(id)?, rest))
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Tells an API from those that had its identifier before and were deleted, so that what was granted for one of them
/// does not come back with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incarnation(String);

impl Incarnation {
    /// A new API's.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.alphanumerics(22))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
    /// Whether its tokens may be renewed while the user is away.
    pub allow_offline_access: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Which of the APIs it is that have had its identifier.
    pub incarnation: Incarnation,
    /// Counts its changes, so that no two of them overwrite each other.
    pub version: u64,
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

    /// What its owner and the table call it.
    #[must_use]
    pub fn id(&self) -> ResourceServerId {
        ResourceServerId::of(&self.identifier)
    }

    /// The API as if it had no scopes but those of `scopes`.
    #[must_use]
    pub fn limited_to(mut self, scopes: &Scopes) -> Self {
        self.scopes.retain(|scope| scopes.contains(&scope.value));
        self
    }
}

/// What a user's access token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing but the userinfo endpoint.
    Userinfo,
    /// An API, with the scopes that the client can have.
    Api(ResourceServer),
}

impl Target {
    /// The target that `client` asks for by `audience`; `requested` is what was found of it.
    ///
    /// # Errors
    ///
    /// `invalid_target` (RFC 8707 §2): there is no such API, or the client may not ask for it.
    pub fn resolve(
        issuer: &Issuer,
        client: &Client,
        audience: Option<&str>,
        requested: RequestedApi,
    ) -> Result<Self, OAuthError> {
        match audience {
            None => Ok(Self::Userinfo),
            Some(audience) if audience == issuer.userinfo_audience() => Ok(Self::Userinfo),
            Some(_) => requested.for_users_of(client).map(Self::Api),
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
