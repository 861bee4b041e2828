//! Measures each call of an AWS service, retries and all, for the metrics.

use crate::{
    clock::Stopwatch,
    observation::{self, Dependency},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef},
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Layer, Storable, StoreReplace};

/// Watches the calls of one service.
#[derive(Debug)]
pub(crate) struct Latency(pub Dependency);

#[derive(Debug)]
struct Began(Stopwatch);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Latency {
    fn name(&self) -> &'static str {
        "Latency"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut layer = Layer::new("Latency");
        layer.store_put(Began(Stopwatch::start()));
        config.push_layer(layer);
        Ok(())
    }

    fn read_after_execution(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Began(stopwatch)) = config.load::<Began>() {
            observation::called(self.0, stopwatch.milliseconds());
        }
        Ok(())
    }
}
