//! The table: the few DynamoDB operations that we use. Their futures are boxed, since the SDK's are so
//! large that moving them about would cost more.

use crate::{clock::Timestamp, config::make_a_ping};
use aws_sdk_dynamodb::{
    Client,
    config::retry::RetryConfig,
    error::SdkError,
    operation::{
        batch_get_item::BatchGetItemError, delete_item::DeleteItemError, query::QueryError,
        update_item::UpdateItemError,
    },
    types::{AttributeValue, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use serde::de::DeserializeOwned;
use std::{collections::HashMap, error::Error};

use super::keys::Key;

/// An item as DynamoDB knows it.
pub type Item = HashMap<String, AttributeValue>;

/// How often what a batch left unread is asked for again.
const MAX_ATTEMPTS: usize = 5;

/// The table does not answer, or answers what we can't read. Nobody sees it but the log; the client is
/// told to try again.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct StorageError {
    doing: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl StorageError {
    /// An error while `doing` something, and its cause.
    pub fn new(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { doing, source: source.into() }
    }
}

/// What came of a write under a condition.
#[derive(Debug)]
pub enum Outcome {
    /// It was written. After an update: the item as it is now; after a replacement or a deletion: as it was.
    Written(Item),
    /// The condition did not hold; the item as it is, if there is one.
    Refused(Option<Item>),
}

/// What the index that lists items is called.
pub const INDEX: &str = "listing";

/// The attributes that say where an item is.
const KEYS: [&str; 4] = ["pk", "sk", "listing_pk", "listing_sk"];

/// A part of a partition, of the table or of the index.
pub(super) struct Query<'a> {
    pub(super) is_of_the_index: bool,
    pub(super) pk: &'a str,
    /// Begins behind the item with this sort key.
    pub(super) after: Option<&'a str>,
    pub(super) newest_first: bool,
    pub(super) most: usize,
}

/// The table.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) client: Client,
    pub(super) name: String,
}

/// A change of one item: expressions, and the values that they name.
pub(super) struct Update<'a> {
    pub(super) expression: &'a str,
    pub(super) condition: Option<&'a str>,
    pub(super) values: Vec<(&'a str, AttributeValue)>,
}

