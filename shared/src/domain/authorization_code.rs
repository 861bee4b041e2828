//! Authorization codes (RFC 6749 §4.1.2).

use super::{
    ClientId, FamilyId, GrantedAudience, IndividualClaims, RefreshFamily, ResourceServerId, Sid,
    TOKEN_LIFETIMES, Target, TokenLifetimes, UserId,
};
use crate::{
    clock::Timestamp,
    entropy::Entropy,
    jose::JwkThumbprint,
    oauth::{CodeChallenge, RedirectUri, Scopes},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the client holds, sealed: the code's name, and whose tokens for which APIs it is good for, so that all of them
/// can be read at once.
#[derive(Clone, Serialize, Deserialize)]
pub struct CodeId {
    /// 256 random bits. The table knows only their hash.
    pub id: String,
    /// The user who agreed.
    pub user_id: UserId,
    /// The APIs; none for the userinfo endpoint alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_servers: Vec<ResourceServerId>,
}

impl CodeId {
    /// A new code's name.
    #[must_use]
    pub fn generate(user_id: UserId, target: &Target, entropy: &dyn Entropy) -> Self {
        let id = URL_SAFE_NO_PAD.encode(entropy.bytes::<32>());
        let resource_servers = if target.api().is_some() { target.ids() } else { Vec::new() };
        Self { id, user_id, resource_servers }
    }
}

/// What an authorization code stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The client it was issued to.
    pub client_id: ClientId,
    /// The user who agreed.
    pub user_id: UserId,
    /// Where it was sent.
    pub redirect_uri: RedirectUri,
    /// What was agreed to.
    pub scope: Scopes,
    /// What was asked for one by one and agreed to.
    #[serde(default, skip_serializing_if = "IndividualClaims::is_empty")]
    pub claims: IndividualClaims,
    /// The APIs that it is for; none for the userinfo endpoint alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<GrantedAudience>,
    /// The client's nonce.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// The session in which they did.
    pub sid: Sid,
    /// What the client must prove that it is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// The key that its tokens must be bound to (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<JwkThumbprint>,
    /// Until when it can be exchanged.
    pub redeemable_until: Timestamp,
    /// When it is forgotten: not before its tokens have died, refresh tokens too, so that a replay is always recognised.
    /// Never, where those can be renewed for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The request that exchanged it for tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_by: Option<RequestId>,
    /// The access token that came beside it, straight to the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front_channel_family_id: Option<FamilyId>,
    /// The tokens that it was exchanged for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_id: Option<FamilyId>,
}

impl AuthorizationCode {
    /// How long a code can be exchanged; RFC 6749 §4.1.2 recommends ten minutes at most.
    pub const LIFETIME: Duration = Duration::from_mins(1);

    /// When a code issued now for `target` may be forgotten.
    #[must_use]
    pub fn expires_at(target: &Target, now: Timestamp) -> Timestamp {
        now + Self::LIFETIME + target.lifetime() + TOKEN_LIFETIMES.clock_skew
    }

    /// When it may be forgotten once it was exchanged for the tokens of `family`. However often those are renewed, nobody
    /// comes back to the code: their end counts, and not how long they may lie idle.
    #[must_use]
    pub fn kept_until(&self, family: &RefreshFamily) -> Option<Timestamp> {
        let last = match &family.refresh {
            // An API's owner may change meanwhile how long its tokens last.
            Some(refresh) => {
                let TokenLifetimes { longest_access_token, clock_skew, .. } = TOKEN_LIFETIMES;
                refresh.absolute_until? + longest_access_token + clock_skew
            }
            None => family.expires_at?,
        };
        // The token that came beside it may last longer.
        Some(last).max(self.expires_at)
    }
}

/// Names one request of ours, however often the SDK sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// A new request's name.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.alphanumerics(22))
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[path = "authorization_code_tests.rs"]
mod tests;
