//! Assertions that clients have authenticated with, and their proofs of possession, in the table.

use super::{
    StorageError, Store,
    keys::{self, Key},
    table::{Outcome, from_item, number},
};
use crate::{
    domain::{ClientId, TenantId, UsedAssertion},
    jose::JwkThumbprint,
};

impl Store {
    /// Uses up the client's assertion called `jti`, and says whether that was the first time: of any
    /// number of requests that present it at once, one succeeds. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn use_assertion(
        &self,
        t: &TenantId,
        client_id: &ClientId,
        jti: &str,
        used: &UsedAssertion,
    ) -> Result<bool, StorageError> {
        self.use_once(keys::assertion(t, client_id, jti), used).await
    }

    /// The same for the client's proof of possession of the key called `jkt`. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn use_dpop_proof(
        &self,
        t: &TenantId,
        client_id: &ClientId,
        (jkt, jti): (&JwkThumbprint, &str),
        used: &UsedAssertion,
    ) -> Result<bool, StorageError> {
        self.use_once(keys::dpop_proof(t, client_id, (jkt, jti)), used).await
    }

    async fn use_once(
        &self,
        key: Key<UsedAssertion>,
        used: &UsedAssertion,
    ) -> Result<bool, StorageError> {
        let condition = Some("attribute_not_exists(pk) OR expires_at <= :now");
        let now = vec![(":now", number(&self.clock.now().0))];
        let Outcome::Refused(found) = self.table.put(&key, used, condition, now).await? else {
            return Ok(true);
        };
        // The SDK repeats a write whose answer got lost: it may be us who used it.
        let found: Option<UsedAssertion> = found.map(from_item).transpose()?;
        Ok(found.as_ref() == Some(used))
    }
}
