//! Counts what the SDK sends to DynamoDB, and in how many steps: what is under way at the same time is one.

use aws_sdk_dynamodb::config::SharedInterceptor;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::sync::{Arc, Mutex};

/// What was sent since the last look.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoundTrips(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    calls: usize,
    steps: usize,
    under_way: usize,
}

impl RoundTrips {
    pub(crate) fn into_interceptor(self) -> SharedInterceptor {
        SharedInterceptor::new(self)
    }

    /// Calls and steps since the last look.
    pub(crate) fn take(&self) -> (usize, usize) {
        let mut counts = self.0.lock().unwrap();
        let taken = (counts.calls, counts.steps);
        (counts.calls, counts.steps) = (0, 0);
        taken
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for RoundTrips {
    fn name(&self) -> &'static str {
        "RoundTrips"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut counts = self.0.lock().unwrap();
        counts.calls += 1;
        if counts.under_way == 0 {
            counts.steps += 1;
        }
        counts.under_way += 1;
        Ok(())
    }

    fn read_after_attempt(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.lock().unwrap().under_way -= 1;
        Ok(())
    }
}
