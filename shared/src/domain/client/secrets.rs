//! What is kept of a client's secrets. One that was rotated stays good for a while beside its successor, so that the
//! client's instances can be told the new one after another.

use super::Client;
use crate::{clock::Timestamp, oauth::IdTokenSignedResponseAlg};
use serde::{Deserialize, Serialize};

/// What is kept of a client's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedSecret {
    /// HMAC-SHA-256 under the tenant's sealing key, base64url.
    pub mac: String,
    /// The secret itself, sealed: only for clients whose ID Tokens it signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

impl std::fmt::Debug for ProtectedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProtectedSecret(…)")
    }
}

/// A secret that was rotated, good until its time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotatedSecret {
    /// What is kept of it.
    #[serde(flatten)]
    pub secret: ProtectedSecret,
    /// When it stops being good.
    pub good_until: Timestamp,
}

impl Client {
    /// What its ID Tokens are signed with.
    #[must_use]
    pub fn id_token_signed_response_alg(&self) -> IdTokenSignedResponseAlg {
        let metadata = self.metadata.as_ref();
        metadata.map(|metadata| metadata.id_token_signed_response_alg).unwrap_or_default()
    }

    /// Leaves of its secrets what goes with what it is registered as: none where it proves itself without one, and the
    /// secret itself only where ID Tokens are signed with it. Whether it needs another then, since it has none or must
    /// sign with one that nobody can read.
    pub fn settle_secrets(&mut self) -> bool {
        let method = self.metadata.as_ref().map(|data| data.token_endpoint_auth_method);
        if !method.unwrap_or_default().has_secret() {
            (self.client_secret, self.rotated_client_secret) = (None, None);
            return false;
        }
        let signs = self.id_token_signed_response_alg() == IdTokenSignedResponseAlg::HS256;
        let rotated = self.rotated_client_secret.as_mut().map(|rotated| &mut rotated.secret);
        for secret in self.client_secret.iter_mut().chain(rotated).filter(|_| !signs) {
            secret.sealed = None;
        }
        self.client_secret.as_ref().is_none_or(|secret| signs && secret.sealed.is_none())
    }
}
