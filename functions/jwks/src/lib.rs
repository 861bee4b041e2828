//! `GET /.well-known/jwks.json`: the tenant's public keys (RFC 7517 §5).

use lambda_http::{Request, http::Method};
use serde::Serialize;
use shared::{
    App,
    http::{self, Response},
    jose::PublicJwk,
    oauth::OAuthError,
    unknown_tenant,
};
use std::time::Duration;

const METHODS: [Method; 2] = [Method::GET, Method::OPTIONS];

/// How long verifiers may keep the keys. A rotation must publish a key for longer
/// than this before it signs.
const MAX_AGE: Duration = Duration::from_mins(15);

#[derive(Serialize)]
struct JwkSet<'a> {
    keys: Vec<&'a PublicJwk>,
}

/// Answers with all keys, for each algorithm: the one that signs, the next, and those whose tokens may still live.
///
/// # Errors
///
/// For an unknown host, or when the table fails.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::GET => jwk_set(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn jwk_set(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let published = app.store.published(&http::tenant_id(request)?).await?;
    let published = published.ok_or_else(unknown_tenant)?;
    let (_, key_set) = &*published;
    let keys = key_set.keys.iter().map(|key| &key.jwk).collect();
    Ok(http::public_json(&JwkSet { keys }, MAX_AGE))
}
