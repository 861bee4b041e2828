//! Logs, as JSON, one line each: of every request a record ([`observation`]), which is an embedded metric
//! too, and besides that only what this product says itself. An allow-list: no other crate is let in at
//! any level, and of an event only the fields named here.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
//!
//! [`observation`]: crate::observation

use crate::{
    clock::{Clock, SystemClock},
    observation::{self, Dependency, Event, Observation, Outcome},
};
use lambda_http::http::StatusCode;
use serde_json::{Map, Value, json};
use std::{
    fmt::Debug,
    io::Write,
    sync::{Mutex, PoisonError},
};
use tracing::{
    Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{Layer, layer::Context};

/// What the record of a request is sent as.
pub const REQUEST: &str = "cardea::request";

/// Who may say something.
const SPEAKERS: [&str; 3] = ["shared", "bootstrap", "fetch"];

/// What may be said.
const FIELDS: [&str; 4] = ["message", "code", "place", "status"];

/// Writes the lines.
pub struct JsonLines<W> {
    stack: String,
    level: LevelFilter,
    out: Mutex<W>,
}

impl<W: Write> JsonLines<W> {
    /// Lines of the deployment called `stack`, of at most this `level`, to `out`.
    pub fn new(stack: String, level: LevelFilter, out: W) -> Self {
        Self { stack, level, out: Mutex::new(out) }
    }

    fn write(&self, line: &Value) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that can't be written can't be complained of either.
        let _ = writeln!(out, "{line}");
        let _ = out.flush();
    }

    /// The record of a request, and its metrics.
    fn record(&self, observation: &Observation, outcome: &Outcome) -> Value {
        let mut line = line("INFO", observation);
        line["message"] = "request".into();
        line["stack"] = self.stack.as_str().into();
        line["method"] = observation.method.as_str().into();
        line["status"] = outcome.status.as_u16().into();
        let mut metrics = Vec::new();
        for (name, unit, value) in measures(outcome) {
            line[name] = value;
            metrics.push(json!({ "Name": name, "Unit": unit }));
        }
        let mut directives = vec![directive(&["stack", "function"], &metrics)];
        if let Some(error) = outcome.counts.error {
            line["error"] = error.into();
            line["Refusals"] = 1.into();
            let refusals = [json!({ "Name": "Refusals", "Unit": "Count" })];
            directives.push(directive(&["stack", "function", "error"], &refusals));
        }
        let milliseconds = SystemClock.now().0 * 1_000;
        line["_aws"] = json!({ "Timestamp": milliseconds, "CloudWatchMetrics": directives });
        line
    }
}

/// The metrics of a request: name, unit, value or values. What did not happen is left out.
fn measures(outcome: &Outcome) -> Vec<(&'static str, &'static str, Value)> {
    let counts = &outcome.counts;
    let mut measures = vec![
        ("Requests", "Count", 1.into()),
        ("Duration", "Milliseconds", outcome.duration_ms.into()),
    ];
    for (name, dependency) in
        [("DynamoDBLatency", Dependency::DynamoDb), ("KMSLatency", Dependency::Kms)]
    {
        let calls = counts.calls.iter().filter(|(called, _)| *called == dependency);
        let latencies: Vec<f64> = calls.map(|(_, milliseconds)| *milliseconds).collect();
        if !latencies.is_empty() {
            measures.push((name, "Milliseconds", latencies.into()));
        }
    }
    for (name, event) in [
        ("Registrations", Event::Registration),
        ("SignIns", Event::SignIn),
        ("SignOuts", Event::SignOut),
        ("CodesIssued", Event::CodeIssued),
        ("TokensIssued", Event::TokensIssued),
    ] {
        let times = counts.events.iter().filter(|happened| **happened == event).count();
        if times > 0 {
            measures.push((name, "Count", times.into()));
        }
    }
    measures
}

impl<S: Subscriber, W: Write + 'static> Layer<S> for JsonLines<W> {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let speaker = metadata.target().split("::").next().unwrap_or_default();
        let is_heard = SPEAKERS.contains(&speaker) && *metadata.level() <= self.level;
        // Metrics are counted at every level.
        is_heard || metadata.target() == REQUEST
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let status = fields.0.get("status").and_then(Value::as_u64);
        let status = status.and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
        let level = event.metadata().level().as_str();
        let written = observation::with_current(|observation| match status {
            Some(status) if event.metadata().target() == REQUEST => {
                self.write(&self.record(observation, &observation.outcome(status)));
            }
            _ => self.write(&with(line(level, observation), fields.0.clone())),
        });
        if written.is_none() {
            self.write(&with(json!({ "level": level }), fields.0));
        }
    }
}

fn line(level: &str, observation: &Observation) -> Value {
    json!({
        "level": level,
        "request_id": observation.request_id,
        "tenant": observation.tenant.as_ref().map(crate::domain::TenantId::as_str),
        "function": observation.function,
    })
}

fn with(mut line: Value, fields: Map<String, Value>) -> Value {
    if let Some(line) = line.as_object_mut() {
        line.extend(fields);
    }
    line
}

fn directive(dimensions: &[&str], metrics: &[Value]) -> Value {
    json!({ "Namespace": "Cardea", "Dimensions": [dimensions], "Metrics": metrics })
}

/// The fields of an event that may be told.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn tell(&mut self, field: &Field, value: Value) {
        if FIELDS.contains(&field.name()) {
            self.0.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.tell(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.tell(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.tell(field, value.into());
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
