//! Audit events in the table.

use super::{
    Page, StorageError, Store, keys,
    table::{self, Query},
};
use crate::domain::{AuditEvent, LogId, TenantId};
use futures_util::future::try_join_all;

impl Store {
    /// Writes an event. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn log(&self, t: &TenantId, event: &AuditEvent) -> Result<(), StorageError> {
        self.table.put(&keys::audit_event(t, &event.log_id), event, None, vec![]).await.map(drop)
    }

    /// At most `most` events, the newest first, older than `before`; a page may be short although there are more. One
    /// round trip for each day that is looked at, whose partitions are asked at the same time.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn logged(
        &self,
        t: &TenantId,
        before: Option<&LogId>,
        most: usize,
    ) -> Result<Page<AuditEvent>, StorageError> {
        let today = self.clock.now().days();
        let oldest = (self.clock.now() - AuditEvent::RETENTION).days();
        let mut day = before.map_or(today, |id| id.day().min(today));
        let mut items: Vec<AuditEvent> = Vec::new();
        while items.len() <= most && day >= oldest {
            items.extend(self.logged_on(t, day, before, most + 1).await?);
            day -= 1;
        }
        let next = (items.len() > most).then(|| items[most - 1].log_id.as_str().to_owned());
        items.truncate(most);
        Ok(Page { items, next })
    }

    async fn logged_on(
        &self,
        t: &TenantId,
        day: i64,
        before: Option<&LogId>,
        most: usize,
    ) -> Result<Vec<AuditEvent>, StorageError> {
        let shard = async |shard| {
            let pk = keys::audit_events(t, day, shard);
            let after = before.map(LogId::as_str);
            let query = Query { is_of_the_index: false, pk: &pk, after, newest_first: true, most };
            self.table.query(query).await
        };
        let found = try_join_all((0..LogId::SHARDS).map(shard)).await?;
        let found = found.into_iter().flatten();
        let current = found.filter(|item| !table::has_expired(item, self.clock.now()));
        let events = current.map(table::from_item).collect::<Result<Vec<AuditEvent>, _>>();
        let mut events = events?;
        events.sort_unstable_by(|one, other| other.log_id.as_str().cmp(one.log_id.as_str()));
        Ok(events)
    }
}
