//! The table, in the provider's own words. [`keys`] holds every key; [`table`] the few DynamoDB
//! operations that we use; each other file a kind of item.

mod assertions;
mod audiences;
mod audit_events;
mod authorization_codes;
mod client_grants;
mod clients;
mod exceeded_limits;
mod families;
mod fetched;
mod grants;
mod initial_access_tokens;
mod key;
pub mod keys;
mod listing;
mod pushed_requests;
mod put;
mod rate_counters;
mod resource_servers;
mod selection;
mod sessions;
mod settings_cache;
pub mod table;
mod tenants;
mod unused_clients;
mod users;

pub use audiences::{AudienceItems, AudienceKeys, audience_keys, found_audience};
pub use authorization_codes::Redemption;
pub use clients::{Registered, Use};
pub use families::{Advance, Advancement};
pub use listing::Page;
pub use selection::Selection;
pub use table::{INDEX, StorageError, Table};

use crate::clock::Clock;
use exceeded_limits::ExceededLimits;
use serde::Serialize;
use settings_cache::SettingsCache;
use std::sync::Arc;

/// How often a change of something is tried that others change at the same time.
pub const CHANGE_ATTEMPTS: usize = 10;

/// What is left of something deleted whose name must never be given again.
#[derive(Serialize)]
pub struct Deleted {
    is_deleted: bool,
}

impl Deleted {
    const NEW: Self = Self { is_deleted: true };
}

/// Everything that is kept.
///
/// Each method says how many round trips to DynamoDB it takes. Reads are strongly consistent, and what
/// has expired or is disabled is not found, whether or not DynamoDB has deleted it yet.
pub struct Store {
    table: Table,
    clock: Arc<dyn Clock>,
    settings: SettingsCache,
    exceeded: ExceededLimits,
}

impl Store {
    /// The store in `table`.
    #[must_use]
    pub fn new(table: Table, clock: Arc<dyn Clock>) -> Self {
        Self {
            table,
            clock,
            settings: SettingsCache::default(),
            exceeded: ExceededLimits::default(),
        }
    }

    /// Opens a connection to the table. No operation, so that it needs no permission and costs nothing.
    pub async fn connect(&self) {
        self.table.connect().await;
    }

    /// Reads all that `selection` names at once: a tuple of keys, or of optional keys, gives a tuple of
    /// what was found. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails, or holds what we can't read.
    pub async fn read<S: Selection>(&self, selection: S) -> Result<S::Found, StorageError> {
        let mut items = selection::read(&self.table, &selection.keys()).await?;
        selection.take(&mut items, self.clock.now())
    }
}
