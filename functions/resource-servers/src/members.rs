//! The members of an API that its owner chooses, in a request.

use serde_json::{Map, Value};
use shared::{
    App,
    domain::{Incarnation, ResourceServer, ResourceServerScope, TOKEN_LIFETIMES, Tenant},
    management::ManagementError,
    oauth::{JsonObject, Scope},
    oidc::{OFFLINE_ACCESS, StandardClaims},
};
use std::collections::BTreeSet;

/// What tokens for APIs look like, by Auth0's name for it: RFC 9068.
pub(crate) const TOKEN_DIALECT: &str = "rfc9068_profile";

/// How long tokens may last, in seconds.
const MAX_LIFETIME: u64 = TOKEN_LIFETIMES.longest_access_token.as_secs();
/// How long they last where nobody says it, and how long those last that go straight to a browser; Auth0's.
const LIFETIME: u64 = 86_400;
const LIFETIME_FOR_WEB: u64 = 7_200;

const MAX_NAME: usize = 200;
const MAX_SCOPES: usize = 1_000;
const MAX_SCOPE_VALUE: usize = 280;
const MAX_SCOPE_DESCRIPTION: usize = 500;

/// Those that a request names, each checked by itself.
#[derive(Default)]
pub(crate) struct Members {
    name: Option<String>,
    scopes: Option<Vec<ResourceServerScope>>,
    allow_offline_access: Option<bool>,
    token_lifetime: Option<u64>,
    token_lifetime_for_web: Option<u64>,
    is_any: bool,
}

impl Members {
    /// Reads a request's body.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member: also for those that there are not, lest a misspelt one be thought to hold.
    pub(crate) fn parse(body: JsonObject, tenant: &Tenant) -> Result<Self, ManagementError> {
        let mut members = Self::default();
        for (name, value) in body.into_members() {
            members.is_any = true;
            match name.as_str() {
                "name" => members.name = Some(display_name(&value)?),
                "scopes" => members.scopes = Some(scopes(value, tenant)?),
                "allow_offline_access" => match value {
                    Value::Bool(is_allowed) => members.allow_offline_access = Some(is_allowed),
                    _ => return Err(refuse("allow_offline_access must be true or false")),
                },
                "token_lifetime" => members.token_lifetime = Some(lifetime(&name, &value)?),
                "token_lifetime_for_web" => {
                    members.token_lifetime_for_web = Some(lifetime(&name, &value)?);
                }
                "signing_alg" => only(&name, &value, tenant.signing_alg.as_str())?,
                "token_dialect" => only(&name, &value, TOKEN_DIALECT)?,
                _ => return Err(unknown(&name)),
            }
        }
        Ok(members)
    }

    /// A new API of these members.
    ///
    /// # Errors
    ///
    /// `invalid_body`, where they don't go together.
    pub(crate) fn create(
        &self,
        identifier: String,
        app: &App,
    ) -> Result<ResourceServer, ManagementError> {
        let token_lifetime = self.token_lifetime.unwrap_or(LIFETIME);
        let mut api = ResourceServer {
            name: identifier.clone(),
            identifier,
            scopes: Vec::new(),
            is_system: false,
            token_lifetime,
            token_lifetime_for_web: LIFETIME_FOR_WEB.min(token_lifetime),
            allow_offline_access: false,
            created_at: app.clock.now(),
            incarnation: Incarnation::generate(&*app.entropy),
            version: 0,
        };
        self.apply(&mut api)?;
        Ok(api)
    }

    /// Changes what they name of `api`.
    ///
    /// # Errors
    ///
    /// `invalid_body`, where there are none, or where the whole doesn't go together.
    pub(crate) fn change(&self, api: &mut ResourceServer) -> Result<(), ManagementError> {
        if self.is_any {
            return self.apply(api);
        }
        Err(refuse("Too few properties defined (0), minimum 1"))
    }

