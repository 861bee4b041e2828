//! What the SDK may repeat is limited for a process, which Lambda starts for a function alone. Here all tests are one
//! process, and one must not use up what another counts on.

use aws_sdk_dynamodb::config::{SharedInterceptor, retry::TokenBucket};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// Lifts that limit, and leaves the one on each call's attempts.
#[derive(Debug)]
pub(crate) struct UnlimitedRetries;

impl UnlimitedRetries {
    pub(crate) fn into_interceptor(self) -> SharedInterceptor {
        SharedInterceptor::new(self)
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for UnlimitedRetries {
    fn name(&self) -> &'static str {
        "UnlimitedRetries"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(TokenBucket::unlimited());
        Ok(())
    }
}
