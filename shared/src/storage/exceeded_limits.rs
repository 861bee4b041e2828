//! Which limits this process has seen exceeded. Asking the table again would only make a flood cost more: a counter
//! takes a thousand writes a second, and who is over a limit stays so until the window ends.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many are remembered, so that many sources do not fill the memory.
const MOST: usize = 1_000;

/// The partition keys of counters, each of one window, so that they are outlived by nothing; and how much there may be at
/// most, which an owner can raise meanwhile.
#[derive(Default)]
pub(super) struct ExceededLimits(Mutex<HashMap<String, u64>>);

impl ExceededLimits {
    pub(super) fn has(&self, pk: &str) -> bool {
        self.lock().contains_key(pk)
    }

    pub(super) fn insert(&self, pk: String, most: u64) {
        let mut exceeded = self.lock();
        if exceeded.len() >= MOST {
            exceeded.clear();
        }
        exceeded.insert(pk, most);
    }

    /// Forgets a limit that has been raised to `most` since it was exceeded: whether it was.
    pub(super) fn forget_if_raised(&self, pk: &str, most: u64) -> bool {
        let mut exceeded = self.lock();
        let is_raised = exceeded.get(pk).is_some_and(|before| *before < most);
        if is_raised {
            exceeded.remove(pk);
        }
        is_raised
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
