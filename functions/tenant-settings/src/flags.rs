//! The switches among the settings.

use crate::settings::{Member, refuse, shown};
use serde_json::Value;
use shared::management::ManagementError;

/// The new values of the switches that `value` names.
///
/// # Errors
///
/// `invalid_body`, naming the switch.
pub(crate) fn parse(value: Value) -> Result<Vec<Member>, ManagementError> {
    let Value::Object(flags) = value else { return Err(refuse("flags must be an object")) };
    let flag = |(name, value): (String, Value)| match (name.as_str(), value) {
        // Strictly a boolean: a text that looks like one must not open the door.
        ("enable_dynamic_client_registration", Value::Bool(is_enabled)) => {
            Ok(Member::EnableDynamicClientRegistration(is_enabled))
        }
        ("require_pushed_authorization_requests", Value::Bool(is_required)) => {
            Ok(Member::RequirePushedAuthorizationRequests(is_required))
        }
        ("enable_dynamic_client_registration" | "require_pushed_authorization_requests", _) => {
            Err(refuse(&format!("flags.{name} must be true or false")))
        }
        _ => Err(refuse(&format!("Additional properties not allowed: flags.{}", shown(&name)))),
    };
    flags.into_iter().map(flag).collect()
}
