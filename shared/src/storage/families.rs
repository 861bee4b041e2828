//! Families of tokens in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, Update, from_item, number},
};
use crate::{
    clock::Timestamp,
    domain::{ClientId, FamilyId, RefreshFamily, RequestId, TenantId},
};
use aws_sdk_dynamodb::types::AttributeValue;

/// From one refresh token to the next, or to the same where tokens do not rotate.
#[derive(Clone, Debug)]
pub struct Advance<'a> {
    /// The client that presents it.
    pub client_id: &'a ClientId,
    /// The number of the token that is presented.
    pub from: u32,
    /// The number of the token that is good afterwards.
    pub to: u32,
    /// Until when that has to be used.
    pub idle_until: Option<Timestamp>,
    /// When the family can be forgotten.
    pub expires_at: Option<Timestamp>,
    /// The request.
    pub request: &'a RequestId,
}

/// What came of presenting a refresh token.
#[derive(Debug)]
pub enum Advancement {
    /// It was good, and its successor is now.
    Advanced,
    /// It was not, or not any more; the family as it is, if there is one.
    Refused(Option<Box<RefreshFamily>>),
}

/// What is always set.
const ROTATED: &str =
    "refresh.generation = :to, refresh.rotated_at = :now, refresh.advanced_by = :request";

impl Store {
    /// Writes a family before any of its tokens is handed out. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn create_family(
        &self,
        t: &TenantId,
        id: &FamilyId,
        family: &RefreshFamily,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::family(t, id), family, None, vec![]).await.map(drop)
    }

    /// Spends a refresh token: of any number of requests that present it at once, one succeeds. One round trip.
    ///
    /// Comes last, when the tokens are signed: whatever fails before leaves the token good.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn advance_family(
        &self,
        t: &TenantId,
        id: &FamilyId,
        advance: &Advance<'_>,
    ) -> Result<Advancement, StorageError> {
        let (mut set, mut remove) = (vec![ROTATED.to_owned()], vec![]);
        let mut values = values(advance, self.clock.now());
        for (name, value, at) in [
            ("refresh.idle_until", ":idle_until", advance.idle_until),
            ("expires_at", ":expires_at", advance.expires_at),
        ] {
            if let Some(at) = at {
                set.push(format!("{name} = {value}"));
                values.push((value, number(&at.0)));
            } else {
                remove.push(name);
            }
        }
        let removed = if remove.is_empty() {
            String::new()
        } else {
            format!(" REMOVE {}", remove.join(", "))
        };
        let update = Update {
            expression: &format!("SET {}{removed}", set.join(", ")),
            condition: Some(
                "refresh.generation = :from AND revoked = :false AND client_id = :client_id \
                 AND (attribute_not_exists(expires_at) OR expires_at > :now) \
                 AND (attribute_not_exists(refresh.idle_until) OR refresh.idle_until > :now) \
                 AND (attribute_not_exists(refresh.absolute_until) OR refresh.absolute_until > :now)",
            ),
            values,
        };
        let Outcome::Refused(found) = self.table.update(&keys::family(t, id), update).await? else {
            return Ok(Advancement::Advanced);
        };
        let found: Option<RefreshFamily> = found.map(from_item).transpose()?;
        // The SDK repeats a write whose answer got lost: then it was us.
        let is_by_us =
            found.as_ref().and_then(|family| family.refresh.as_ref()).is_some_and(|it| {
                it.generation == advance.to && it.advanced_by.as_ref() == Some(advance.request)
            });
        Ok(if is_by_us { Advancement::Advanced } else { Advancement::Refused(found.map(Box::new)) })
    }

    /// From now on no token of the family counts. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn revoke_family(&self, t: &TenantId, id: &FamilyId) -> Result<(), StorageError> {
        let update = Update {
            expression: "SET revoked = :true",
            condition: Some("attribute_exists(pk)"),
            values: vec![(":true", AttributeValue::Bool(true))],
        };
        self.table.update(&keys::family(t, id), update).await.map(drop)
    }
}

fn values(advance: &Advance<'_>, now: Timestamp) -> Vec<(&'static str, AttributeValue)> {
    vec![
        (":from", number(&advance.from)),
        (":to", number(&advance.to)),
        (":now", number(&now.0)),
        (":request", AttributeValue::S(advance.request.as_str().to_owned())),
        (":client_id", AttributeValue::S(advance.client_id.as_str().to_owned())),
        (":false", AttributeValue::Bool(false)),
    ]
}
