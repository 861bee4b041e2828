//! What renewed tokens are for: no more than was granted, is granted still, and is asked for.

use crate::refresh_token::{Presented, invalid_grant};
use shared::{
    domain::{
        Client, FoundAudience, Grant, GrantedAudience, RefreshGrant, ResourceServer,
        ResourceServerId, TOKEN_LIFETIMES, Tenant,
    },
    oauth::{OAuthError, OAuthErrorCode, Scopes},
    oidc::{OFFLINE_ACCESS, StandardClaims},
};
use std::time::Duration;

/// What renewed tokens are for.
pub(crate) struct Renewal {
    /// The API; none for the userinfo endpoint alone.
    pub(crate) audience: Option<String>,
    pub(crate) scope: Scopes,
    pub(crate) access_token_lifetime: Duration,
}

impl Renewal {
    /// What `presented` asks for of `grant`. Neither a client grant that the owner has taken back, nor an API that is gone,
    /// nor consent that the user has withdrawn, is good for anything any more.
    ///
    /// # Errors
    ///
    /// `invalid_target`, `invalid_scope` (RFC 6749 §6), `invalid_grant`.
    pub(crate) fn of(
        grant: &RefreshGrant,
        presented: &Presented,
        (tenant, client): (&Tenant, &Client),
        found: &[FoundAudience],
    ) -> Result<Self, OAuthError> {
        let asked = &presented.audiences;
        let chosen = GrantedAudience::choose(&grant.audiences, asked, &tenant.issuer)?;
        // The userinfo endpoint is part of what the user agreed to for the first API, and ends with it.
        let agreed = chosen.or(grant.audiences.first());
        let id = agreed.map_or_else(ResourceServerId::of_none, GrantedAudience::id);
        let found = found.iter().find(|found| found.id == id).ok_or_else(invalid_grant)?;
        let api = agreed.map(|agreed| the_api(agreed, client, found)).transpose()?;
        let api = api.filter(|_| chosen.is_some());
        let asked = presented.scope.as_ref().unwrap_or(&grant.scope);
        if !asked.is_subset_of(&grant.scope) {
            let description = "scope holds more than the user agreed to";
            return Err(OAuthError::new(OAuthErrorCode::InvalidScope, description));
        }
        let granted = agreed.map_or(&grant.scope, |agreed| &agreed.scope);
        let is_granted_still = |scope: &str| {
            let is_of_api = api.as_ref().is_some_and(|api| api.scope(scope).is_some());
            granted.contains(scope) && (is_of_api || is_about_the_user(scope, tenant))
        };
        let scope = asked.filtered(is_granted_still);
        let claims = grant.claims.names();
        let is_agreed = |consent: &&Grant| consent.covers(&scope, &claims);
        found.consent.as_ref().filter(is_agreed).ok_or_else(invalid_grant)?;
        let lifetime = api.as_ref().map(|api| Duration::from_secs(api.token_lifetime));
        Ok(Self {
            audience: chosen.map(|chosen| chosen.identifier.clone()),
            scope,
            access_token_lifetime: lifetime.unwrap_or(TOKEN_LIFETIMES.access_token),
        })
    }
}

/// The API as far as the client may still ask for it while the user is away.
fn the_api(
    agreed: &GrantedAudience,
    client: &Client,
    found: &FoundAudience,
) -> Result<ResourceServer, OAuthError> {
    let api = found.api.clone().for_users_of(client).map_err(|_| invalid_grant())?;
    let is_it = agreed.is_for(&api) && api.allow_offline_access;
    is_it.then_some(api).ok_or_else(invalid_grant)
}

/// Whether the scope is of no API.
pub(crate) fn is_about_the_user(scope: &str, tenant: &Tenant) -> bool {
    scope == OFFLINE_ACCESS
        || StandardClaims::SCOPES.contains(&scope)
        || tenant.custom_claims.iter().any(|custom| custom.claim.as_str() == scope)
}
