//! Grants in the table.

use super::{StorageError, Store, keys};
use crate::domain::{ClientId, Grant, ResourceServerId, TenantId, UserId};

impl Store {
    /// Writes what a user has agreed to. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn remember_grant(
        &self,
        t: &TenantId,
        (user, client, api): (&UserId, &ClientId, &ResourceServerId),
        grant: &Grant,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::grant(t, user, client, api), grant, None, vec![]).await.map(drop)
    }
}
