//! What a setting's value may be.

use crate::settings::refuse;
use serde_json::Value;
use shared::{
    domain::{RefreshTokenSettings, SameSite, SessionCookieSettings},
    management::ManagementError,
    oauth::{RedirectUri, WebUri},
};

/// The longest text, in characters.
const MAX_TEXT: usize = 600;

/// How many URLs there may be, as Auth0 limits them.
const MAX_URLS: usize = 100;

/// The longest session, in hours: a year.
const MAX_HOURS: u64 = 8_760;

/// The defaults, for `null`.
pub(crate) fn refresh_token(value: &Value) -> Result<RefreshTokenSettings, ManagementError> {
    let settings = RefreshTokenSettings::parse(value);
    let settings = settings.map_err(|why| refuse(&format!("refresh_token: {why}")))?;
    Ok(settings.unwrap_or_default())
}

pub(crate) fn logout_urls(value: &Value) -> Result<Vec<RedirectUri>, ManagementError> {
    let url = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let urls = match value {
        Value::Null => Some(vec![]),
        Value::Array(urls) if urls.len() <= MAX_URLS => urls.iter().map(url).collect(),
        _ => None,
    };
    urls.ok_or_else(|| refuse("allowed_logout_urls must be an array of at most 100 URLs"))
}

pub(crate) fn session_cookie(value: &Value) -> Result<SessionCookieSettings, ManagementError> {
    let only = match value {
        Value::Null => return Ok(SessionCookieSettings::default()),
        Value::Object(members) if members.len() == 1 => members.get("same_site"),
        _ => None,
    };
    let same_site = only.and_then(Value::as_str).and_then(SameSite::from_name);
    let same_site = same_site
        .ok_or_else(|| refuse("session_cookie must be an object with same_site, lax or none"))?;
    Ok(SessionCookieSettings { same_site })
}

pub(crate) fn text(
    name: &str,
    value: &Value,
    is_valid: impl Fn(&str) -> bool,
) -> Result<Option<String>, ManagementError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text)
            if text.chars().count() <= MAX_TEXT
                && !text.chars().any(char::is_control)
                && is_valid(text) =>
        {
            Ok(Some(text.clone()))
        }
        _ => Err(refuse(&format!("Object didn't pass validation for {name}"))),
    }
}

pub(crate) fn is_web_uri(text: &str) -> bool {
    text.parse::<WebUri>().is_ok()
}

pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

pub(crate) fn hours(name: &str, value: &Value) -> Result<u32, ManagementError> {
    value
        .as_u64()
        .filter(|hours| (1..=MAX_HOURS).contains(hours))
        .and_then(|hours| u32::try_from(hours).ok())
        .ok_or_else(|| {
            refuse(&format!("{name} must be a whole number of hours from 1 to {MAX_HOURS}"))
        })
}
