//! `grant_types`, `response_types` and `scope`: what a client can ask for.

use super::{RawClientMetadata, RegistrationRules, raw::refuse};
use crate::oauth::{GrantType, InvalidScope, OAuthError, ResponseType, Scopes};

/// Grants and response types belong together (RFC 7591 §2.1): where only one of them is given, it
/// decides the other.
pub(super) fn grants_and_responses(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
) -> Result<(Vec<GrantType>, Vec<ResponseType>), OAuthError> {
    let asked: Option<Vec<ResponseType>> = raw
        .texts("response_types")?
        .map(|names| unique(names.iter().filter_map(|name| name.parse().ok())));
    let grants = match (raw.texts("grant_types")?, &asked) {
        (Some(names), _) => unique(names.iter().filter_map(|name| GrantType::from_name(name))),
        (None, Some(responses)) => {
            let needed = responses.iter().flat_map(|response| response.grant_types());
            let mut grants = unique(needed.copied());
            if grants.contains(&GrantType::AuthorizationCode) {
                grants.push(GrantType::RefreshToken);
            }
            grants
        }
        (None, None) => rules.grant_types.clone(),
    };
    let grants: Vec<_> =
        grants.into_iter().filter(|grant| rules.grant_types.contains(grant)).collect();
    let mut responses = asked.unwrap_or_else(|| ResponseType::ALL.to_vec());
    responses.retain(|response| {
        let has_grants = response.grant_types().iter().all(|grant| grants.contains(grant));
        rules.response_types.contains(response) && has_grants
    });
    // Without `grant_types`, it is `response_types` that has none to offer.
    if grants.is_empty() && raw.has("grant_types") {
        return Err(refuse("grant_types has none that this server gives to clients"));
    }
    if responses.is_empty() && grants != [GrantType::ClientCredentials] {
        return Err(refuse("response_types has none that grant_types and this server allow"));
    }
    Ok((grants, responses))
}

/// Whether the client asks for nothing but to act for itself (RFC 6749 §4.4), where `rules` let it: then no user is sent
/// anywhere, and it needs neither redirect URIs nor response types.
pub(super) fn acts_for_itself_alone(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
) -> Result<bool, OAuthError> {
    let names = raw.texts("grant_types")?.unwrap_or_default();
    let is_it = |name: &String| GrantType::from_name(name) == Some(GrantType::ClientCredentials);
    let may_do_it = rules.grant_types.contains(&GrantType::ClientCredentials);
    Ok(may_do_it && !names.is_empty() && names.iter().all(is_it))
}

/// The scopes that are asked for and allowed. A client that asks for nothing is not thereby allowed
/// everything: without a default it is limited to what is allowed.
pub(super) fn scope(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
) -> Result<Option<Scopes>, OAuthError> {
    let asked: Scopes = raw
        .text("scope")?
        .unwrap_or_default()
        .parse()
        .map_err(|why: InvalidScope| refuse(why.to_string()))?;
    let allowed = rules.allowed_scopes.as_ref();
    let is_allowed = |scope: &str| allowed.is_none_or(|allowed| allowed.contains(scope));
    if asked == Scopes::default() {
        let default = rules.default_scopes.as_ref().map(|scopes| scopes.filtered(is_allowed));
        return Ok(default.or_else(|| rules.allowed_scopes.clone()));
    }
    let registered = asked.filtered(is_allowed);
    if registered == Scopes::default() {
        return Err(refuse("scope has none that this server allows"));
    }
    Ok(Some(registered))
}

fn unique<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}
