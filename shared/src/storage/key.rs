//! What a key of the table is: where an item is, and where the lists have it.

use std::marker::PhantomData;

/// Where an item is, and that it is a `T`.
pub struct Key<T> {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) even_if_disabled: bool,
    /// Where the listing index has it; for writing.
    pub(super) listing: Option<Place>,
    item: PhantomData<fn() -> T>,
}

/// A place in the listing index.
pub(super) struct Place {
    pub(super) pk: String,
    pub(super) sk: String,
}

/// The partitions of the listing index that hold all items of a kind, which are `T`s. Over all of them, sort keys
/// are in the order of the list.
pub struct Listing<T> {
    pub(super) partitions: Vec<String>,
    item: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    pub(super) fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into(), even_if_disabled: false, listing: None, item: PhantomData }
    }

    /// The same item, found even if it is disabled: for its owner's eyes.
    #[must_use]
    pub fn even_if_disabled(self) -> Self {
        Self { even_if_disabled: true, ..self }
    }

    pub(super) fn listed(self, pk: String, sk: String) -> Self {
        Self { listing: Some(Place { pk, sk }), ..self }
    }
}

impl<T> Listing<T> {
    pub(super) fn new(partitions: Vec<String>) -> Self {
        Self { partitions, item: PhantomData }
    }
}
