//! APIs in the table.

use super::{StorageError, Store, keys};
use crate::domain::{ResourceServer, TenantId};

impl Store {
    /// Writes an API. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_resource_server(
        &self,
        t: &TenantId,
        api: &ResourceServer,
    ) -> Result<(), StorageError> {
        self.table
            .put(&keys::resource_server(t, &api.identifier), api, None, vec![])
            .await
            .map(drop)
    }
}
