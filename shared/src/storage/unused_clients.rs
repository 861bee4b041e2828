//! The count of clients that were never used, in the table. It holds no registration up: a burst can overshoot the
//! limit by as many as register at the same moment.

use super::{
    StorageError, Store, keys,
    table::{Update, number},
};
use crate::{
    clock::Timestamp,
    domain::{Client, TenantId, UnusedClients},
};

impl Store {
    /// Adds `change` to the count of clients that expire when this one does. One round trip; none for the tenant's own,
    /// which are not counted.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn count_unused(
        &self,
        t: &TenantId,
        client: &Client,
        change: i64,
    ) -> Result<(), StorageError> {
        if client.is_first_party {
            return Ok(());
        }
        let counter = UnusedClients::counter(client);
        let update = Update {
            expression: &format!("ADD {counter} :change"),
            condition: None,
            values: vec![(":change", number(&change))],
        };
        self.table.update(&keys::unused_clients(t), update).await.map(drop)
    }

    /// Counts a client that was never used where it expires now instead of where it did `before`. One round trip, none
    /// where that is the same.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn recount_unused(
        &self,
        t: &TenantId,
        before: &Client,
        now: &Client,
    ) -> Result<(), StorageError> {
        let (old, new) = (UnusedClients::counter(before), UnusedClients::counter(now));
        if now.is_first_party || now.last_used_on.is_some() || old == new {
            return Ok(());
        }
        let update = Update {
            expression: &format!("ADD {old} :less, {new} :more"),
            condition: None,
            values: vec![(":less", number(&-1)), (":more", number(&1))],
        };
        self.table.update(&keys::unused_clients(t), update).await.map(drop)
    }

    /// Forgets the counts of clients that have all expired. One round trip, none where there are none.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn forget_expired_counts(
        &self,
        t: &TenantId,
        counts: &UnusedClients,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let passed: Vec<_> = counts.passed(now).collect();
        if passed.is_empty() {
            return Ok(());
        }
        let expression = format!("REMOVE {}", passed.join(", "));
        let update = Update { expression: &expression, condition: None, values: vec![] };
        self.table.update(&keys::unused_clients(t), update).await.map(drop)
    }
}
