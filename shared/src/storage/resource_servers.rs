//! APIs in the table. A deletion wins over every other write: no change brings an API back.

use super::{
    StorageError, Store, keys,
    table::{Outcome, from_item, number},
};
use crate::domain::{ResourceServer, ResourceServerId, TenantId};
use aws_sdk_dynamodb::types::AttributeValue;

impl Store {
    /// Writes an API of a tenant that is only being made, over what an interrupted attempt left. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn put_resource_server(
        &self,
        t: &TenantId,
        api: &ResourceServer,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::listed_resource_server(t, api), api, None, vec![]).await.map(drop)
    }

    /// Writes a new API, unless there is one of its identifier: whether it is there now. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_resource_server(
        &self,
        t: &TenantId,
        api: &ResourceServer,
    ) -> Result<bool, StorageError> {
        let condition = Some("attribute_not_exists(pk)");
        let key = keys::listed_resource_server(t, api);
        is_written(self.table.put(&key, api, condition, vec![]).await?, api)
    }

    /// Writes an API as it was changed, unless somebody else changed or deleted it since it was read: the API as it is
    /// written, or nothing. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn change_resource_server(
        &self,
        t: &TenantId,
        api: ResourceServer,
    ) -> Result<Option<ResourceServer>, StorageError> {
        let read_version = number(&api.version);
        let changed = ResourceServer { version: api.version + 1, ..api };
        // One of the same identifier that came after it counts from 0 as well.
        let condition = Some("version = :read_version AND incarnation = :incarnation");
        let incarnation = AttributeValue::S(changed.incarnation.as_str().to_owned());
        let values = vec![(":read_version", read_version), (":incarnation", incarnation)];
        let key = keys::listed_resource_server(t, &changed);
        let outcome = self.table.put(&key, &changed, condition, values).await?;
        Ok(is_written(outcome, &changed)?.then_some(changed))
    }

    /// Deletes an API. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn delete_resource_server(
        &self,
        t: &TenantId,
        id: &ResourceServerId,
    ) -> Result<(), StorageError> {
        let key = keys::resource_server_by_id(t, id);
        self.table.delete(&key, None, vec![]).await.map(drop)
    }
}

/// Whether what is there is what was to be written: the SDK repeats a write whose answer got lost.
fn is_written(outcome: Outcome, api: &ResourceServer) -> Result<bool, StorageError> {
    match outcome {
        Outcome::Written(_) => Ok(true),
        Outcome::Refused(Some(found)) => Ok(from_item::<ResourceServer>(found)? == *api),
        Outcome::Refused(None) => Ok(false),
    }
}
