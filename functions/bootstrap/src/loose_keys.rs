//! Signing keys that no key set names: made and not in one yet, or out of one and still enabled. Each costs by the
//! month, and nothing else knows them, so whatever goes wrong, they are disabled, or named in the log at least.

use crate::tenant::Tenancy;
use shared::http::causes;
use std::{
    mem::take,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// How long disabling keys may take at the end of a command. Afterwards CloudFormation is still to be told.
const TIME_TO_DISABLE: Duration = Duration::from_secs(3);

/// The keys of one command that are loose.
#[derive(Debug, Default)]
pub(crate) struct LooseKeys(Mutex<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    loose: Vec<String>,
    /// Those of a write whose outcome nobody knows.
    perhaps_named: Vec<String>,
}

impl Ledger {
    fn begin_to_name(&mut self) {
        self.perhaps_named.append(&mut self.loose);
    }

    fn end_to_name(&mut self, are_named: bool) {
        let references = take(&mut self.perhaps_named);
        if !are_named {
            self.loose.extend(references);
        }
    }
}

impl LooseKeys {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on these keys are loose.
    pub(crate) fn add(&self, references: impl IntoIterator<Item = String>) {
        self.ledger().loose.extend(references);
    }

    /// Has `write` put them into a key set, where they are no longer loose if it `took` them.
    pub(crate) async fn name<T, E>(
        &self,
        write: impl Future<Output = Result<T, E>>,
        took: impl FnOnce(&T) -> bool,
    ) -> Result<T, E> {
        self.ledger().begin_to_name();
        let written = write.await?;
        self.ledger().end_to_name(took(&written));
        Ok(written)
    }
}

impl Tenancy<'_> {
    /// Disables the loose keys, as far as it can: those that it could not.
    pub(crate) async fn disable_loose_keys(&self) -> Vec<String> {
        let references = self.loose_keys.ledger().loose.clone();
        let mut still_enabled = Vec::new();
        for reference in references {
            let disabled = self.key_maker.disable_signing_key(&reference).await;
            self.loose_keys.ledger().loose.retain(|loose| *loose != reference);
            if let Err(why) = disabled {
                tracing::error!(code = "still_enabled", "{reference}: {}", causes(&why));
                still_enabled.push(reference);
            }
        }
        still_enabled
    }

    /// Ends a command: no key stays enabled that nothing names.
    pub(crate) async fn leave_no_loose_keys(&self) {
        // What is left when the time is up is still loose.
        let _ = timeout(TIME_TO_DISABLE, self.disable_loose_keys()).await;
        let Ledger { loose, perhaps_named } = take(&mut *self.loose_keys.ledger());
        for reference in loose {
            tracing::error!(code = "still_enabled", "{reference}: no time was left to disable it");
        }
        // A write that failed may have been done all the same, and what a key set names must work.
        for reference in perhaps_named {
            tracing::error!(
                code = "still_enabled",
                "{reference}: it may be in the key set, whose write failed"
            );
        }
    }
}