    fn apply(&self, api: &mut ResourceServer) -> Result<(), ManagementError> {
        let set = |place: &mut _, value: Option<_>| *place = value.unwrap_or(*place);
        set(&mut api.token_lifetime, self.token_lifetime);
        set(&mut api.token_lifetime_for_web, self.token_lifetime_for_web);
        api.allow_offline_access = self.allow_offline_access.unwrap_or(api.allow_offline_access);
        if let Some(name) = &self.name {
            api.name.clone_from(name);
        }
        if let Some(scopes) = &self.scopes {
            api.scopes.clone_from(scopes);
        }
        if api.token_lifetime_for_web > api.token_lifetime {
            return Err(refuse("token_lifetime_for_web must not be longer than token_lifetime"));
        }
        Ok(())
    }
}

fn display_name(value: &Value) -> Result<String, ManagementError> {
    let is_of_one = |c: char| !c.is_control() && c != '<' && c != '>';
    let is_one = |name: &String| name.chars().all(is_of_one) && !name.trim().is_empty();
    text(value, 1..=MAX_NAME).filter(is_one).ok_or_else(|| {
        refuse(
            "name must be 1 to 200 characters, not all blank, without control characters, < and >",
        )
    })
}

fn scopes(value: Value, tenant: &Tenant) -> Result<Vec<ResourceServerScope>, ManagementError> {
    let Value::Array(scopes) = value else { return Err(refuse("scopes must be an array")) };
    if scopes.len() > MAX_SCOPES {
        return Err(refuse("scopes must not be more than 1000"));
    }
    let scopes: Vec<_> = scopes.into_iter().map(scope).collect::<Result<_, _>>()?;
    let mut values = BTreeSet::new();
    for ResourceServerScope { value, .. } in &scopes {
        if !values.insert(value) {
            return Err(refuse("scopes must not have a value twice"));
        }
        // Clients get these without a grant, for what they tell of the user.
        let is_standard = StandardClaims::SCOPES.contains(&&**value) || value == OFFLINE_ACCESS;
        if is_standard || tenant.custom_claims.iter().any(|custom| custom.claim.as_str() == *value)
        {
            return Err(refuse("scopes must not have the names of scopes about the user"));
        }
    }
    Ok(scopes)
}

fn scope(value: Value) -> Result<ResourceServerScope, ManagementError> {
    let Value::Object(members) = value else {
        return Err(refuse("scopes must be objects with value and description"));
    };
    if let Some(name) = members.keys().find(|name| *name != "value" && *name != "description") {
        return Err(unknown(&format!("scopes.{name}")));
    }
    let value = members.get("value").and_then(|value| text(value, 1..=MAX_SCOPE_VALUE));
    let value = value.filter(|value| value.parse::<Scope>().is_ok()).ok_or_else(|| {
        refuse(
            "scopes must have a value of 1 to 280 printable ASCII characters, \
             without spaces, quotes and \\",
        )
    })?;
    Ok(ResourceServerScope { value, description: description(&members)? })
}

fn description(members: &Map<String, Value>) -> Result<String, ManagementError> {
    let Some(value) = members.get("description") else { return Ok(String::new()) };
    let is_of_one = |c: char| !c.is_control();
    text(value, 0..=MAX_SCOPE_DESCRIPTION)
        .filter(|text| text.chars().all(is_of_one))
        .ok_or_else(|| refuse("scopes must have a description of at most 500 characters"))
}

fn lifetime(name: &str, value: &Value) -> Result<u64, ManagementError> {
    value.as_u64().filter(|seconds| (1..=MAX_LIFETIME).contains(seconds)).ok_or_else(|| {
        refuse(&format!("{name} must be a whole number of seconds from 1 to {MAX_LIFETIME}"))
    })
}

/// A member that has one value.
fn only(name: &str, value: &Value, expected: &str) -> Result<(), ManagementError> {
    if value.as_str() == Some(expected) {
        return Ok(());
    }
    Err(refuse(&format!("{name} must be {expected}")))
}

fn text(value: &Value, length: std::ops::RangeInclusive<usize>) -> Option<String> {
    value.as_str().filter(|text| length.contains(&text.chars().count())).map(str::to_owned)
}

/// The error for a member that there is not, by its name cut to what can be a name.
fn unknown(name: &str) -> ManagementError {
    let is_of_one = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '.';
    let shown: String = name.chars().filter(is_of_one).take(60).collect();
    refuse(&format!("Additional properties not allowed: {shown}"))
}

fn refuse(why: &str) -> ManagementError {
    ManagementError::invalid_body(why)
}
