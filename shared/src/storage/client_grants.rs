//! Client grants in the table. A deletion wins over every other write: no change brings a grant back.

use super::{
    StorageError, Store, keys,
    table::{Outcome, from_item},
};
use crate::domain::{ClientGrant, ClientGrantId, Incarnation, ResourceServerId, TenantId};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

/// How many grants are deleted at the same time.
const BATCH: usize = 100;

impl Store {
    /// Writes a new grant, unless there is one for the same API already, and over what is left of one for an API
    /// that was deleted: whether it is there now. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_client_grant(
        &self,
        t: &TenantId,
        grant: &ClientGrant,
    ) -> Result<bool, StorageError> {
        let condition = Some("attribute_not_exists(pk) OR incarnation <> :incarnation");
        let values = vec![(":incarnation", text(&grant.incarnation))];
        let key = keys::listed_client_grant(t, &grant.id());
        match self.table.put(&key, grant, condition, values).await? {
            Outcome::Written(_) => Ok(true),
            // The SDK repeats a write whose answer got lost: then it is ours that is there.
            Outcome::Refused(Some(found)) => Ok(from_item::<ClientGrant>(found)? == *grant),
            Outcome::Refused(None) => Ok(false),
        }
    }

    /// Writes a grant as it was changed, unless it was deleted since it was read: whether it is there. Of two changes
    /// the later one counts, since each says all that a grant can change. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn change_client_grant(
        &self,
        t: &TenantId,
        grant: &ClientGrant,
    ) -> Result<bool, StorageError> {
        let condition = Some("incarnation = :incarnation");
        let values = vec![(":incarnation", text(&grant.incarnation))];
        let key = keys::listed_client_grant(t, &grant.id());
        let outcome = self.table.put(&key, grant, condition, values).await?;
        Ok(matches!(outcome, Outcome::Written(_)))
    }

    /// Deletes a grant. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn delete_client_grant(
        &self,
        t: &TenantId,
        id: &ClientGrantId,
    ) -> Result<(), StorageError> {
        self.table.delete(&keys::client_grant(t, id), None, vec![]).await.map(drop)
    }

    /// Deletes the grants for an API that is deleted, so that no list shows them. One that is too new for the list is
    /// left, and counts for nothing all the same. Three round trips for each hundred grants.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn delete_client_grants_for(
        &self,
        t: &TenantId,
        id: &ResourceServerId,
    ) -> Result<(), StorageError> {
        let listing = keys::client_grants(t);
        let mut after = Some(keys::before_client_grants_for(id).to_owned());
        while after.is_some() {
            let page = self.list(&listing, after.as_deref(), BATCH).await?;
            let found = page.items.len();
            let ids = page.items.iter().map(ClientGrant::id);
            let ids: Vec<_> = ids.filter(|grant| grant.resource_server == *id).collect();
            try_join_all(ids.iter().map(|id| self.delete_client_grant(t, id))).await?;
            after = page.next.filter(|_| ids.len() == found);
        }
        Ok(())
    }
}

fn text(incarnation: &Incarnation) -> AttributeValue {
    AttributeValue::S(incarnation.as_str().to_owned())
}
