//! The tenant's owner, at the Management API.

use super::{Provider, http};
use reqwest::{Method, Response};
use serde_json::Value;

/// Somebody with a token for the Management API.
pub(crate) struct Owner<'a> {
    provider: &'a Provider,
    pub(crate) token: String,
}

impl<'a> Owner<'a> {
    /// With every scope.
    pub(crate) async fn of(provider: &'a Provider) -> Self {
        Self { provider, token: provider.management_token(None).await }
    }

    /// With this token.
    pub(crate) fn with(provider: &'a Provider, token: &str) -> Self {
        Self { provider, token: token.to_owned() }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let url = self.provider.url(&format!("api/v2/{path}"));
        let request = http().request(method, url).bearer_auth(&self.token);
        match body {
            Some(body) => request.json(body),
            None => request,
        }
        .send()
        .await
        .unwrap()
    }

    /// Status and body of what comes back, which nobody may keep or read from another origin.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let response = self.send(method, path, body).await;
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
        let (status, body) = (response.status().as_u16(), response.bytes().await.unwrap());
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> u16 {
        self.ask(Method::DELETE, path, None).await.0
    }
}
