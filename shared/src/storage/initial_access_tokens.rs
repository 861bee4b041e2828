//! Initial access tokens in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, Update, number},
};
use crate::domain::{InitialAccess, InitialAccessTokenId, RequestId, TenantId};
use aws_sdk_dynamodb::types::AttributeValue;

/// How many requests a token remembers at least, to know their repetitions.
const PLACES: u64 = 16;

impl Store {
    /// Keeps a new token. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_initial_access_token(
        &self,
        t: &TenantId,
        access: &InitialAccess,
    ) -> Result<(), StorageError> {
        let key = keys::listed_initial_access_token(t, access);
        self.table.put(&key, access, None, vec![]).await.map(drop)
    }

    /// Counts a use of the token, unless it has expired, was revoked or has none left: of any number of requests that use
    /// it at once, as many succeed as it has uses. One round trip.
    ///
    /// Comes after everything is checked and before the client is written: whoever is refused takes no use away, and
    /// there are never more clients than uses. Should the table fail between the two, a use is gone.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn use_initial_access_token(
        &self,
        t: &TenantId,
        access: &InitialAccess,
        request: &RequestId,
    ) -> Result<bool, StorageError> {
        // The SDK repeats a write whose answer got lost, and others may write in between. So the last request is
        // remembered in one of several places, which a repetition finds as it left it.
        let place = request.as_str().bytes().map(u64::from).sum::<u64>() % PLACES;
        let used_by = format!("used_by_{place}");
        let update = Update {
            expression: &format!("SET uses = uses + :one, {used_by} = :request"),
            condition: Some(&format!(
                "attribute_exists(pk) AND secret_hash = :secret_hash AND expires_at > :now \
                 AND (attribute_not_exists(max_uses) OR uses < max_uses) \
                 AND (attribute_not_exists({used_by}) OR {used_by} <> :request)"
            )),
            values: vec![
                (":one", number(&1)),
                (":request", AttributeValue::S(request.as_str().to_owned())),
                (":secret_hash", AttributeValue::S(access.secret_hash.clone())),
                (":now", number(&self.clock.now().0)),
            ],
        };
        match self.table.update(&keys::initial_access_token(t, &access.id), update).await? {
            Outcome::Written(_) => Ok(true),
            Outcome::Refused(found) => Ok(found.is_some_and(|item| {
                item.get(&used_by)
                    .and_then(|by| by.as_s().ok())
                    .is_some_and(|by| by == request.as_str())
            })),
        }
    }

    /// Deletes the token, so that nobody registers with it any more, whatever is under way. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn revoke_initial_access_token(
        &self,
        t: &TenantId,
        id: &InitialAccessTokenId,
    ) -> Result<(), StorageError> {
        self.table.delete(&keys::initial_access_token(t, id), None, vec![]).await.map(drop)
    }
}
