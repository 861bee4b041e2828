//! Rotating a tenant's signing keys. KMS can't rotate asymmetric keys by itself, and an alias that moves
//! would take minutes to be seen, so the key set is an item that is changed at once and whole.

use crate::tenant::{AnyError, Tenancy};
use shared::{
    domain::{Issuer, KeySet, Urgency},
    storage::keys,
};

/// Why keys were not rotated, or not all the way.
#[derive(Debug, thiserror::Error)]
enum RotationError {
    #[error("{0} is no tenant of this deployment")]
    NoTenant(Issuer),
    #[error(
        "somebody else rotated the keys at the same time: look at the key set before you try again"
    )]
    Overtaken,
    #[error("the keys are rotated, but {reference} could not be disabled: disable it by hand")]
    StillEnabled { reference: String, source: shared::keys::KeyError },
}

impl Tenancy<'_> {
    /// Makes the next key of `issuer`'s tenant its current one, and a new key its next: the key set as it
    /// is then.
    ///
    /// # Errors
    ///
    /// Too soon after the last rotation, unless it is an emergency; no such tenant; a failing dependency.
    pub async fn rotate(&self, issuer: &Issuer, urgency: Urgency) -> Result<KeySet, AnyError> {
        let t = issuer.tenant_id();
        let found = self.app.store.read(keys::key_set(&t)).await?;
        let key_set = found.ok_or_else(|| RotationError::NoTenant(issuer.clone()))?;
        let now = self.app.clock.now();
        // Before a key is made, so that asking too soon costs none.
        key_set.may_rotate(urgency, now)?;
        let new = self.key_maker.create_signing_key().await?;
        let reference = new.0.clone();
        let rotation = key_set.rotate(new, urgency, now)?;
        if !self.app.store.change_key_set(&t, rotation.key_set.clone()).await? {
            self.key_maker.disable_signing_key(&reference).await?;
            return Err(RotationError::Overtaken.into());
        }
        // Last: as long as a key is in the set, it must work.
        for key in rotation.retired {
            let disabled = self.key_maker.disable_signing_key(&key.reference).await;
            disabled.map_err(|source| RotationError::StillEnabled {
                reference: key.reference,
                source,
            })?;
        }
        Ok(rotation.key_set)
    }
}
