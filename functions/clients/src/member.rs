//! One member of what an owner says about a client, read.

use crate::{change::refuse, members::registered_name, web_origins::web_origins};
use serde_json::{Value, json};
use shared::{
    domain::{AppType, RefreshTokenSettings},
    management::ManagementError,
    oauth::WebOrigin,
};

/// As Auth0 limits them.
const MAX_DESCRIPTION: usize = 140;
const MAX_CLIENT_METADATA_TEXT: usize = 255;

/// One member's new value.
pub(crate) enum Member {
    /// What is registered, by the name of the specifications, and checked with all the rest; `null` for the default.
    Registered(String, Value),
    Disabled(bool),
    AppType(Option<AppType>),
    Description(Option<String>),
    WebOrigins(Vec<WebOrigin>),
    RefreshToken(Option<RefreshTokenSettings>),
    /// One of `client_metadata`; absent afterwards, where it has no value.
    ClientMetadata(String, Option<String>),
    NoClientMetadata,
}

impl Member {
    /// The values that the member called `name` sets; none for what is so whatever anybody says.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member.
    pub(crate) fn parse(name: &str, value: &Value) -> Result<Vec<Self>, ManagementError> {
        let registered = |name: &str, value: Value| Self::Registered(name.to_owned(), value);
        Ok(match name {
            "disabled" => {
                let value =
                    value.as_bool().ok_or_else(|| refuse("disabled must be true or false"))?;
                vec![Self::Disabled(value)]
            }
            "app_type" => vec![Self::AppType(app_type(value)?)],
            "description" => vec![Self::Description(text(name, value, MAX_DESCRIPTION)?)],
            "client_metadata" => client_metadata(value)?,
            "web_origins" => vec![Self::WebOrigins(web_origins(value)?)],
            "refresh_token" => {
                let settings = RefreshTokenSettings::parse(value);
                let settings = settings.map_err(|why| refuse(&format!("refresh_token: {why}")))?;
                vec![Self::RefreshToken(settings)]
            }
            "name" => vec![registered("client_name", client_name(value)?)],
            "jwt_configuration" => {
                let alg = only_member(name, value, "alg")?;
                vec![registered("id_token_signed_response_alg", alg)]
            }
            "oidc_logout" => {
                let urls = only_member(name, value, "backchannel_logout_urls")?;
                vec![registered("backchannel_logout_uri", at_most_one(&urls)?)]
            }
            _ if is_so_anyway(name, value) => vec![],
            _ => match registered_name(name) {
                Some(name) => vec![registered(name, value.clone())],
                None => return Err(unknown(name)),
            },
        })
    }
}

/// Whether `value` says of Auth0's member what is so of every client here.
fn is_so_anyway(name: &str, value: &Value) -> bool {
    let is_it = match name {
        "cross_origin_authentication"
        | "is_token_endpoint_ip_header_trusted"
        | "require_proof_of_possession"
        | "sso_disabled" => *value == false,
        "custom_login_page_on" | "oidc_conformant" => *value == true,
        "organization_usage" => *value == "deny",
        "addons" => *value == json!({}),
        "allowed_clients" | "allowed_origins" | "client_aliases" => *value == json!([]),
        _ => return false,
    };
    is_it || value.is_null()
}

/// A client of the owner's has a name. What a name may be is what a client may register.
fn client_name(value: &Value) -> Result<Value, ManagementError> {
    if value.is_null() || *value == "" {
        return Err(refuse("name must not be empty"));
    }
    Ok(value.clone())
}

fn app_type(value: &Value) -> Result<Option<AppType>, ManagementError> {
    if value.is_null() {
        return Ok(None);
    }
    let app_type = value.as_str().and_then(AppType::from_name);
    let why = "app_type must be native, spa, regular_web or non_interactive";
    app_type.map(Some).ok_or_else(|| refuse(why))
}

/// Each of its members is changed alone, as Auth0 does; a `null` takes it away.
fn client_metadata(value: &Value) -> Result<Vec<Member>, ManagementError> {
    if value.is_null() {
        return Ok(vec![Member::NoClientMetadata]);
    }
    let members = value.as_object().ok_or_else(|| refuse("client_metadata must be an object"))?;
    let member = |(key, value): (&String, &Value)| {
        if key.is_empty() || key.chars().count() > MAX_CLIENT_METADATA_TEXT {
            return Err(refuse("client_metadata must have names of at most 255 characters"));
        }
        let value = text("client_metadata", value, MAX_CLIENT_METADATA_TEXT)?;
        Ok(Member::ClientMetadata(key.clone(), value))
    };
    members.iter().map(member).collect()
}

/// The member of an object that may have no other.
fn only_member(name: &str, value: &Value, member: &str) -> Result<Value, ManagementError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let members = value.as_object().ok_or_else(|| refuse(&format!("{name} must be an object")))?;
    // Which says what is so anyway.
    let is_passed_over = |key: &str| key == "secret_encoded" && members[key] == false;
    match members.keys().find(|known| *known != member && !is_passed_over(known)) {
        Some(other) => Err(unknown(&format!("{name}.{other}"))),
        None => members
            .get(member)
            .cloned()
            .ok_or_else(|| refuse(&format!("Missing required property: {name}.{member}"))),
    }
}

/// Back-Channel Logout §2.2 knows but one address.
fn at_most_one(urls: &Value) -> Result<Value, ManagementError> {
    match urls.as_array().map(Vec::as_slice) {
        None if urls.is_null() => Ok(Value::Null),
        Some([]) => Ok(Value::Null),
        Some([url]) => Ok(url.clone()),
        _ => Err(refuse("oidc_logout.backchannel_logout_urls must be an array of at most one URL")),
    }
}

fn text(name: &str, value: &Value, most: usize) -> Result<Option<String>, ManagementError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if text.chars().count() <= most && !text.contains(char::is_control) => {
            Ok(Some(text.clone()))
        }
        _ => Err(refuse(&format!("{name} must be text of at most {most} characters"))),
    }
}

fn unknown(name: &str) -> ManagementError {
    let is_of_a_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '.';
    // Cut to what can be a name.
    let shown: String = name.chars().filter(is_of_a_name).take(60).collect();
    refuse(&format!("Additional properties not allowed: {shown}"))
}
