//! The origins whose pages may be sent responses as messages, by Auth0's name.

use crate::change::refuse;
use serde_json::Value;
use shared::{management::ManagementError, oauth::WebOrigin};

/// As Auth0 limits them.
const MAX_WEB_ORIGINS: usize = 100;

/// The value of `web_origins`; `null` for none.
///
/// # Errors
///
/// `invalid_body`, with the position of one that is none.
pub(crate) fn web_origins(value: &Value) -> Result<Vec<WebOrigin>, ManagementError> {
    let texts = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(texts) if texts.len() <= MAX_WEB_ORIGINS => texts,
        _ => return Err(refuse("web_origins must be an array of at most 100 origins")),
    };
    let mut origins = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let origin: WebOrigin = text
            .as_str()
            .unwrap_or_default()
            .parse()
            .map_err(|why| refuse(&format!("web_origins[{place}] {why}")))?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}
