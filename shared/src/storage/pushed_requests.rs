//! Pushed authorization requests in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, from_item},
};
use crate::domain::{PushedRequest, PushedRequestId, TenantId};

impl Store {
    /// Keeps a new request. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn push_request(
        &self,
        t: &TenantId,
        id: &PushedRequestId,
        request: &PushedRequest,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::pushed_request(t, id), request, None, vec![]).await.map(drop)
    }

    /// Notes that the request was answered, as `used` says, and says whether that was the first time: of any number of
    /// answers at once, one may go out. One round trip.
    ///
    /// Comes last, so that whatever fails before leaves it good.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn use_pushed_request(
        &self,
        t: &TenantId,
        id: &PushedRequestId,
        used: &PushedRequest,
    ) -> Result<bool, StorageError> {
        let key = keys::pushed_request(t, id);
        // It may have expired meanwhile, and be gone: its user was here in time.
        let condition = Some("attribute_not_exists(used_by)");
        let Outcome::Refused(found) = self.table.put(&key, used, condition, vec![]).await? else {
            return Ok(true);
        };
        // The SDK repeats a write whose answer got lost: it may be us who used it.
        let found: Option<PushedRequest> = found.map(from_item).transpose()?;
        Ok(found.is_some_and(|found| found.used_by == used.used_by))
    }
}
