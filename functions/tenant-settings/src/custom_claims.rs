//! The tenant's own claims, as its owner defines them.

use crate::settings::{refuse, shown};
use serde_json::{Map, Value, json};
use shared::{
    domain::{CustomClaim, InvalidClaimName, Tenant},
    management::ManagementError,
    oauth::{Scope, Scopes},
};

const MAX_CLAIMS: usize = 50;
const MAX_SCOPES: usize = 20;
const MAX_ATTRIBUTE: usize = 255;

/// The definitions in `value`, which replace all that there were; `null` for none.
///
/// # Errors
///
/// `invalid_body`, with the position of the one that can't be: a claim that tokens could not carry is refused here, not
/// left out of them later.
pub(crate) fn parse(value: &Value) -> Result<Vec<CustomClaim>, ManagementError> {
    let definitions = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(definitions) if definitions.len() <= MAX_CLAIMS => definitions,
        _ => return Err(refuse("custom_claims must be an array of at most 50 objects")),
    };
    let mut claims: Vec<CustomClaim> = Vec::new();
    for (place, definition) in definitions.iter().enumerate() {
        let place = format!("custom_claims[{place}]");
        let claim = definition
            .as_object()
            .ok_or_else(|| refuse(&format!("{place} must be an object")))
            .and_then(|members| parse_one(&place, members))?;
        if claims.iter().any(|known| known.claim == claim.claim) {
            return Err(refuse(&format!("{place}.claim is there twice")));
        }
        claims.push(claim);
    }
    Ok(claims)
}

fn parse_one(place: &str, members: &Map<String, Value>) -> Result<CustomClaim, ManagementError> {
    if let Some(other) =
        members.keys().find(|name| !["claim", "attribute", "scopes"].contains(&&***name))
    {
        return Err(refuse(&format!(
            "Additional properties not allowed: {place}.{}",
            shown(other)
        )));
    }
    let text = |member: &str| members.get(member).and_then(Value::as_str).unwrap_or_default();
    let claim = text("claim")
        .parse()
        .map_err(|why: InvalidClaimName| refuse(&format!("{place}.claim {why}")))?;
    let attribute = text("attribute");
    let length = attribute.chars().count();
    if !(1..=MAX_ATTRIBUTE).contains(&length) || attribute.contains(char::is_control) {
        let why = "must be the name of a member of user_metadata, at most 255 characters";
        return Err(refuse(&format!("{place}.attribute {why}")));
    }
    let scopes = scopes(members.get("scopes")).ok_or_else(|| {
        refuse(&format!(
            "{place}.scopes must be an array of at most 20 scopes, without offline_access"
        ))
    })?;
    Ok(CustomClaim { claim, attribute: attribute.to_owned(), scopes })
}

fn scopes(value: Option<&Value>) -> Option<Scopes> {
    let Some(value) = value else { return Some(Scopes::default()) };
    let scopes = value.as_array().filter(|scopes| scopes.len() <= MAX_SCOPES)?;
    // Which is about time, not about what is told.
    let releases = |scope: &&str| *scope != "offline_access";
    scopes.iter().map(|scope| scope.as_str().filter(releases)?.parse::<Scope>().ok()).collect()
}

/// The definitions as they were sent.
pub(crate) fn shown_of(tenant: &Tenant) -> Vec<Value> {
    let shown = |custom: &CustomClaim| {
        let scopes: Vec<_> = custom.scopes.iter().map(Scope::as_str).collect();
        json!({ "claim": custom.claim, "attribute": custom.attribute, "scopes": scopes })
    };
    tenant.custom_claims.iter().map(shown).collect()
}
