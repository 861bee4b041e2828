//! The `fetch` function in this process, called as Lambda would call it.

use fetch::{Client, Fetch, Limits, SystemResolver};
use shared::{
    App,
    fetching::{Errand, FetchAnswer, Fetcher, FetcherError},
};
use std::sync::Arc;

/// Puts a fetcher in the place of another, to watch it.
pub type WatchFetcher = Box<dyn FnOnce(Arc<dyn Fetcher>) -> Arc<dyn Fetcher> + Send>;

struct InProcess(Fetch);

/// The function, with an app of its own; loopback is open to it on demand.
pub(crate) fn in_process(app: App, is_loopback_open: bool) -> Arc<dyn Fetcher> {
    let client = Client::new(SystemResolver, Limits::default());
    let client = if is_loopback_open { client.with_loopback_open() } else { client };
    Arc::new(InProcess(Fetch::new(app, client)))
}

impl Fetcher for InProcess {
    fn fetch<'a>(&'a self, errand: &'a Errand) -> FetchAnswer<'a> {
        Box::pin(async {
            let outcome = self.0.handle(errand, "local".to_owned()).await;
            outcome.map_err(FetcherError::because)
        })
    }
}
