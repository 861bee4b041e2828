//! What a request for a new token lays down.

use serde_json::{Map, Value};
use shared::{
    clock::Timestamp,
    domain::{
        InitialAccess, InitialAccessToken, InvalidTerms, RegistrationTerms, RequiredMember, Tenant,
    },
    management::ManagementError,
    oauth::JsonObject,
};
use std::time::Duration;

/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 140;

/// The longest metadata to be pinned, in bytes: each client that is registered keeps them.
const MAX_CLIENT_METADATA: usize = 16 * 1024;

/// A token to be made, everything checked.
pub(crate) struct NewToken {
    description: Option<String>,
    lifetime: Duration,
    max_uses: Option<u64>,
    terms: RegistrationTerms,
}

impl NewToken {
    /// Reads a request's body.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member: one that does not exist is refused, not passed over, lest a misspelt one be
    /// thought to hold.
    pub(crate) fn parse(body: JsonObject, tenant: &Tenant) -> Result<Self, ManagementError> {
        let mut new = Self {
            description: None,
            lifetime: InitialAccess::DEFAULT_LIFETIME,
            max_uses: Some(1),
            terms: RegistrationTerms::default(),
        };
        for (name, value) in body.into_members() {
            match name.as_str() {
                "description" => new.description = description(&value)?,
                "expires_in" => {
                    let seconds = number(&value).filter(|it| InitialAccess::LIFETIMES.contains(it));
                    let why = "expires_in must be a whole number of seconds from 1 to 31536000";
                    new.lifetime = Duration::from_secs(seconds.ok_or_else(|| refuse(why))?);
                }
                // Without a limit only for who says so.
                "max_uses" if value.is_null() => new.max_uses = None,
                "max_uses" => {
                    let uses = number(&value).filter(|uses| InitialAccess::USES.contains(uses));
                    let why = "max_uses must be a whole number from 1 to 1000000, or null";
                    new.max_uses = Some(uses.ok_or_else(|| refuse(why))?);
                }
                "client_metadata" => new.terms.client_metadata = client_metadata(value)?,
                "allowed_members" => new.terms.allowed_members = allowed_members(&value)?,
                _ => return Err(unknown(&name)),
            }
        }
        new.terms.check(tenant).map_err(|why| match why {
            InvalidTerms::UnknownMember(name) => unknown(&format!("client_metadata.{name}")),
            why => refuse(&why.to_string()),
        })?;
        Ok(new)
    }

    /// What is kept of `token`, which is made now.
    pub(crate) fn make(self, token: &InitialAccessToken, now: Timestamp) -> InitialAccess {
        InitialAccess {
            id: token.id().clone(),
            secret_hash: token.hash(),
            description: self.description,
            created_at: now,
            expires_at: now + self.lifetime,
            max_uses: self.max_uses,
            uses: 0,
            terms: self.terms,
        }
    }
}

fn description(value: &Value) -> Result<Option<String>, ManagementError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text)
            if text.chars().count() <= MAX_DESCRIPTION && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text.clone()))
        }
        _ => {
            let why =
                format!("description must be a string of at most {MAX_DESCRIPTION} characters");
            Err(refuse(&why))
        }
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64()
}

fn client_metadata(value: Value) -> Result<Map<String, Value>, ManagementError> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(_) if value.to_string().len() > MAX_CLIENT_METADATA => {
            let why = format!("client_metadata must be at most {MAX_CLIENT_METADATA} bytes long");
            Err(refuse(&why))
        }
        Value::Object(members) => Ok(members),
        _ => Err(refuse("client_metadata must be an object")),
    }
}

fn allowed_members(value: &Value) -> Result<Option<Vec<RequiredMember>>, ManagementError> {
    if value.is_null() {
        return Ok(None);
    }
    let names = value.as_array().ok_or_else(|| refuse("allowed_members must be an array"))?;
    let mut members: Vec<RequiredMember> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let member = name.as_str().unwrap_or_default().parse();
        let member = member.map_err(|why| refuse(&format!("allowed_members[{index}] {why}")))?;
        if !members.contains(&member) {
            members.push(member);
        }
    }
    Ok(Some(members))
}

fn unknown(name: &str) -> ManagementError {
    let is_of_a_name = |c: &char| c.is_ascii_alphanumeric() || "_.#-".contains(*c);
    let shown: String = name.chars().filter(is_of_a_name).take(60).collect();
    refuse(&format!("Additional properties not allowed: {shown}"))
}

fn refuse(why: &str) -> ManagementError {
    ManagementError::invalid_body(why)
}
