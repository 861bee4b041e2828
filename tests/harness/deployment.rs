//! The function that makes tenants, with an empty table and the fake AWS.

use super::{FakeAws, Outage, Policies};
use bootstrap::{Answer, Operator, SecretsManager};
use local::database::{self, Engine};
use serde_json::Value;
use shared::{
    App,
    clock::{Clock, SettableClock, SystemClock},
    entropy::SystemEntropy,
    keys::KeyMaker,
    observation::Observation,
    storage::Store,
};
use std::{error::Error, sync::Arc, time::Duration};

/// A deployment that has no tenant yet.
pub(crate) struct Deployment {
    pub(crate) app: App,
    key_maker: Arc<dyn KeyMaker>,
    vault: SecretsManager,
    /// Of the table.
    pub(crate) outage: Outage,
    clock: Arc<SettableClock>,
    _engine: Engine,
}

impl Deployment {
    pub(crate) async fn new(aws: &FakeAws, policies: &Policies) -> Self {
        let watched = vec![policies.clone().into_interceptor()];
        let clock = Arc::new(SettableClock::at(SystemClock.now()));
        let entropy = Arc::new(SystemEntropy);
        let outage = Outage::default();
        let of_the_table = [watched.clone(), vec![outage.clone().into_interceptor()]].concat();
        let (table, engine) = database::open(None, &*entropy, of_the_table).await.unwrap();
        let (holder, key_maker) = aws.keys(watched.clone());
        let reached = aws.reached(watched);
        let sdk_config = reached.sdk_config().unwrap();
        let vault = SecretsManager::new(&reached, &sdk_config, "cardea/".to_owned());
        let store = Store::new(table, clock.clone());
        let app = App::new(store, holder, clock.clone(), entropy);
        Self { app, key_maker, vault, outage, clock, _engine: engine }
    }

    /// What the function does when an operator sends `command`.
    pub(crate) async fn obey(
        &self,
        command: &Value,
    ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        self.obey_within(command, Duration::from_mins(1)).await
    }

    /// The same, if it has only so much time.
    pub(crate) async fn obey_within(
        &self,
        command: &Value,
        within: Duration,
    ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let operator = Operator {
            app: &self.app,
            key_maker: &*self.key_maker,
            vault: &self.vault,
            ca_bundle: None,
        };
        let command = serde_json::from_value(command.clone())?;
        let observation = Observation::of_command("cardea-bootstrap", "1".to_owned(), None);
        observation.watch(operator.obey(command, within)).await
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}
