//! Resource servers: the APIs that access tokens are for.

use crate::{
    clock::Timestamp,
    entropy::Entropy,
    oauth::{AudienceName, RequestedAudiences, Scopes},
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

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

    /// What stands for no API, where only the userinfo endpoint is meant.
    #[must_use]
    pub fn of_none() -> Self {
        Self::of("")
    }

    /// Those of all that `asked` can mean: where it names something, also that of no API, which the userinfo endpoint's
    /// name means.
    #[must_use]
    pub fn named_by(asked: &RequestedAudiences) -> Vec<Self> {
        let spellings = asked.names().iter().flat_map(AudienceName::spellings);
        let mut ids: Vec<_> = spellings.map(|spelling| Self::of(&spelling)).collect();
        if !ids.is_empty() {
            ids.push(Self::of_none());
        }
        ids
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
