//! Lambda, as far as a function can tell: its environment, and the Runtime API that it asks for events.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use shared::clock::{Clock, SystemClock, Timestamp};
use std::{
    collections::HashMap,
    env,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    process::{Child, Command},
    sync::{mpsc, oneshot, watch},
};

type Answer = oneshot::Sender<Result<Value, Value>>;

struct Invocation {
    event: Value,
    deadline: Timestamp,
    answer: Answer,
}

/// A function's process, with an event to serve whenever there is one.
pub(crate) struct Lambda {
    pub(crate) process: Child,
    events: mpsc::UnboundedSender<Invocation>,
    asked: watch::Receiver<usize>,
    output: Arc<Mutex<Vec<u8>>>,
}

struct RuntimeApi {
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    unanswered: Mutex<HashMap<String, Answer>>,
    asked: watch::Sender<usize>,
}

/// Where the binary called `name` of this build is.
pub(crate) fn binary(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join(name);
    assert!(path.exists(), "{} is not there: `cargo build --workspace` makes it", path.display());
    path
}

impl Lambda {
    /// Starts `binary` as Lambda would, with `variables` for the rest of its environment.
    pub(crate) async fn start(binary: PathBuf, variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, receiver) = mpsc::unbounded_channel();
        let api = RuntimeApi {
            events: receiver.into(),
            unanswered: Mutex::default(),
            asked: watch::Sender::default(),
        };
        let asked = api.asked.subscribe();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answered))
            .with_state(Arc::new(api));
        tokio::spawn(async { axum::serve(listener, router).await });
        let mut process = Command::new(&binary)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "test"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                ("CARDEA_TABLE", local::database::TABLE),
                ("CARDEA_STACK", "test"),
            ])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = Arc::new(Mutex::default());
        let mut stdout = process.stdout.take().unwrap();
        let collected: Arc<Mutex<Vec<u8>>> = output.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut buffer).await {
                collected.lock().unwrap().extend(&buffer[..length]);
            }
        });
        Self { process, events, asked, output }
    }

    /// What the function answers to `event`: a result, or its error.
    pub(crate) async fn invoke(&self, event: Value) -> Result<Value, Value> {
        self.invoke_with_timeout(event, Duration::from_hours(1)).await
    }

    /// The same, if the function's `Timeout` is this.
    pub(crate) async fn invoke_with_timeout(
        &self,
        event: Value,
        timeout: Duration,
    ) -> Result<Value, Value> {
        let (answer, answered) = oneshot::channel();
        let deadline = SystemClock.now() + timeout;
        self.events.send(Invocation { event, deadline, answer }).unwrap();
        answered.await.unwrap()
    }

    /// Waits until it has asked for an event this many times: once when it is ready, and again after each
    /// answer, when it has nothing left to do.
    pub(crate) async fn has_asked(&self, times: usize) {
        self.asked.clone().wait_for(|asked| *asked >= times).await.unwrap();
    }

    /// What it wrote to its standard output so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8(self.output.lock().unwrap().clone()).unwrap()
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    api.asked.send_modify(|asked| *asked += 1);
    let Some(Invocation { event, deadline, answer }) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let mut unanswered = api.unanswered.lock().unwrap();
    let id = format!("00000000-0000-4000-8000-{:012}", unanswered.len());
    unanswered.insert(id.clone(), answer);
    let headers = [
        ("lambda-runtime-aws-request-id", id.as_str()),
        ("lambda-runtime-deadline-ms", &format!("{}000", deadline.0)),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:111122223333:function:test",
        ),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
    ];
    (headers, event.to_string()).into_response()
}

async fn answered(
    State(api): State<Arc<RuntimeApi>>,
    Path((id, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let answer = api.unanswered.lock().unwrap().remove(&id).expect("an id that was given out");
    let body = serde_json::from_slice(&body).unwrap();
    answer.send(if kind == "response" { Ok(body) } else { Err(body) }).unwrap();
    StatusCode::ACCEPTED
}
