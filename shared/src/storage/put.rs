//! Writing whole items into the table.

use super::{
    StorageError,
    keys::Key,
    table::{Item, Outcome, Table},
};
use aws_sdk_dynamodb::{
    operation::put_item::{PutItemError, builders::PutItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use serde::Serialize;

impl Table {
    /// Writes `value` at `key`, if `condition` holds. One round trip.
    pub(super) async fn put<T: Serialize>(
        &self,
        key: &Key<T>,
        value: &T,
        condition: Option<&str>,
        values: Vec<(&str, AttributeValue)>,
    ) -> Result<Outcome, StorageError> {
        let mut request =
            self.put_item(key, value)?.set_condition_expression(condition.map(str::to_owned));
        for (name, value) in values {
            request = request.expression_attribute_values(name, value);
        }
        send_put(request).await
    }

    /// The same where something is, which is taken away by it; the item as it was. One round trip.
    pub(super) async fn replace<T: Serialize>(
        &self,
        key: &Key<T>,
        value: &T,
        condition: &str,
    ) -> Result<Outcome, StorageError> {
        let request = self.put_item(key, value)?.condition_expression(condition);
        send_put(request.return_values(ReturnValue::AllOld)).await
    }

    fn put_item<T: Serialize>(
        &self,
        key: &Key<T>,
        value: &T,
    ) -> Result<PutItemFluentBuilder, StorageError> {
        let mut item: Item = serde_dynamo::to_item(value)
            .map_err(|why| StorageError::new("turning a value into an item", why))?;
        item.insert("pk".to_owned(), AttributeValue::S(key.pk.clone()));
        item.insert("sk".to_owned(), AttributeValue::S(key.sk.clone()));
        if let Some(place) = &key.listing {
            item.insert("listing_pk".to_owned(), AttributeValue::S(place.pk.clone()));
            item.insert("listing_sk".to_owned(), AttributeValue::S(place.sk.clone()));
        }
        Ok(self.client.put_item().table_name(&self.name).set_item(Some(item)))
    }
}

async fn send_put(request: PutItemFluentBuilder) -> Result<Outcome, StorageError> {
    let request = request
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let answer = Box::pin(request.send()).await;
    match answer {
        Ok(answer) => Ok(Outcome::Written(answer.attributes.unwrap_or_default())),
        Err(error) => match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                Ok(Outcome::Refused(refused.item.clone()))
            }
            _ => Err(StorageError::new("writing an item", error)),
        },
    }
}
