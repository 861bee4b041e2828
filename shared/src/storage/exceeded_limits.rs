//! Which limits this process has seen exceeded. Asking the table again would only make a flood cost more: a counter
//! takes a thousand writes a second, and who is over a limit stays so until the window ends.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// How many are remembered, so that many sources do not fill the memory.
const MOST: usize = 1_000;

/// The partition keys of counters, each of one window, so that they are outlived by nothing.
#[derive(Default)]
pub(super) struct ExceededLimits(Mutex<HashSet<String>>);

impl ExceededLimits {
    pub(super) fn has(&self, pk: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(pk)
    }

    pub(super) fn insert(&self, pk: String) {
        let mut exceeded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if exceeded.len() >= MOST {
            exceeded.clear();
        }
        exceeded.insert(pk);
    }
}
