//! Sessions in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, from_item},
};
use crate::domain::{Session, Sid, TenantId};

impl Store {
    /// Writes a new session. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn start_session(&self, t: &TenantId, session: &Session) -> Result<(), StorageError> {
        self.table.put(&keys::listed_session(t, session), session, None, vec![]).await.map(drop)
    }

    /// Ends a session for ever: the session as it was, if there was one. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn end_session(
        &self,
        t: &TenantId,
        sid: &Sid,
    ) -> Result<Option<Session>, StorageError> {
        match self.table.delete(&keys::session(t, sid), None, vec![]).await? {
            Outcome::Written(item) if !item.is_empty() => from_item(item).map(Some),
            _ => Ok(None),
        }
    }
}
