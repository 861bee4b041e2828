//! Recorded events of API Gateway: the fixtures in `events/`.
//!
//! In them `{name}` stands for what differs between runs, and a body with `isBase64Encoded` is in plain text,
//! to be readable: it is encoded before it is sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// The event in `events/{name}.json`, with these values.
pub(crate) fn event(name: &str, values: &BTreeMap<&str, String>) -> Value {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("events").join(name).with_extension("json");
    let mut text = std::fs::read_to_string(path).unwrap();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    let mut event: Value = serde_json::from_str(&text).unwrap();
    if event["isBase64Encoded"] == true {
        event["body"] = STANDARD.encode(event["body"].as_str().unwrap()).into();
    }
    event
}
