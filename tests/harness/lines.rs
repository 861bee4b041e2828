//! What the functions log, collected.

use serde_json::Value;
use shared::log::JsonLines;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tracing::{level_filters::LevelFilter, subscriber::DefaultGuard};
use tracing_subscriber::layer::SubscriberExt;

/// What was logged.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Collects what this thread logs, down to the last detail, as long as the guard lives.
    pub(crate) fn collect() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let layer = JsonLines::new("test".to_owned(), LevelFilter::TRACE, lines.clone());
        (lines, tracing::subscriber::set_default(tracing_subscriber::registry().with(layer)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn of_requests(&self) -> Vec<Value> {
        let lines = self.text();
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["message"] == "request").collect()
    }
}
