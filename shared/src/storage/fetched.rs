//! What clients' URIs led to, in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, from_item, number},
};
use crate::{
    domain::{Fetched, TenantId},
    oauth::WebUri,
};

impl Store {
    /// Notes that `uri` is about to be asked, unless it was within the last half minute: then what came of that. Of
    /// any number of requests at once, one may ask. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn begin_fetch(
        &self,
        t: &TenantId,
        uri: &WebUri,
        attempt: &Fetched,
    ) -> Result<Option<Fetched>, StorageError> {
        let key = keys::fetched(t, uri);
        let condition = Some("attribute_not_exists(pk) OR tried_at <= :latest");
        let latest = Fetched::latest_that_admits_another(self.clock.now());
        let values = vec![(":latest", number(&latest.0))];
        let Outcome::Refused(found) = self.table.put(&key, attempt, condition, values).await?
        else {
            return Ok(None);
        };
        let found: Option<Fetched> = found.map(from_item).transpose()?;
        // The SDK repeats a write whose answer got lost: it may be us who asks.
        Ok(found.filter(|found| found != attempt))
    }

    /// Keeps what came of asking `uri`. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn keep_fetched(
        &self,
        t: &TenantId,
        uri: &WebUri,
        fetched: &Fetched,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::fetched(t, uri), fetched, None, vec![]).await.map(drop)
    }
}
