//! DynamoDB as it is on a bad day: chosen operations fail before they are sent, or their answers get lost.

use aws_sdk_dynamodb::config::SharedInterceptor;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
            },
        },
        orchestrator::{HttpResponse, Metadata},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use std::sync::{Arc, Mutex};

/// Which operations fail: none, until it begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outage {
    failing: Arc<Mutex<Vec<&'static str>>>,
    unanswered: Arc<Mutex<Option<&'static str>>>,
}

impl Outage {
    pub(crate) fn into_interceptor(self) -> SharedInterceptor {
        SharedInterceptor::new(self)
    }

    /// From now on these operations fail.
    pub(crate) fn of(&self, operations: &[&'static str]) {
        *self.failing.lock().unwrap() = operations.to_vec();
    }

    /// The next time that this operation is done, nobody learns of it.
    pub(crate) fn lose_an_answer_to(&self, operation: &'static str) {
        *self.unanswered.lock().unwrap() = Some(operation);
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
        if self.failing.lock().unwrap().contains(&operation) {
            return Err("an outage, with a detail that nobody must see".into());
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map(Metadata::name).unwrap_or_default();
        let mut unanswered = self.unanswered.lock().unwrap();
        if unanswered.take_if(|lost| *lost == operation).is_some() {
            *context.response_mut() = HttpResponse::new(503.try_into()?, SdkBody::from("{}"));
        }
        Ok(())
    }
}
