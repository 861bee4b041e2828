//! The function that fetches, watched: who calls it must be allowed to, and it can be out of reach.

use super::Policies;
use local::WatchFetcher;
use shared::fetching::{Errand, FetchAnswer, Fetcher, FetcherError};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// Watches the calls.
#[derive(Clone, Default)]
pub(crate) struct WatchedFetcher {
    calls: Arc<AtomicUsize>,
    is_out_of_reach: Arc<AtomicBool>,
}

struct Watching {
    watched: WatchedFetcher,
    policies: Policies,
    inside: Arc<dyn Fetcher>,
}

impl WatchedFetcher {
    pub(crate) fn into_watch(self, policies: Policies) -> WatchFetcher {
        Box::new(|inside| Arc::new(Watching { watched: self, policies, inside }))
    }

    /// How often the function was called so far.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// From now on it can't be called, or can again.
    pub(crate) fn is_out_of_reach(&self, is_out_of_reach: bool) {
        self.is_out_of_reach.store(is_out_of_reach, Ordering::SeqCst);
    }
}

impl Fetcher for Watching {
    fn fetch<'a>(&'a self, errand: &'a Errand) -> FetchAnswer<'a> {
        Box::pin(async {
            self.policies.check_invocation().map_err(FetcherError::because)?;
            if self.watched.is_out_of_reach.load(Ordering::SeqCst) {
                return Err(FetcherError::because("a detail that nobody must see"));
            }
            self.watched.calls.fetch_add(1, Ordering::SeqCst);
            self.inside.fetch(errand).await
        })
    }
}
