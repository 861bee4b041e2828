//! Reading several items of different kinds at once, each as what it is.

use super::{StorageError, Table, keys::Key, table};
use crate::clock::Timestamp;
use serde::de::DeserializeOwned;

/// A key, an optional key, or a tuple or list of them: what to read, and the types of what is found.
pub trait Selection {
    /// What is found: for a key of a `T` an `Option<T>`, for a tuple a tuple, for a list a list.
    type Found;

    /// `pk` and `sk` of each item.
    fn keys(&self) -> Vec<(&str, &str)>;

    /// Takes what was selected out of `items`, leaving out what has expired or is disabled.
    ///
    /// # Errors
    ///
    /// When an item is not what its key says.
    fn take(
        self,
        items: &mut Vec<table::Item>,
        now: Timestamp,
    ) -> Result<Self::Found, StorageError>;
}

impl<T: DeserializeOwned> Selection for Key<T> {
    type Found = Option<T>;

    fn keys(&self) -> Vec<(&str, &str)> {
        vec![(&self.pk, &self.sk)]
    }

    fn take(self, items: &mut Vec<table::Item>, now: Timestamp) -> Result<Option<T>, StorageError> {
        let place = items.iter().position(|item| table::is_at(item, &self.pk, &self.sk));
        let item = place.map(|place| items.swap_remove(place));
        let is_there = |item: &_| {
            let may_be_found = self.even_if_disabled || !table::is_disabled(item);
            may_be_found && !table::is_deleted(item) && !table::has_expired(item, now)
        };
        item.filter(is_there).map(table::from_item).transpose()
    }
}

impl<T: DeserializeOwned> Selection for Option<Key<T>> {
    type Found = Option<T>;

    fn keys(&self) -> Vec<(&str, &str)> {
        self.as_ref().map(Selection::keys).unwrap_or_default()
    }

    fn take(self, items: &mut Vec<table::Item>, now: Timestamp) -> Result<Option<T>, StorageError> {
        self.map_or(Ok(None), |key| key.take(items, now))
    }
}

impl<S: Selection> Selection for Vec<S> {
    type Found = Vec<S::Found>;

    fn keys(&self) -> Vec<(&str, &str)> {
        self.iter().flat_map(Selection::keys).collect()
    }

    fn take(
        self,
        items: &mut Vec<table::Item>,
        now: Timestamp,
    ) -> Result<Self::Found, StorageError> {
        self.into_iter().map(|selection| selection.take(items, now)).collect()
    }
}

/// The items at `keys`. A key may be there several times, which DynamoDB refuses: then its item is, too. One round trip.
pub(super) async fn read(
    table: &Table,
    keys: &[(&str, &str)],
) -> Result<Vec<table::Item>, StorageError> {
    let is_first = |place: &usize| !keys[..*place].contains(&keys[*place]);
    let (first, again): (Vec<_>, Vec<_>) = (0..keys.len()).partition(is_first);
    let distinct: Vec<_> = first.into_iter().map(|place| keys[place]).collect();
    let mut items = table.read(&distinct).await?;
    for (pk, sk) in again.into_iter().map(|place| keys[place]) {
        let repeated = items.iter().find(|item| table::is_at(item, pk, sk)).cloned();
        items.extend(repeated);
    }
    Ok(items)
}

macro_rules! selection_of_a_tuple {
    ($($selection:ident $name:ident),+) => {
        impl<$($selection: Selection),+> Selection for ($($selection,)+) {
            type Found = ($($selection::Found,)+);

            fn keys(&self) -> Vec<(&str, &str)> {
                let ($($name,)+) = self;
                [$($name.keys()),+].concat()
            }

            fn take(self, items: &mut Vec<table::Item>, now: Timestamp) -> Result<Self::Found, StorageError> {
                let ($($name,)+) = self;
                Ok(($($name.take(items, now)?,)+))
            }
        }
    };
}

selection_of_a_tuple!(A a, B b);
selection_of_a_tuple!(A a, B b, C c);
selection_of_a_tuple!(A a, B b, C c, D d);
selection_of_a_tuple!(A a, B b, C c, D d, E e);
selection_of_a_tuple!(A a, B b, C c, D d, E e, F f);
selection_of_a_tuple!(A a, B b, C c, D d, E e, F f, G g);
