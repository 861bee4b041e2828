//! What every endpoint is handed.

use crate::{
    clock::{Clock, SystemClock},
    config::Environment,
    domain::TenantId,
    entropy::{Entropy, SystemEntropy},
    fetching::Fetcher,
    keys::{KeyError, KeyHolder, KmsKeys, Sealing},
    oauth::{OAuthError, OAuthErrorCode},
    storage::{Store, Table, keys},
};
use aws_types::SdkConfig;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The store, the keys, the time and randomness: everything of the world that an endpoint touches.
pub struct App {
    /// Everything that is kept.
    pub store: Store,
    /// Who signs.
    pub keys: Arc<dyn KeyHolder>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Who fetches what clients refer to, for the functions that may have it fetched.
    pub fetcher: Option<Arc<dyn Fetcher>>,
    /// Where the owner finds the first credentials, in words for the start page.
    pub credentials_location: Option<String>,
    sealings: Mutex<HashMap<TenantId, Arc<Sealing>>>,
}

impl App {
    /// An app of these parts.
    #[must_use]
    pub fn new(
        store: Store,
        keys: Arc<dyn KeyHolder>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let sealings = Mutex::default();
        let (fetcher, credentials_location) = (None, None);
        Self { store, keys, clock, entropy, fetcher, credentials_location, sealings }
    }

    /// The app of a function: data in `DynamoDB`, keys in KMS.
    #[must_use]
    pub fn new_on_aws(environment: &Environment, sdk_config: &SdkConfig, keys: KmsKeys) -> Self {
        let table = Table::new(environment.aws.dynamodb(sdk_config), &environment.table);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Store::new(table, clock.clone());
        Self::new(store, Arc::new(keys), clock, Arc::new(SystemEntropy))
    }

    /// Opens what connections there are to open, so that no request has to wait for one.
    pub async fn connect(&self) {
        tokio::join!(self.store.connect(), self.keys.connect());
    }

    /// The tenant's sealing key. The first time in a process it takes one round trip and asks the key
    /// holder once; after that nothing.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or the table or the key holder fails.
    pub async fn sealing(&self, t: &TenantId) -> Result<Arc<Sealing>, OAuthError> {
        if let Some(sealing) = self.lock_sealings().get(t) {
            return Ok(sealing.clone());
        }
        let key_set = self.store.read(keys::key_set(t)).await?;
        let key_set = key_set.ok_or_else(unknown_tenant)?;
        let wrapped = URL_SAFE_NO_PAD
            .decode(&key_set.wrapped_sealing_key)
            .map_err(|why| KeyError::because("reading the wrapped sealing key", why))?;
        let sealing = Arc::new(Sealing::new(&self.keys.unwrap_sealing_key(t, &wrapped).await?));
        self.lock_sealings().insert(t.clone(), sealing.clone());
        Ok(sealing)
    }

    fn lock_sealings(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, Arc<Sealing>>> {
        self.sealings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error for a host that is no tenant's.
#[must_use]
pub fn unknown_tenant() -> OAuthError {
    OAuthError::new(
        OAuthErrorCode::UnknownTenant,
        "this host is not that of an issuer here: use the issuer's URL exactly, host and port included",
    )
}
