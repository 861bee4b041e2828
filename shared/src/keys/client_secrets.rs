//! What is kept of clients' secrets: a MAC to recognise them by, and of those that sign ID Tokens the secret itself,
//! sealed, since it is needed again.

use super::{Purpose, Sealing};
use crate::{
    domain::{ClientId, ProtectedSecret, TenantId},
    entropy::Entropy,
    oauth::{ClientSecret, IdTokenSignedResponseAlg},
};

impl Sealing {
    /// What is to be kept of `secret`, bound to the client.
    #[must_use]
    pub fn protect_client_secret(
        &self,
        (t, client_id): (&TenantId, &ClientId),
        secret: &ClientSecret,
        alg: IdTokenSignedResponseAlg,
        entropy: &dyn Entropy,
    ) -> ProtectedSecret {
        let seal = || self.seal(Purpose::ClientSecret, &secret.expose(), entropy);
        let is_signing = alg == IdTokenSignedResponseAlg::HS256;
        ProtectedSecret {
            mac: self.client_secret_mac(t, client_id.as_str(), secret),
            sealed: is_signing.then(seal).flatten(),
        }
    }
}
