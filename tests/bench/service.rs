//! A service of AWS as the functions reach it on AWS: over TLS, and some milliseconds away. Behind it is one of
//! the harness, which speaks plain HTTP. What goes through is counted.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response},
    serve::Listener,
};
use reqwest::Client;
use serde_json::Value;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The service, for as long as the benchmark runs.
#[derive(Clone)]
pub(crate) struct Service {
    /// Where it is reached.
    pub(crate) endpoint: String,
    behind: String,
    latency: Duration,
    client: Client,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    used: Used,
    under_way: u32,
}

/// What was asked of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct Used {
    pub(crate) calls: u32,
    /// Calls under way at the same time are one.
    pub(crate) steps: u32,
    /// Read request units of `DynamoDB`.
    pub(crate) reads: f64,
    /// Write request units of `DynamoDB`.
    pub(crate) writes: f64,
}

impl Service {
    /// Puts one in front of `behind`, whose answers come after `latency` and not before.
    pub(crate) async fn start(behind: String, latency: Duration, acceptor: TlsAcceptor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let client = Client::builder().no_proxy().build().unwrap();
        let service = Self { endpoint, behind, latency, client, counts: Arc::default() };
        let router = Router::new().fallback(serve).with_state(service.clone());
        tokio::spawn(async { axum::serve(TlsListener { listener, acceptor }, router).await });
        service
    }

    /// What was asked of it since the last look.
    pub(crate) fn take(&self) -> Used {
        std::mem::take(&mut self.counts.lock().unwrap().used)
    }

    fn begin(&self) {
        let mut counts = self.counts.lock().unwrap();
        counts.used.calls += 1;
        counts.used.steps += u32::from(counts.under_way == 0);
        counts.under_way += 1;
    }

    fn end(&self, answer: &Value) {
        let mut counts = self.counts.lock().unwrap();
        counts.under_way -= 1;
        match &answer["ConsumedCapacity"] {
            Value::Null => {}
            // Only what reads names each table: what writes has one.
            Value::Array(tables) => {
                counts.used.reads += tables.iter().map(capacity_units).sum::<f64>();
            }
            table => counts.used.writes += capacity_units(table),
        }
    }

    async fn forward(&self, mut headers: HeaderMap, body: &mut Value) -> (HeaderMap, Bytes, u16) {
        if operation(&headers).starts_with("DynamoDB") {
            body["ReturnConsumedCapacity"] = "TOTAL".into();
        }
        headers.remove("host");
        headers.remove("content-length");
        let request = self.client.post(&self.behind).headers(headers).body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, mut headers) = (answer.status().as_u16(), answer.headers().clone());
        headers.remove("transfer-encoding");
        (headers, answer.bytes().await.unwrap(), status)
    }
}

fn capacity_units(consumed: &Value) -> f64 {
    consumed["CapacityUnits"].as_f64().unwrap()
}

fn operation(headers: &HeaderMap) -> &str {
    headers.get("x-amz-target").map(|target| target.to_str().unwrap()).unwrap_or_default()
}

async fn serve(
    State(service): State<Service>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    // What opens a connection asks for `/ping`, which costs nothing.
    if method == Method::GET {
        return Response::new("healthy".into());
    }
    let began = Instant::now();
    service.begin();
    let mut body = serde_json::from_slice(&body).unwrap();
    let (headers, body, status) = service.forward(headers, &mut body).await;
    tokio::time::sleep(service.latency.saturating_sub(began.elapsed())).await;
    service.end(&serde_json::from_slice(&body).unwrap_or_default());
    let mut response = Response::builder().status(status);
    *response.headers_mut().unwrap() = headers;
    response.body(body.into()).unwrap()
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else { continue };
            stream.set_nodelay(true).unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
