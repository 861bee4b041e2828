//! Users in the table.

use super::{StorageError, Store, keys};
use crate::domain::{Login, TenantId, User};

impl Store {
    /// Writes a user, and then what they sign in with. Two round trips.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_user(
        &self,
        t: &TenantId,
        user: &User,
        email: &str,
        login: &Login,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::user(t, &user.user_id), user, None, vec![]).await?;
        self.table.put(&keys::login(t, email), login, None, vec![]).await.map(drop)
    }
}
