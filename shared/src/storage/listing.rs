//! Lists by way of the index. It lags behind the table, by less than a second as a rule, so that no decision rests on it;
//! only what ends all of a user's sessions has nothing else to find them by, and may miss one that has just begun.

use super::{
    StorageError, Store,
    keys::Listing,
    table::{self, Item, Query},
};
use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;

/// How many items DynamoDB reads at once.
const BATCH: usize = 100;

/// A part of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Where to go on; none at the end of the list.
    pub next: Option<String>,
}

/// Where the table has an item, and where the list.
struct Entry {
    pk: String,
    sk: String,
    place: String,
}

impl Store {
    /// At most `most` items of a list, behind the place `after`, as they are now. One round trip for the index, whose
    /// partitions are asked at the same time, and one for each hundred items; more where many have expired.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn list<T: DeserializeOwned>(
        &self,
        listing: &Listing<T>,
        after: Option<&str>,
        most: usize,
    ) -> Result<Page<T>, StorageError> {
        let mut items = Vec::new();
        let mut after = after.map(str::to_owned);
        loop {
            let missing = most - items.len();
            // One more than needed, to know whether there is another page.
            let mut entries = self.entries(listing, after.as_deref(), missing + 1).await?;
            let is_more = entries.len() > missing;
            entries.truncate(missing);
            let Some(last) = entries.last() else { break Ok(Page { items, next: None }) };
            let next = is_more.then(|| last.place.clone());
            items.extend(self.items(&entries).await?);
            if next.is_none() || items.len() >= most {
                break Ok(Page { items, next });
            }
            after = next;
        }
    }

    /// What the index has behind `after`, the partitions merged.
    async fn entries<T>(
        &self,
        listing: &Listing<T>,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Entry>, StorageError> {
        let found = try_join_all(listing.partitions.iter().map(|pk| {
            let query = Query { is_of_the_index: true, pk, after, newest_first: false, most };
            self.table.query(query)
        }));
        let found = found.await?;
        let mut entries: Vec<_> = found.into_iter().flatten().filter_map(entry).collect();
        entries.sort_unstable_by(|one, other| one.place.cmp(&other.place));
        entries.truncate(most);
        Ok(entries)
    }

    async fn items<T: DeserializeOwned>(&self, entries: &[Entry]) -> Result<Vec<T>, StorageError> {
        let mut items = Vec::with_capacity(entries.len());
        for entries in entries.chunks(BATCH) {
            let keys: Vec<_> = entries.iter().map(|entry| (&*entry.pk, &*entry.sk)).collect();
            let mut found = self.table.read(&keys).await?;
            for (pk, sk) in keys {
                let Some(at) = found.iter().position(|item| table::is_at(item, pk, sk)) else {
                    continue;
                };
                let item = found.swap_remove(at);
                if !table::is_deleted(&item) && !table::has_expired(&item, self.clock.now()) {
                    items.push(table::from_item(item)?);
                }
            }
        }
        Ok(items)
    }
}

fn entry(mut item: Item) -> Option<Entry> {
    let mut text = |name: &str| match item.remove(name) {
        Some(aws_sdk_dynamodb::types::AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    Some(Entry { pk: text("pk")?, sk: text("sk")?, place: text("listing_sk")? })
}
