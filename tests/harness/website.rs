//! A client's web site, on this machine: what it shows where, and how often it was asked for it.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// A page: status, headers, body.
type Page = (u16, Vec<(&'static str, String)>, String);

/// The site, for as long as the test runs.
#[derive(Clone)]
pub(crate) struct Website {
    origin: String,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    pages: BTreeMap<String, Page>,
    requests: Vec<(String, HeaderMap, String)>,
    takes: Duration,
}

impl Website {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let site = Self { origin, inside: Arc::default() };
        let router = Router::new().fallback(serve).with_state(site.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        site
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on it shows `json` there: where that is.
    pub(crate) fn shows(&self, path: &str, json: &Value) -> String {
        let headers = vec![("content-type", "application/json".to_owned())];
        self.answers(path, (200, headers, json.to_string()))
    }

    /// From now on it answers so.
    pub(crate) fn answers(&self, path: &str, page: Page) -> String {
        self.inside.lock().unwrap().pages.insert(path.to_owned(), page);
        self.url(path)
    }

    /// How often `path` was asked for.
    pub(crate) fn requests(&self, path: &str) -> usize {
        let inside = self.inside.lock().unwrap();
        inside.requests.iter().filter(|(asked, ..)| asked == path).count()
    }

    /// What was posted to `path`.
    pub(crate) fn bodies(&self, path: &str) -> Vec<String> {
        let inside = self.inside.lock().unwrap();
        let posted = inside.requests.iter().filter(|(asked, ..)| asked == path);
        posted.map(|(_, _, body)| body.clone()).collect()
    }

    /// From now on each answer takes so long.
    pub(crate) fn takes(&self, time: Duration) {
        self.inside.lock().unwrap().takes = time;
    }

    /// The headers of the last request.
    pub(crate) fn last_headers(&self) -> HeaderMap {
        self.inside.lock().unwrap().requests.last().unwrap().1.clone()
    }
}

async fn serve(State(site): State<Website>, request: Request) -> Response {
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let body = to_bytes(request.into_body(), 100_000).await.unwrap();
    let (page, takes) = {
        let mut inside = site.inside.lock().unwrap();
        let page = inside.pages.get(&path).cloned();
        inside.requests.push((path, headers, String::from_utf8(body.to_vec()).unwrap()));
        (page, inside.takes)
    };
    tokio::time::sleep(takes).await;
    let Some((status, headers, body)) = page else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}
