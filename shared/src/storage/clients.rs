//! Clients in the table. A deletion wins over every other write: no change brings a client back.

use super::{
    Deleted, StorageError, Store, keys,
    table::{Item, Outcome, Update, from_item, is_deleted, number},
};
use crate::domain::{Client, ClientId, TenantId};

/// What came of registering a client.
#[derive(Debug)]
pub enum Registered {
    /// It is new.
    New,
    /// There is one that equals it. With a random id it is this very one: the SDK repeats a write whose answer got lost.
    /// With an id that others get too, somebody may have registered the same in the same second.
    Equal,
    /// There is one with its id, or there was one until it was deleted, and that is left as it is.
    Taken(Option<Box<Client>>),
}

/// What came of noting that a client is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is the first.
    First,
    /// It is not the first.
    Another,
    /// The client has expired, or its owner has deleted or disabled it since it was read: it must get nothing.
    Refused,
}

fn not_deleted(item: Item) -> Option<Item> {
    (!is_deleted(&item)).then_some(item)
}

impl Store {
    /// Writes a new client, and never over one that has not expired or that its owner disabled. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn register_client(
        &self,
        t: &TenantId,
        client: &Client,
    ) -> Result<Registered, StorageError> {
        let key = keys::listed_client(t, client);
        let condition = Some(
            "attribute_not_exists(pk) \
             OR (expires_at <= :now AND attribute_not_exists(is_disabled))",
        );
        let values = vec![(":now", number(&self.clock.now().0))];
        let Outcome::Refused(found) = self.table.put(&key, client, condition, values).await? else {
            return Ok(Registered::New);
        };
        let found: Option<Client> = found.and_then(not_deleted).map(from_item).transpose()?;
        match found {
            Some(found) if found == *client => Ok(Registered::Equal),
            found => Ok(Registered::Taken(found.map(Box::new))),
        }
    }

    /// Writes a client whose id is random. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_client(&self, t: &TenantId, client: &Client) -> Result<(), StorageError> {
        let condition = Some("attribute_not_exists(pk)");
        // What may be there is this very client: the SDK repeats a write whose answer got lost.
        self.table.put(&keys::listed_client(t, client), client, condition, vec![]).await.map(drop)
    }

    /// Writes a client as it was changed, unless somebody else changed it since it was read: the client as it is
    /// written, or nothing. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn change_client(
        &self,
        t: &TenantId,
        client: Client,
    ) -> Result<Option<Client>, StorageError> {
        let read_version = number(&client.version);
        let changed = Client { version: client.version + 1, ..client };
        let condition = Some("version = :read_version");
        let values = vec![(":read_version", read_version)];
        let key = keys::listed_client(t, &changed);
        match self.table.put(&key, &changed, condition, values).await? {
            Outcome::Written(_) => Ok(Some(changed)),
            Outcome::Refused(found) => {
                // The SDK repeats a write whose answer got lost: then it is ours that is there.
                let found: Option<Client> =
                    found.and_then(not_deleted).map(from_item).transpose()?;
                Ok(found.filter(|found| *found == changed))
            }
        }
    }

    /// Deletes a client for ever, whatever else is written at the same time. Its id is never given again, lest another
    /// client have what users agreed to with this one. Where it was never used until then, it is none of the unused any
    /// more: after a first use, whoever noted that counts it out. One round trip, and another for that count.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn delete_client(&self, t: &TenantId, id: &ClientId) -> Result<(), StorageError> {
        let condition = "attribute_exists(pk) AND attribute_not_exists(is_deleted)";
        let key = keys::deleted_client(t, id);
        let outcome = self.table.replace(&key, &Deleted::NEW, condition).await?;
        let Outcome::Written(deleted) = outcome else { return Ok(()) };
        let deleted: Client = from_item(deleted)?;
        if deleted.last_used_on.is_some() {
            return Ok(());
        }
        self.count_unused(t, &deleted, -1).await
    }

    /// Notes that a client is used today; the first time, so that it is kept for good. One round trip, none where there
    /// is nothing to note.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn note_use(&self, t: &TenantId, client: &Client) -> Result<Use, StorageError> {
        let now = self.clock.now();
        if !client.is_use_worth_noting(now) {
            return Ok(Use::Another);
        }
        let update = Update {
            expression: "SET last_used_on = :today, version = version + :one REMOVE expires_at",
            condition: Some(
                "attribute_exists(pk) AND attribute_not_exists(is_deleted) \
                 AND attribute_not_exists(is_disabled) \
                 AND (attribute_not_exists(expires_at) OR expires_at > :now) \
                 AND (attribute_not_exists(last_used_on) OR last_used_on < :today)",
            ),
            values: vec![
                (":today", number(&now.days())),
                (":one", number(&1)),
                (":now", number(&now.0)),
            ],
        };
        match self.table.update(&keys::client(t, &client.client_id), update).await? {
            Outcome::Written(_) if client.last_used_on.is_none() => Ok(Use::First),
            Outcome::Written(_) => Ok(Use::Another),
            // Somebody else noted it, or it is gone.
            Outcome::Refused(found) => {
                let found: Option<Client> =
                    found.and_then(not_deleted).map(from_item).transpose()?;
                let is_noted =
                    |client: Client| !client.is_disabled && client.last_used_on >= Some(now.days());
                Ok(if found.is_some_and(is_noted) { Use::Another } else { Use::Refused })
            }
        }
    }

    /// After its first use a client is none of the unused any more. One round trip, none after another use.
    pub async fn uncount(&self, t: &TenantId, client: &Client, used: Use) {
        if used == Use::First {
            // A count that is one too high until its day has passed is no reason to lose what was issued.
            let _ = self.count_unused(t, client, -1).await;
        }
    }
}
