//! Token families: all tokens that go back to one code, so that they can be revoked together.

use super::{ClientId, UserId, identifier::is_identifier};
use crate::{clock::Timestamp, entropy::Entropy};
use serde::{Deserialize, Serialize};

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
    /// When its last token dies.
    pub expires_at: Timestamp,
}
