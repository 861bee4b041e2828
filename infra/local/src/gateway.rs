//! API Gateway and Lambda, as far as the provider can tell: each request becomes the very event that an
//! HTTP API sends (payload format 2.0), and `lambda_http` makes the function's request of it.

use crate::{
    functions::{Endpoint, FUNCTIONS},
    template::{self, InvalidTemplate, Route},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::{
    Body,
    http::{HeaderMap, HeaderName, Request, StatusCode, header, request::Parts},
    request::from_str,
};
use serde_json::{Map, Value, json};
use shared::{App, domain::TenantId, http::Response};
use std::{collections::BTreeMap, net::IpAddr};
use tokio::sync::Semaphore;

/// The largest body, in bytes: what Lambda takes. No endpoint reads nearly as much.
const MAX_BODY: usize = 6 * 1024 * 1024;

/// How many requests are served at the same time; the others wait. One database serves them all, and what it is asked
/// must be answered before the SDK gives up.
const CONCURRENCY: usize = 20;

/// The route of a request, the path's parameters, and who answers.
type Match<'a> = (&'a Route, Vec<(&'a str, &'a str)>, Endpoint);

/// A gateway to all functions.
pub struct Gateway {
    app: &'static App,
    routes: Vec<(Route, Endpoint)>,
    concurrency: Semaphore,
}

impl Gateway {
    /// A gateway to the functions that `template` deploys. The app is never dropped, as in Lambda.
    ///
    /// # Errors
    ///
    /// When template and code disagree: a function that is deployed but not listed, or listed but never
    /// routed to.
    pub fn new(app: App, template: &str) -> Result<Self, InvalidTemplate> {
        let routes = template::routes(template)?;
        let is_routed = |name: &str| routes.iter().any(|route| route.function == name);
        if let Some((unrouted, _)) = FUNCTIONS.iter().find(|(name, _)| !is_routed(name)) {
            return Err(InvalidTemplate(format!("no route leads to {unrouted}")));
        }
        let routes = routes
            .into_iter()
            .map(|route| match FUNCTIONS.iter().find(|(name, _)| *name == route.function) {
                Some((_, endpoint)) => Ok((route, *endpoint)),
                None => Err(InvalidTemplate(format!("{} is not a function", route.function))),
            })
            .collect::<Result<_, _>>()?;
        let concurrency = Semaphore::new(CONCURRENCY);
        Ok(Self { app: Box::leak(Box::new(app)), routes, concurrency })
    }

    /// Answers `request` from `source` as the deployed provider would.
    pub async fn call(&self, request: Request<Vec<u8>>, source: IpAddr) -> Response {
        let (parts, body) = request.into_parts();
        if body.len() > MAX_BODY {
            return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        let host = values(&parts.headers, header::HOST.as_str()).next().unwrap_or_default();
        // API Gateway answers to its own names only, so that nothing stranger reaches a function.
        if TenantId::from_host(&host).is_none() {
            return message(StatusCode::NOT_FOUND, "Not Found");
        }
        let Some((route, parameters, endpoint)) = self.route(&parts) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let mut event = event(route, parameters, (&parts, &body), source);
        event["requestContext"]["requestId"] = self.app.entropy.alphanumerics(15).into();
        self.invoke(endpoint, event).await
    }

    /// What the function called `name` answers to `event`, if there is such a function.
    pub async fn invoke_by_name(&self, name: &str, event: Value) -> Option<Response> {
        let (_, endpoint) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
        Some(self.invoke(*endpoint, event).await)
    }

    async fn invoke(&self, endpoint: Endpoint, event: Value) -> Response {
        let _permit = self.concurrency.acquire().await;
        // On a task of its own, so that not even a panic in between takes the connection down.
        let app = self.app;
        let answer = tokio::spawn(async move {
            match from_str(&event.to_string()) {
                Ok(request) => endpoint(app, request).await,
                Err(_) => message(StatusCode::BAD_REQUEST, "Bad Request"),
            }
        });
        let broken = |_| message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        answer.await.unwrap_or_else(broken)
    }

    fn route<'a>(&'a self, parts: &'a Parts) -> Option<Match<'a>> {
        self.routes.iter().find_map(|(route, endpoint)| {
            let parameters = route.parameters(&parts.method, parts.uri.path())?;
            Some((route, parameters, *endpoint))
        })
    }
}

/// The event of an HTTP API: header names in lower case, values of one name joined by commas, cookies
/// apart, the body as text where it is text.
fn event(
    route: &Route,
    parameters: Vec<(&str, &str)>,
    (parts, body): (&Parts, &[u8]),
    source: IpAddr,
) -> Value {
    let path = parts.uri.path();
    let method = route.method.as_ref().map_or("ANY", |method| method.as_str());
    let text = std::str::from_utf8(body);
    let encoded = text.map_or_else(|_| STANDARD.encode(body), str::to_owned);
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {}", route.path),
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "cookies": values(&parts.headers, header::COOKIE.as_str())
            .flat_map(|cookies| cookies.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>())
            .collect::<Vec<_>>(),
        "headers": headers(&parts.headers),
        "pathParameters": parameters.into_iter().collect::<BTreeMap<_, _>>(),
        "requestContext": {
            "stage": "$default",
            "domainName": values(&parts.headers, header::HOST.as_str()).next(),
            "http": { "method": parts.method.as_str(), "path": path, "sourceIp": source },
        },
        "body": encoded,
        "isBase64Encoded": text.is_err(),
    })
}

/// Cookies are apart, and what proxies say of where a request was for is not passed on.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let is_passed_on =
        |name: &&HeaderName| **name != header::COOKIE && !name.as_str().starts_with("x-forwarded-");
    let names = headers.keys().filter(is_passed_on);
    names
        .map(|name| {
            let joined = values(headers, name.as_str()).collect::<Vec<_>>().join(",");
            (name.to_string(), joined.into())
        })
        .collect()
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = String> + use<'a> {
    let values = headers.get_all(name).into_iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// What API Gateway says by itself.
fn message(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    let json = lambda_http::http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
