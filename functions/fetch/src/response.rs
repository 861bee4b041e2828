//! What is made of an answer.

use http_body_util::BodyExt;
use hyper::{
    Response, StatusCode,
    body::Incoming,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap},
};
use serde_json::Value;
use shared::domain::{DocumentKind, FetchFailure};
use std::{ops::RangeInclusive, time::Duration};

/// How long a copy is fresh where its server does not say.
const DEFAULT_LIFETIME: u64 = 5 * 60;

/// How long a copy is fresh, in seconds, whatever its server says: long enough for a server to be asked seldom, short
/// enough for a key to be withdrawn.
const LIFETIMES: RangeInclusive<u64> = 60..=60 * 60;

/// A document, and how long its copy is fresh.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) json: String,
    pub(crate) lifetime: Duration,
}

/// Why what was posted is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Posting it again may help.
    ForNow(FetchFailure),
    /// It would come to the same.
    ForGood(FetchFailure),
}

impl Rejection {
    pub(crate) fn reason(self) -> FetchFailure {
        match self {
            Self::ForNow(why) | Self::ForGood(why) => why,
        }
    }
}

/// Whether a Logout Token was taken: 200, or 204 of frameworks that have no body to send
/// (OpenID Connect Back-Channel Logout §2.8).
///
/// # Errors
///
/// [`Rejection`].
pub(crate) fn is_taken(status: StatusCode) -> Result<(), Rejection> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::TOO_MANY_REQUESTS => Err(Rejection::ForNow(FetchFailure::BadStatus)),
        status if status.is_server_error() => Err(Rejection::ForNow(FetchFailure::BadStatus)),
        status if status.is_redirection() => Err(Rejection::ForGood(FetchFailure::Redirected)),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(Rejection::ForGood(FetchFailure::Gone)),
        _ => Err(Rejection::ForGood(FetchFailure::BadStatus)),
    }
}

/// Reads the body as far as it may go, whatever its length is said to be.
///
/// # Errors
///
/// [`FetchFailure`].
pub(crate) async fn read(
    response: Response<Incoming>,
    kind: DocumentKind,
    most: usize,
) -> Result<Document, FetchFailure> {
    check_status(response.status())?;
    if kind == DocumentKind::Json && !is_json(response.headers()) {
        return Err(FetchFailure::NotJson);
    }
    let lifetime = lifetime(response.headers());
    let mut body = response.into_body();
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| FetchFailure::Unreachable)?;
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > most {
            return Err(FetchFailure::TooLarge);
        }
        read.extend_from_slice(&data);
    }
    Ok(Document { json: text(read, kind)?, lifetime })
}

/// The body, if it is of the kind that it has to be.
fn text(body: Vec<u8>, kind: DocumentKind) -> Result<String, FetchFailure> {
    let text = String::from_utf8(body).ok();
    match kind {
        DocumentKind::Json => text
            .filter(|text| serde_json::from_str::<Value>(text).is_ok())
            .ok_or(FetchFailure::NotJson),
        // Editors end files with a new line.
        DocumentKind::Jwt => text
            .map(|text| text.trim_ascii_end().to_owned())
            .filter(|text| is_jwt(text))
            .ok_or(FetchFailure::NotJwt),
    }
}

/// Three parts in base64url (RFC 7515 §7.1), the last of which is empty where nobody signed: that is for others to
/// refuse. Nothing else on the web looks like that, so that its name does not matter.
fn is_jwt(text: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let parts: Vec<_> = text.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| part.bytes().all(is_base64url))
        && parts[..2].iter().all(|part| !part.is_empty())
}

fn check_status(status: StatusCode) -> Result<(), FetchFailure> {
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(FetchFailure::Gone),
        status if status.is_redirection() => Err(FetchFailure::Redirected),
        _ => Err(FetchFailure::BadStatus),
    }
}

/// `application/json` or a type that ends in `+json` (RFC 6839 §3.1), such as that of a key set.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    media_type == "application/json"
        || media_type.starts_with("application/") && media_type.ends_with("+json")
}

/// What `Cache-Control` says (RFC 9111 §5.2.2), within bounds.
fn lifetime(headers: &HeaderMap) -> Duration {
    let values = headers.get_all(CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    let directives =
        values.flat_map(|value| value.split(',')).map(|one| one.trim().to_ascii_lowercase());
    let seconds = directives.filter_map(|directive| match directive.as_str() {
        "no-store" | "no-cache" => Some(0),
        directive => directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok(),
    });
    let seconds: u64 = seconds.min().unwrap_or(DEFAULT_LIFETIME);
    Duration::from_secs(seconds.clamp(*LIFETIMES.start(), *LIFETIMES.end()))
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