impl Table {
    /// The table called `name`.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    pub(super) async fn connect(&self) {
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        let ping = self.client.batch_get_item().customize();
        let ping = ping.config_override(once).mutate_request(make_a_ping);
        let _ = Box::pin(ping.send()).await;
    }

    /// The items at `keys`, as far as there are any; consistent reads. One round trip.
    pub(super) async fn read(&self, keys: &[(&str, &str)]) -> Result<Vec<Item>, StorageError> {
        let key = |(pk, sk): &(&str, &str)| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S((*pk).to_owned())),
                ("sk".to_owned(), AttributeValue::S((*sk).to_owned())),
            ])
        };
        let failed = |why| StorageError::new("reading items", why);
        let mut unread = KeysAndAttributes::builder()
            .set_keys(Some(keys.iter().map(key).collect()))
            .consistent_read(true)
            .build()
            .map_err(|why| failed(Box::new(why) as Box<dyn Error + Send + Sync>))?;
        let mut items = Vec::new();
        for _ in 0..MAX_ATTEMPTS {
            let request = self.client.batch_get_item().request_items(&self.name, unread);
            let answer = Box::pin(request.send()).await;
            let answer =
                answer.map_err(|why: SdkError<BatchGetItemError>| failed(Box::new(why)))?;
            items.extend(
                answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default(),
            );
            match answer.unprocessed_keys.unwrap_or_default().remove(&self.name) {
                None => return Ok(items),
                Some(rest) => unread = rest,
            }
        }
        Err(failed("DynamoDB left keys unread each time it was asked".into()))
    }

    /// Changes the item at `key`, if the condition holds. One round trip.
    pub(super) async fn update<T>(
        &self,
        key: &Key<T>,
        update: Update<'_>,
    ) -> Result<Outcome, StorageError> {
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(key.pk.clone()))
            .key("sk", AttributeValue::S(key.sk.clone()))
            .update_expression(update.expression)
            .set_condition_expression(update.condition.map(str::to_owned));
        for (name, value) in update.values {
            request = request.expression_attribute_values(name, value);
        }
        let request = request
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let answer = Box::pin(request.send()).await;
        match answer {
            Ok(answer) => Ok(Outcome::Written(answer.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Outcome::Refused(refused.item.clone()))
                }
                _ => Err(StorageError::new("changing an item", error)),
            },
        }
    }

    /// Deletes the item at `key`, if `condition` holds; the item as it was. One round trip.
    pub(super) async fn delete<T>(
        &self,
        key: &Key<T>,
        condition: Option<&str>,
        values: Vec<(&str, AttributeValue)>,
    ) -> Result<Outcome, StorageError> {
        let mut request = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(key.pk.clone()))
            .key("sk", AttributeValue::S(key.sk.clone()));
        for (name, value) in values {
            request = request.expression_attribute_values(name, value);
        }
        let request = request
            .set_condition_expression(condition.map(str::to_owned))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let answer = Box::pin(request.send()).await;
        match answer {
            Ok(answer) => Ok(Outcome::Written(answer.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Outcome::Refused(refused.item.clone()))
                }
                _ => Err(StorageError::new("deleting an item", error)),
            },
        }
    }

    /// At most `query.most` items of one partition, in the order of their sort keys. One round trip.
    pub(super) async fn query(&self, query: Query<'_>) -> Result<Vec<Item>, StorageError> {
        let (pk, sk) =
            if query.is_of_the_index { ("listing_pk", "listing_sk") } else { ("pk", "sk") };
        let beyond = if query.newest_first { "<" } else { ">" };
        let mut condition = format!("{pk} = :pk");
        let mut request = self
            .client
            .query()
            .table_name(&self.name)
            .expression_attribute_values(":pk", AttributeValue::S(query.pk.to_owned()))
            .set_index_name(query.is_of_the_index.then(|| INDEX.to_owned()))
            .scan_index_forward(!query.newest_first)
            .limit(i32::try_from(query.most).unwrap_or(i32::MAX));
        if let Some(after) = query.after {
            condition = format!("{condition} AND {sk} {beyond} :after");
            let after = AttributeValue::S(after.to_owned());
            request = request.expression_attribute_values(":after", after);
        }
        let answer = Box::pin(request.key_condition_expression(condition).send()).await;
        let answer = answer
            .map_err(|why: SdkError<QueryError>| StorageError::new("querying a partition", why))?;
        Ok(answer.items.unwrap_or_default())
    }
}

/// What the item is, which its keys only say where it is.
pub(super) fn from_item<T: DeserializeOwned>(mut item: Item) -> Result<T, StorageError> {
    item.retain(|name, _| !KEYS.contains(&name.as_str()));
    serde_dynamo::from_item(item)
        .map_err(|why| StorageError::new("reading what an item holds", why))
}

pub(super) fn is_at(item: &Item, pk: &str, sk: &str) -> bool {
    let is = |name: &str, value: &str| {
        item.get(name).and_then(|found| found.as_s().ok()).is_some_and(|found| found == value)
    };
    is("pk", pk) && is("sk", sk)
}

/// Whether the item's `expires_at` has come; DynamoDB deletes it only within days.
pub(super) fn has_expired(item: &Item, now: Timestamp) -> bool {
    let expires_at = item.get("expires_at").and_then(|value| value.as_n().ok());
    expires_at.and_then(|seconds| seconds.parse().ok()).is_some_and(|seconds: i64| seconds <= now.0)
}

/// Whether its owner has disabled what the item is.
pub(super) fn is_disabled(item: &Item) -> bool {
    is_set(item, "is_disabled")
}

/// Whether nothing but the name is left of what was deleted.
pub(super) fn is_deleted(item: &Item) -> bool {
    is_set(item, "is_deleted")
}

fn is_set(item: &Item, name: &str) -> bool {
    item.get(name).and_then(|value| value.as_bool().ok()).is_some_and(|is| *is)
}

/// A number as an attribute.
pub(super) fn number(value: &impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
