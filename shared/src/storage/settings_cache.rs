//! What of a tenant may be a little old: its settings as the discovery document shows them, and its
//! public keys. Decisions never come from here.

use crate::{
    clock::Timestamp,
    domain::{KeySet, Tenant, TenantId},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How old it may be. By the clock on the wall, since a Lambda environment is frozen between requests.
const LIFETIME: Duration = Duration::from_secs(30);

/// How many tenants are remembered, so that a process that serves many does not grow without end.
const MAX_TENANTS: usize = 1_000;

type Entry = (Timestamp, Arc<(Tenant, KeySet)>);

#[derive(Default)]
pub(super) struct SettingsCache(Mutex<HashMap<TenantId, Entry>>);

impl SettingsCache {
    pub(super) fn get(&self, t: &TenantId, now: Timestamp) -> Option<Arc<(Tenant, KeySet)>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (cached_at, entry) = entries.get(t)?;
        (now.since(*cached_at) < LIFETIME).then(|| entry.clone())
    }

    pub(super) fn insert(&self, t: &TenantId, entry: Arc<(Tenant, KeySet)>, now: Timestamp) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_TENANTS {
            entries.clear();
        }
        entries.insert(t.clone(), (now, entry));
    }

    /// What this process changed itself it must not show as it was.
    pub(super) fn forget(&self, t: &TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(t);
    }
}
