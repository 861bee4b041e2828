//! The bodies of requests.

use super::ManagementError;
use crate::{http, oauth::JsonObject};
use lambda_http::Request;

/// The longest body, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The JSON object that the request holds, no member of it or within it repeated.
///
/// # Errors
///
/// 400 `invalid_body`, also for another `Content-Type`, since a page of another origin can send those without asking;
/// 413 for more than 64 KiB.
pub fn body(request: &Request) -> Result<JsonObject, ManagementError> {
    if !http::is_json(request) {
        return Err(ManagementError::invalid_body("Content-Type must be application/json"));
    }
    let body = request.body().as_ref();
    if body.len() > MAX_BODY {
        return Err(ManagementError::too_large());
    }
    JsonObject::parse(body).map_err(|why| ManagementError::invalid_body(&why.to_string()))
}
