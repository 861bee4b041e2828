//! Rotating a tenant's signing keys. KMS can't rotate asymmetric keys by itself, and an alias that moves
//! would take minutes to be seen, so the key set is an item that is changed at once and whole.

use crate::tenant::{AnyError, Tenancy};
use shared::{
    domain::{Issuer, KeySet, Tenant, TenantId, Urgency},
    jose::SigningAlg,
    storage::keys,
};

/// Why keys were not rotated, or not all the way.
#[derive(Debug, thiserror::Error)]
enum RotationError {
    #[error("{0} is no tenant of this deployment")]
    NoTenant(Issuer),
    #[error("{0} has no key for {1}: add one with add_signing_key")]
    NoKey(Issuer, &'static str),
    #[error(
        "somebody else rotated the keys at the same time: look at the key set before you try again"
    )]
    Overtaken,
    #[error("the settings were changed at the same time: try again")]
    ChangedMeanwhile,
    #[error("the keys are rotated, but these could not be disabled: disable them by hand: {0}")]
    StillEnabled(String),
}

impl Tenancy<'_> {
    /// Makes the next key of `issuer`'s tenant for `alg` its current one, and a new key its next: the key set as it is
    /// then.
    ///
    /// # Errors
    ///
    /// Too soon after the last rotation, unless it is an emergency; no such tenant; a failing dependency.
    pub async fn rotate(
        &self,
        issuer: &Issuer,
        alg: SigningAlg,
        urgency: Urgency,
    ) -> Result<KeySet, AnyError> {
        let t = issuer.tenant_id();
        let found = self.app.store.read(keys::key_set(&t)).await?;
        let key_set = found.ok_or_else(|| RotationError::NoTenant(issuer.clone()))?;
        if !key_set.has(alg) {
            return Err(RotationError::NoKey(issuer.clone(), alg.as_str()).into());
        }
        let now = self.app.clock.now();
        // Before a key is made, so that asking too soon costs none.
        key_set.may_rotate(alg, urgency, now)?;
        let new = self.new_key(alg).await?;
        let rotation = key_set.rotate(new, urgency, now)?;
        self.change_key_set(&t, rotation.key_set.clone()).await?;
        // Last: as long as a key is in the set, it must work.
        self.loose_keys.add(rotation.retired.into_iter().map(|key| key.reference));
        let still_enabled = self.disable_loose_keys().await;
        if still_enabled.is_empty() {
            return Ok(rotation.key_set);
        }
        Err(RotationError::StillEnabled(still_enabled.join(", ")).into())
    }

    /// Gives `issuer`'s tenant keys for `alg`, unless it has some: the key set as it is then. From then on its clients can
    /// register that they want it, and after a day its owner can have access tokens signed so.
    ///
    /// # Errors
    ///
    /// No such tenant; a failing dependency. Doing it again goes on where it was interrupted.
    pub async fn add_signing_key(
        &self,
        issuer: &Issuer,
        alg: SigningAlg,
    ) -> Result<KeySet, AnyError> {
        let t = issuer.tenant_id();
        let found = self.app.store.read((keys::tenant(&t), keys::key_set(&t))).await?;
        let (Some(tenant), Some(mut key_set)) = found else {
            return Err(RotationError::NoTenant(issuer.clone()).into());
        };
        if !key_set.has(alg) {
            let new = self.new_keys(alg).await?;
            key_set = key_set.with_keys_for_another_alg(new);
            self.change_key_set(&t, key_set.clone()).await?;
        }
        // Last: what the settings promise, the key set has.
        if !tenant.signs_with(alg) {
            let tenant = Tenant { es256_since: Some(self.app.clock.now()), ..tenant };
            if !self.app.store.change_tenant(&t, tenant).await? {
                return Err(RotationError::ChangedMeanwhile.into());
            }
        }
        Ok(key_set)
    }

    /// Writes `key_set`, in which new keys are, unless somebody else was quicker.
    async fn change_key_set(&self, t: &TenantId, key_set: KeySet) -> Result<(), AnyError> {
        let write = self.app.store.change_key_set(t, key_set);
        let is_written = self.loose_keys.name(write, |is_written| *is_written).await?;
        if is_written { Ok(()) } else { Err(RotationError::Overtaken.into()) }
    }
}
