//! Clients in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, from_item},
};
use crate::domain::{Client, TenantId};

impl Store {
    /// Writes a new client, and never over another. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails, or, once in a universe's age, the id is taken.
    pub async fn register_client(&self, t: &TenantId, client: &Client) -> Result<(), StorageError> {
        let key = keys::client(t, &client.client_id);
        let condition = Some("attribute_not_exists(pk)");
        let Outcome::Refused(found) = self.table.put(&key, client, condition, vec![]).await? else {
            return Ok(());
        };
        // The SDK repeats a write whose answer got lost: then it is ours that is there.
        let found: Option<Client> = found.map(from_item).transpose()?;
        if found.as_ref() == Some(client) {
            return Ok(());
        }
        Err(StorageError::new("registering a client", "its id is taken"))
    }
}
