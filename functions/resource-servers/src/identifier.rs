//! What an API may be called. Clients ask for it by that, its tokens have it as their `aud`, and it never changes.

use serde_json::Value;
use shared::{domain::Issuer, management::ManagementError};

/// The longest identifier, in characters; Auth0's.
const MAX_LENGTH: usize = 600;

/// The identifier in a request.
///
/// # Errors
///
/// `invalid_body`: it is missing, holds what can't be part of one, or is a name of the provider's own, by which
/// tokens for the API could be taken for others.
pub(crate) fn identifier(
    value: Option<&Value>,
    issuer: &Issuer,
) -> Result<String, ManagementError> {
    let refuse = |why| Err(ManagementError::invalid_body(why));
    let Some(value) = value else { return refuse("Missing required property: identifier") };
    // What has to be encoded in a path, or reads differently once it is decoded, is left out.
    let is_of_one = |byte: u8| byte.is_ascii_graphic() && !b"\"\\<>%".contains(&byte);
    match value {
        Value::String(text) if text.starts_with(issuer.as_str()) => {
            if *text == issuer.management_audience() {
                let message = "A resource server with this identifier already exists.";
                return Err(ManagementError::conflict_existing(
                    "resource_server_conflict",
                    message,
                ));
            }
            refuse("identifier must not begin with the issuer's URL")
        }
        Value::String(text)
            if (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_of_one) =>
        {
            Ok(text.clone())
        }
        _ => refuse(
            "identifier must be 1 to 600 printable ASCII characters, without spaces, quotes, \\ < > and %",
        ),
    }
}
