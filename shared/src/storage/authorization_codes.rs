//! Authorization codes in the table.

use super::{
    StorageError, Store, keys,
    table::{Outcome, Update, from_item, number},
};
use crate::{
    clock::Timestamp,
    domain::{AuthorizationCode, CodeId, FamilyId, RequestId, TenantId},
};
use aws_sdk_dynamodb::types::AttributeValue;

/// What came of presenting a code.
#[derive(Debug, PartialEq, Eq)]
pub enum Redemption {
    /// It was good, and is now used up.
    Redeemed,
    /// It had been used before, or is gone: someone holds a copy, so that what it yielded must be
    /// revoked (RFC 6749 §4.1.2).
    Replayed(Option<Box<AuthorizationCode>>),
}

impl Store {
    /// Keeps a new code. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn issue_code(
        &self,
        t: &TenantId,
        id: &CodeId,
        code: &AuthorizationCode,
    ) -> Result<(), StorageError> {
        self.table.put(&keys::authorization_code(t, id), code, None, vec![]).await.map(drop)
    }

    /// Uses the code up: of any number of requests that present it at once, one succeeds. One round trip.
    ///
    /// Comes last, when the tokens are signed and their family is written: whatever fails before
    /// leaves the code good. It is kept for as long as its tokens may live, so that a replay is recognised.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn redeem_code(
        &self,
        t: &TenantId,
        id: &CodeId,
        (family_id, kept_until): (&FamilyId, Option<Timestamp>),
        request: &RequestId,
    ) -> Result<Redemption, StorageError> {
        let mut update = Update {
            expression: "SET used_by = :request, family_id = :family_id REMOVE expires_at",
            condition: Some(
                "attribute_exists(pk) AND attribute_not_exists(used_by) AND redeemable_until > :now",
            ),
            values: vec![
                (":request", AttributeValue::S(request.as_str().to_owned())),
                (":family_id", AttributeValue::S(family_id.as_str().to_owned())),
                (":now", number(&self.clock.now().0)),
            ],
        };
        if let Some(expires_at) = kept_until {
            update.expression =
                "SET used_by = :request, family_id = :family_id, expires_at = :expires_at";
            update.values.push((":expires_at", number(&expires_at.0)));
        }
        let key = keys::authorization_code(t, id);
        let Outcome::Refused(found) = self.table.update(&key, update).await? else {
            return Ok(Redemption::Redeemed);
        };
        let found: Option<AuthorizationCode> = found.map(from_item).transpose()?;
        match found {
            // The SDK repeats a write whose answer got lost: the code may have been used by us.
            Some(code) if code.used_by.as_ref() == Some(request) => Ok(Redemption::Redeemed),
            found => Ok(Redemption::Replayed(found.map(Box::new))),
        }
    }
}
