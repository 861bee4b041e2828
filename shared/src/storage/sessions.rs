//! Sessions in the table.

use super::{
    StorageError, Store, keys,
    listing::Page,
    table::{Outcome, Update, from_item, number},
};
use crate::domain::{Participant, Session, Sid, TenantId, UserId};
use aws_sdk_dynamodb::types::AttributeValue;

impl Store {
    /// How many sessions of one user are listed at once.
    pub const SESSIONS_AT_ONCE: usize = 100;

    /// Writes a new session. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn start_session(&self, t: &TenantId, session: &Session) -> Result<(), StorageError> {
        self.table.put(&keys::listed_session(t, session), session, None, vec![]).await.map(drop)
    }

    /// Notes that a client takes part in a session, unless that has ended: whether it goes on. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn join_session(
        &self,
        t: &TenantId,
        sid: &Sid,
        client: &Participant,
    ) -> Result<bool, StorageError> {
        let client = serde_dynamo::to_attribute_value(client)
            .map_err(|why| StorageError::new("turning a value into an attribute", why))?;
        let update = Update {
            expression: "SET clients = list_append(if_not_exists(clients, :none), :client)",
            condition: Some(
                "attribute_exists(pk) AND (attribute_not_exists(clients) OR size(clients) < :most)",
            ),
            values: vec![
                (":none", AttributeValue::L(vec![])),
                (":client", AttributeValue::L(vec![client])),
                (":most", number(&Session::MAX_CLIENTS)),
            ],
        };
        match self.table.update(&keys::session(t, sid), update).await? {
            Outcome::Written(_) => Ok(true),
            // There are as many as are told.
            Outcome::Refused(found) => Ok(found.is_some()),
        }
    }

    /// The first hundred of a user's sessions that began behind the place `after`, the oldest first. The index lags behind
    /// the table: a session that began a moment ago may not be among them. Two round trips.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn sessions_of(
        &self,
        t: &TenantId,
        user: &UserId,
        after: Option<&str>,
    ) -> Result<Page<Session>, StorageError> {
        self.list(&keys::sessions(t, user), after, Self::SESSIONS_AT_ONCE).await
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
