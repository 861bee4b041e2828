//! Sessions in the table.

use super::{StorageError, Store, keys};
use crate::domain::{Session, SessionId, TenantId};

impl Store {
    /// Writes a new session. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn start_session(
        &self,
        t: &TenantId,
        id: &SessionId,
        session: &Session,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::session(t, id), session, None, vec![]).await.map(drop)
    }
}
