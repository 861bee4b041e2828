//! Tenants and their keys in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, from_item, number},
};
use crate::domain::{KeySet, Tenant, TenantId};
use std::sync::Arc;

impl Store {
    /// A tenant's settings and keys, at most 30 seconds old; for what is published, never for a
    /// decision. One round trip if they are older, else none.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn published(
        &self,
        t: &TenantId,
    ) -> Result<Option<Arc<(Tenant, KeySet)>>, StorageError> {
        let now = self.clock.now();
        if let Some(cached) = self.settings.get(t, now) {
            return Ok(Some(cached));
        }
        let (Some(tenant), Some(key_set)) = self.read((keys::tenant(t), keys::key_set(t))).await?
        else {
            return Ok(None);
        };
        let entry = Arc::new((tenant, key_set));
        self.settings.insert(t, entry.clone(), now);
        Ok(Some(entry))
    }

    /// Writes a tenant's new settings, unless somebody else changed them since they were read: `false`
    /// means to read them and try again. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn change_tenant(&self, t: &TenantId, tenant: Tenant) -> Result<bool, StorageError> {
        let read_version = number(&tenant.version);
        let changed = Tenant { version: tenant.version + 1, ..tenant };
        let condition = Some("version = :read_version");
        let values = vec![(":read_version", read_version)];
        let outcome = self.table.put(&keys::tenant(t), &changed, condition, values).await?;
        self.settings.forget(t);
        Ok(matches!(outcome, Outcome::Written(_)))
    }

    /// Writes a new tenant, unless it is there already. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_tenant(&self, t: &TenantId, tenant: &Tenant) -> Result<(), StorageError> {
        let condition = Some("attribute_not_exists(pk)");
        self.table.put(&keys::tenant(t), tenant, condition, vec![]).await.map(drop)
    }

    /// Writes a new tenant's keys, unless it has some already: the keys that it has now. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_key_set(
        &self,
        t: &TenantId,
        key_set: KeySet,
    ) -> Result<KeySet, StorageError> {
        let condition = Some("attribute_not_exists(pk)");
        match self.table.put(&keys::key_set(t), &key_set, condition, vec![]).await? {
            Outcome::Refused(Some(found)) => from_item(found),
            Outcome::Refused(None) | Outcome::Written(_) => Ok(key_set),
        }
    }

    /// Writes a tenant's rotated keys, unless somebody else rotated them since they were read: `false`
    /// means that nothing was written. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn change_key_set(
        &self,
        t: &TenantId,
        key_set: KeySet,
    ) -> Result<bool, StorageError> {
        let read_version = number(&key_set.version);
        let changed = KeySet { version: key_set.version + 1, ..key_set };
        let condition = Some("version = :read_version");
        let values = vec![(":read_version", read_version)];
        let outcome = self.table.put(&keys::key_set(t), &changed, condition, values).await?;
        self.settings.forget(t);
        match outcome {
            Outcome::Written(_) => Ok(true),
            // The SDK repeats a write whose answer got lost: then it is ours that is there.
            Outcome::Refused(Some(found)) => Ok(from_item::<KeySet>(found)? == changed),
            Outcome::Refused(None) => Ok(false),
        }
    }
}
