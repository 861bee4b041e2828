//! DynamoDB as it is on a bad day: chosen operations fail before they are sent.

use aws_sdk_dynamodb::config::SharedInterceptor;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextRef},
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::sync::{Arc, Mutex};

/// Which operations fail: none, until it begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outage(Arc<Mutex<Vec<&'static str>>>);

impl Outage {
    pub(crate) fn into_interceptor(self) -> SharedInterceptor {
        SharedInterceptor::new(self)
    }

    /// From now on these operations fail.
    pub(crate) fn of(&self, operations: &[&'static str]) {
        *self.0.lock().unwrap() = operations.to_vec();
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Outage {
    fn name(&self) -> &'static str {
        "Outage"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map(Metadata::name).unwrap_or_default();
        if self.0.lock().unwrap().contains(&operation) {
            return Err("an outage, with a detail that nobody must see".into());
        }
        Ok(())
    }
}
