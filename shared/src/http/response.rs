//! What responses look like. Security headers are set here and nowhere else.

use super::Cookie;
use crate::domain::{SameSite, TenantId};
use lambda_http::{
    Body,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};
use serde::Serialize;
use std::time::Duration;

/// A response as Lambda returns it.
pub type Response = lambda_http::Response<Body>;

/// For programs wherever they run, browsers included: any origin may read the answer, since nothing in
/// it depends on cookies.
const CORS: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS),
];

/// What pages of other origins may read besides.
pub(super) const EXPOSED_HEADERS: &str = "WWW-Authenticate, Retry-After, DPoP-Nonce";

/// RFC 6749 §5.1 asks for both: the second for caches older than HTTP/1.1.
const NOT_CACHED: [(HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

const NOT_SNIFFED: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

/// On everything that a browser shows or follows.
const IN_A_BROWSER: [(HeaderName, &str); 4] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

/// `value` as JSON, for programs: never cached, readable from any origin.
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let mut response = private_json(status, value);
    set(&mut response, CORS);
    response
}

/// `value` as JSON, for programs of its owner: never cached, and no business of a page of another origin.
pub fn private_json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let mut response = json_body(status, value);
    set(&mut response, NOT_CACHED);
    response
}

/// `value` as JSON, for everybody: cached for `max_age`.
pub fn public_json<T: Serialize>(value: &T, max_age: Duration) -> Response {
    let mut response = json_body(StatusCode::OK, value);
    set(&mut response, CORS);
    let cached = format!("public, max-age={}", max_age.as_secs());
    insert(&mut response, header::CACHE_CONTROL, &cached);
    response
}

/// A signed answer, for programs (RFC 7519 §10.3.1): never cached, readable from any origin.
#[must_use]
pub fn jwt(token: String) -> Response {
    let mut response = with_status(StatusCode::OK, Body::Text(token));
    set(&mut response, [(header::CONTENT_TYPE, "application/jwt"), NOT_SNIFFED]);
    set(&mut response, NOT_CACHED);
    set(&mut response, CORS);
    response
}

fn json_body<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let Ok(body) = serde_json::to_string(value) else {
        // Our own types always serialize; should one not, its reader learns that nothing came of it.
        return with_status(StatusCode::INTERNAL_SERVER_ERROR, Body::Empty);
    };
    let mut response = with_status(status, Body::Text(body));
    set(&mut response, [(header::CONTENT_TYPE, "application/json"), NOT_SNIFFED]);
    response
}

/// It is done, and there is nothing to tell; for programs wherever they run.
#[must_use]
pub fn no_content() -> Response {
    let mut response = private_no_content();
    set(&mut response, CORS);
    response
}

/// It is taken care of, and there is nothing to tell; no business of a page of another origin.
#[must_use]
pub fn private_accepted() -> Response {
    let mut response = with_status(StatusCode::ACCEPTED, Body::Empty);
    set(&mut response, NOT_CACHED);
    response
}

/// The same by the status that RFC 7009 §2.2 asks for.
#[must_use]
pub fn empty() -> Response {
    let mut response = no_content();
    *response.status_mut() = StatusCode::OK;
    response
}

/// It is done, and there is nothing to tell; no business of a page of another origin.
#[must_use]
pub fn private_no_content() -> Response {
    let mut response = with_status(StatusCode::NO_CONTENT, Body::Empty);
    set(&mut response, NOT_CACHED);
    response
}

/// Tells what the client's next proof of possession has to hold (RFC 9449 §8.2).
pub fn set_dpop_nonce(response: &mut Response, nonce: &str) {
    insert(response, HeaderName::from_static("dpop-nonce"), nonce);
}

/// What a page may use, where its forms may lead, and who may frame it (CSP Level 3).
#[derive(Clone, Copy, Debug, Default)]
pub struct PagePolicy<'a> {
    /// The hash of the one style sheet that may be used.
    pub style_hash: Option<&'a str>,
    /// The hash of the one script that may be run.
    pub script_hash: Option<&'a str>,
    /// The sources, besides our own, that a form's redirects may lead to: Chromium applies `form-action` to
    /// them too.
    pub form_targets: &'a [String],
    /// The one origin whose pages may frame it.
    pub frame_ancestor: Option<&'a str>,
}

