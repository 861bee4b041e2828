//! Token families: all tokens that go back to one code, so that they can be revoked together; and the refresh tokens
//! among them (RFC 6749 §1.5).

use super::{
    ClientId, GrantedAudience, IndividualClaims, RequestId, ResourceServerId, TOKEN_LIFETIMES,
    UserId, identifier::is_identifier,
};
use crate::{clock::Timestamp, entropy::Entropy, jose::JwkThumbprint, oauth::Scopes};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Names a family: about 190 random bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FamilyId(String);

/// A text is not a family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a family of tokens")]
pub struct InvalidFamilyId;

impl TryFrom<String> for FamilyId {
    type Error = InvalidFamilyId;

    fn try_from(text: String) -> Result<Self, InvalidFamilyId> {
        is_identifier(&text).then_some(Self(text)).ok_or(InvalidFamilyId)
    }
}

impl From<FamilyId> for String {
    fn from(id: FamilyId) -> Self {
        id.0
    }
}

impl FamilyId {
    /// A new family's name.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.alphanumerics(32))
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A family. Written before its first token is handed out, so that revoking it always finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshFamily {
    /// The client that its tokens were issued to.
    pub client_id: ClientId,
    /// The user who agreed to it.
    pub user_id: UserId,
    /// Whether its tokens no longer count.
    pub revoked: bool,
    /// When its last token dies; never, where its refresh tokens never do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The key that its refresh tokens are bound to (RFC 9449 §5): those of public clients, which can't prove otherwise
    /// who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<JwkThumbprint>,
    /// What its refresh tokens stand for, if it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshGrant>,
}

impl RefreshFamily {
    /// What its refresh tokens stand for, if they are this client's and count.
    #[must_use]
    pub fn grant_of(&self, client_id: &ClientId) -> Option<&RefreshGrant> {
        let counts = self.client_id == *client_id && !self.revoked;
        self.refresh.as_ref().filter(|_| counts)
    }
}

/// What a family's refresh tokens stand for, and which of them is good. There is one at a time: it follows from the
/// family's name and the generation, so that nothing secret is kept and no two successors can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshGrant {
    /// How often it was rotated: the number of the token that is good.
    pub generation: u32,
    /// When it last was.
    pub rotated_at: Timestamp,
    /// The request that last used it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advanced_by: Option<RequestId>,
    /// Until when it has to be used again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_until: Option<Timestamp>,
    /// Until when it can be used at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absolute_until: Option<Timestamp>,
    /// What was agreed to.
    pub scope: Scopes,
    /// What was asked for one by one and agreed to.
    #[serde(default, skip_serializing_if = "IndividualClaims::is_empty")]
    pub claims: IndividualClaims,
    /// The APIs that it is for; none for the userinfo endpoint alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<GrantedAudience>,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
}

/// What a presented token is to its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the one that is good.
    Current,
    /// It was, a moment ago: a client that asks twice at once, or whose answer got lost, gets the same successor.
    JustSpent,
    /// It was used before: somebody holds a copy (RFC 9700 §4.14.2).
    Spent,
}

impl RefreshGrant {
    /// What the token of this `generation` is, where clients have `leeway` to repeat a request.
    #[must_use]
    pub fn standing(&self, generation: u32, leeway: Duration, now: Timestamp) -> Standing {
        if generation == self.generation {
            return Standing::Current;
        }
        let is_predecessor = generation.checked_add(1) == Some(self.generation);
        if is_predecessor && now < self.rotated_at + leeway {
            Standing::JustSpent
        } else {
            Standing::Spent
        }
    }

    /// Whether it can be used now.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.until().is_none_or(|until| now < until)
    }

    /// Until when it can be used, if it is not used before then.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.idle_until.into_iter().chain(self.absolute_until).min()
    }

    /// What can be forgotten, and when: the tokens that it yields at its very end have died too by then.
    #[must_use]
    pub fn expires_at(&self, access_token_lifetime: Duration) -> Option<Timestamp> {
        self.until().map(|until| until + access_token_lifetime + TOKEN_LIFETIMES.clock_skew)
    }
}

/// What the client holds, sealed: which token of which family it is, and whose tokens for which API it yields where the
/// client names none, so that all of them can be read at once. The same one always has the same text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshTokenId {
    /// The family.
    #[serde(rename = "f")]
    pub family_id: FamilyId,
    /// The number of the token in it.
    #[serde(rename = "g")]
    pub generation: u32,
    /// The user who agreed.
    #[serde(rename = "u")]
    pub user_id: UserId,
    /// The API.
    #[serde(rename = "r")]
    pub resource_server: ResourceServerId,
}

impl RefreshTokenId {
    /// That of the token after it.
    #[must_use]
    pub fn successor(&self) -> Self {
        Self { generation: self.generation.saturating_add(1), ..self.clone() }
    }
}

#[cfg(test)]
#[path = "refresh_token_tests.rs"]
mod tests;
