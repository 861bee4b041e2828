use super::*;
use crate::observation;
use futures_util::FutureExt;
use std::{io, sync::Arc};
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is written while `say` speaks, for a request in whose midst it does.
fn written(level: LevelFilter, say: impl FnOnce()) -> Vec<Value> {
    let lines = Lines::default();
    let layer = JsonLines::new("test".to_owned(), level, lines.clone());
    let request = lambda_http::http::Request::builder()
        .method("POST")
        .uri("https://login.example.com/oauth/token?code=in-the-query")
        .header("host", "login.example.com")
        .header("authorization", "Bearer in-a-header")
        .body("in-the-body".into())
        .unwrap();
    let observation = Observation::of("cardea-token", &request);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        observation.watch(async { say() }).now_or_never().unwrap();
    });
    let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!written.contains("in-"), "{written}");
    written.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_request_is_one_line_with_its_metrics() {
    let lines = written(LevelFilter::ERROR, || {
        observation::happened(Event::TokensIssued);
        observation::called(Dependency::Kms, 2.5);
        observation::called(Dependency::Kms, 3.5);
        tracing::info!(target: REQUEST, status = 200_u16);
    });
    let [line] = &*lines else { panic!("{lines:?}") };
    assert_eq!(line["tenant"], "login.example.com");
    assert_eq!((&line["function"], &line["stack"]), (&json!("cardea-token"), &json!("test")));
    assert_eq!((&line["method"], &line["status"]), (&json!("POST"), &json!(200)));
    assert_eq!((&line["TokensIssued"], &line["KMSLatency"]), (&json!(1), &json!([2.5, 3.5])));
    assert_eq!(line.get("error"), None);
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "Cardea");
    assert_eq!(directive["Dimensions"], json!([["stack", "function"]]));
    // Each metric and each dimension that is promised must be there, or CloudWatch drops all of them.
    for metric in directive["Metrics"].as_array().unwrap() {
        assert!(line.get(metric["Name"].as_str().unwrap()).is_some(), "{metric}");
    }
    assert_eq!(directive["Metrics"].as_array().unwrap().len(), 4);
}

#[test]
fn a_refusal_is_counted_by_its_reason() {
    let lines = written(LevelFilter::INFO, || {
        observation::refused("invalid_grant");
        tracing::info!(target: REQUEST, status = 400_u16);
    });
    assert_eq!((&lines[0]["error"], &lines[0]["Refusals"]), (&json!("invalid_grant"), &json!(1)));
    let directives = lines[0]["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    assert_eq!(directives[1]["Dimensions"], json!([["stack", "function", "error"]]));
}

#[test]
fn only_what_is_allowed_is_told() {
    let lines = written(LevelFilter::TRACE, || {
        tracing::error!(target: "shared::x", code = "server_error", token = "in-a-field", "why");
        tracing::error!(target: "aws_smithy_runtime", "in-another-crate");
        tracing::error!(target: "lambda_runtime::x", "in-another-crate");
        tracing::info!(target: "local::server", "on-a-laptop");
    });
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["message"], &lines[0]["code"]), (&json!("why"), &json!("server_error")));
    assert_eq!(lines[0]["tenant"], "login.example.com");
    assert_eq!(lines[0].get("token"), None);
}

#[test]
fn the_level_holds_back_everything_but_the_record() {
    let lines = written(LevelFilter::ERROR, || {
        tracing::info!(target: "shared", "a word");
        tracing::info!(target: REQUEST, status = 204_u16);
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["status"], 204);
}