impl PagePolicy<'_> {
    fn header(&self) -> String {
        let hash = |directive: &str, hash: Option<&str>| {
            hash.map(|hash| format!("; {directive} 'sha256-{hash}'")).unwrap_or_default()
        };
        let (style, script) =
            (hash("style-src", self.style_hash), hash("script-src", self.script_hash));
        let (ancestor, targets) =
            (self.frame_ancestor.unwrap_or("'none'"), self.form_targets.join(" "));
        let policy = format!(
            "default-src 'none'{style}{script}; base-uri 'none'; frame-ancestors {ancestor}; \
             form-action 'self' {targets}"
        );
        policy.trim_end().to_owned()
    }
}

/// A page.
#[must_use]
pub fn html(status: StatusCode, body: String, policy: &PagePolicy<'_>) -> Response {
    let mut response = with_status(status, Body::Text(body));
    set(&mut response, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), NOT_SNIFFED]);
    set(&mut response, NOT_CACHED.into_iter().chain(IN_A_BROWSER));
    if policy.frame_ancestor.is_some() {
        // It knows no origins, and would win in browsers that don't know the policy's directive.
        response.headers_mut().remove(header::X_FRAME_OPTIONS);
    }
    insert(&mut response, header::CONTENT_SECURITY_POLICY, &policy.header());
    response
}

/// Sends the browser to `location`, always by `GET`, so that a password is never posted on
/// (RFC 9700 §4.12).
#[must_use]
pub fn see_other(location: &str) -> Response {
    let mut response = with_status(StatusCode::SEE_OTHER, Body::Empty);
    set(&mut response, NOT_CACHED.into_iter().chain(IN_A_BROWSER));
    insert(&mut response, header::LOCATION, location);
    response
}

/// The answer to a browser's question whether a page of another origin may send a request (Fetch §3.2).
#[must_use]
pub fn preflight(methods: &[Method]) -> Response {
    let mut response = with_status(StatusCode::NO_CONTENT, Body::Empty);
    set(&mut response, CORS);
    insert(&mut response, header::ACCESS_CONTROL_ALLOW_METHODS, &list(methods));
    // The asterisk covers every header but this one.
    insert(&mut response, header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, *");
    insert(&mut response, header::ACCESS_CONTROL_MAX_AGE, "3600");
    response
}

/// The endpoint has other methods than that of the request (RFC 9110 §15.5.6).
#[must_use]
pub fn method_not_allowed(methods: &[Method]) -> Response {
    use crate::oauth::{OAuthError, OAuthErrorCode};
    let error = OAuthError::new(OAuthErrorCode::MethodNotAllowed, "the method is not allowed here");
    let mut response = Response::from(error);
    if !methods.contains(&Method::OPTIONS) {
        response.headers_mut().remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    }
    insert(&mut response, header::ALLOW, &list(methods));
    response
}

fn list(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

/// Sets a cookie for as long as the browser runs; an empty value deletes it.
pub fn set_cookie(response: &mut Response, cookie: Cookie, t: &TenantId, value: &str) {
    append_cookie(response, t, SameSite::Lax, (cookie, value));
}

/// The same for the session's, which the tenant may let other sites' requests bring along.
pub fn set_session_cookie(response: &mut Response, t: &TenantId, same_site: SameSite, value: &str) {
    append_cookie(response, t, same_site, (Cookie::Session, value));
}

fn append_cookie(
    response: &mut Response,
    t: &TenantId,
    same_site: SameSite,
    (cookie, value): (Cookie, &str),
) {
    let name = cookie.name(t);
    // Browsers take `None` with `Secure` alone, and that over TLS alone (RFC 6265bis §5.7).
    let attributes = match same_site {
        _ if t.is_loopback() => "SameSite=Lax",
        SameSite::Lax => "SameSite=Lax; Secure",
        SameSite::None => "SameSite=None; Secure",
    };
    let delete = if value.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; {attributes}{delete}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

pub(super) fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn set(response: &mut Response, headers: impl IntoIterator<Item = (HeaderName, &'static str)>) {
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// Leaves the header out if the value can't be one, which for our own values does not happen.
pub(super) fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
