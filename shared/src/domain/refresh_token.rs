//! Token families: all tokens that go back to one code, so that they can be revoked together.

use super::{ClientId, UserId};
use crate::{clock::Timestamp, entropy::Entropy};
use serde::{Deserialize, Serialize};

/// Names a family: about 190 random bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FamilyId(String);

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
