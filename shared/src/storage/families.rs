//! Families of tokens in the table.

use super::{StorageError, Store, keys, table::Update};
use crate::domain::{FamilyId, RefreshFamily, TenantId};
use aws_sdk_dynamodb::types::AttributeValue;

impl Store {
    /// Writes a family before any of its tokens is handed out. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_family(
        &self,
        t: &TenantId,
        id: &FamilyId,
        family: &RefreshFamily,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::family(t, id), family, None, vec![]).await.map(drop)
    }

    /// From now on no token of the family counts. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn revoke_family(&self, t: &TenantId, id: &FamilyId) -> Result<(), StorageError> {
        let update = Update {
            expression: "SET revoked = :true",
            condition: Some("attribute_exists(pk)"),
            values: vec![(":true", AttributeValue::Bool(true))],
        };
        self.table.update(&keys::family(t, id), update).await.map(drop)
    }
}
