//! Users, and what they sign in with.

use super::{CustomClaim, PasswordHash, identifier::is_identifier};
use crate::{entropy::Entropy, oauth::Scopes, oidc::StandardClaims};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Names a user, and is the `sub` of their tokens: random, so that it tells nothing and is never
/// given to somebody else (OpenID Connect Core §2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// A new user's name.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(format!("usr_{}", entropy.alphanumerics(24)))
    }

    /// The id in a token, if it is written as ours are: letters, digits and `_`, at most 64.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_identifier(text).then(|| Self(text.to_owned()))
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user. The password is not here but in [`Login`], out of reach of what only shows claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their name to the provider.
    pub user_id: UserId,
    /// Whether they are blocked: no session of theirs counts, nor a token at the userinfo endpoint.
    pub blocked: bool,
    /// What is known of them.
    pub claims: StandardClaims,
    /// What their tenant knows of them besides, by names of its own.
    pub user_metadata: BTreeMap<String, String>,
}

impl User {
    /// The claims about the user that `scopes` release: the standard ones and the tenant's own.
    #[must_use]
    pub fn claims_released_by(
        &self,
        scopes: &Scopes,
        custom: &[CustomClaim],
    ) -> Map<String, Value> {
        let mut claims = self.claims.released_by(scopes);
        claims.extend(self.custom_claims_released_by(scopes, custom));
        claims
    }

    /// The tenant's own claims about the user that `scopes` release.
    #[must_use]
    pub fn custom_claims_released_by(
        &self,
        scopes: &Scopes,
        custom: &[CustomClaim],
    ) -> Map<String, Value> {
        let is_released = |definition: &&CustomClaim| {
            scopes.contains(definition.claim.as_str())
                || definition.scopes.iter().any(|scope| scopes.contains(scope.as_str()))
        };
        let claim = |definition: &CustomClaim| {
            Some((definition.claim.as_str().to_owned(), self.custom_claim(definition)?))
        };
        custom.iter().filter(is_released).filter_map(claim).collect()
    }
}

impl User {
    /// The value of a claim of the tenant's own.
    pub(super) fn custom_claim(&self, definition: &CustomClaim) -> Option<Value> {
        self.user_metadata.get(&definition.attribute).cloned().map(Value::String)
    }
}

/// What a user signs in with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// Whose it is.
    pub user_id: UserId,
    /// What is kept of the password.
    pub password_hash: PasswordHash,
}

impl Login {
    /// An e-mail address as it is looked up: without regard to case and surrounding space.
    #[must_use]
    pub fn normalized_email(email: &str) -> String {
        email.trim().to_lowercase()
    }
}
