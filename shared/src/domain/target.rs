//! What a user's access token is for: APIs (RFC 8707), or nothing but the userinfo endpoint.

use super::{Client, Grant, Incarnation, Issuer, RequestedApi, ResourceServer, ResourceServerId};
use crate::oauth::{AudienceName, OAuthError, OAuthErrorCode, RequestedAudiences, Scopes};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What was found of one thing that a request can mean.
#[derive(Clone, Debug)]
pub struct FoundAudience {
    /// Its name; that of the empty text stands for no API.
    pub id: ResourceServerId,
    /// What was found of an API of this name.
    pub api: RequestedApi,
    /// What the user who asks agreed to before, for the client that asks.
    pub consent: Option<Grant>,
}

/// What a user's access tokens are to be for: the APIs, each with the scopes that the client can have; with none of them,
/// nothing but the userinfo endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    apis: Vec<ResourceServer>,
}

/// An API that a client may use for a user, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedAudience {
    /// The API's identifier.
    pub identifier: String,
    /// The API itself: not one of the same identifier that comes after it.
    pub incarnation: Incarnation,
    /// The scopes of tokens for it: its own of those that were granted, and those of no API.
    pub scope: Scopes,
}

impl Target {
    /// The target that `client` asks for by `asked`; in `found` is what was found of it.
    ///
    /// # Errors
    ///
    /// `invalid_target` (RFC 8707 §2): there is no such API, or the client may not ask for it.
    pub fn resolve(
        issuer: &Issuer,
        client: &Client,
        asked: &RequestedAudiences,
        found: &[FoundAudience],
    ) -> Result<Self, OAuthError> {
        let mut apis: Vec<ResourceServer> = Vec::new();
        for name in asked.names() {
            if name.means(&issuer.userinfo_audience()) {
                continue;
            }
            let api = the_api(name, found).for_users_of(client)?;
            if apis.iter().all(|other| other.identifier != api.identifier) {
                apis.push(api);
            }
        }
        Ok(Self { apis })
    }

    /// The API that tokens are for where the client names none of several: the first. None for the userinfo endpoint.
    #[must_use]
    pub fn api(&self) -> Option<&ResourceServer> {
        self.apis.first()
    }

    /// The scope called `value`, of whichever API has it.
    #[must_use]
    pub fn scope(&self, value: &str) -> Option<&super::ResourceServerScope> {
        self.apis.iter().find_map(|api| api.scope(value))
    }

    /// Whether each API lets its tokens be renewed while the user is away.
    #[must_use]
    pub fn allows_offline_access(&self) -> bool {
        self.apis.iter().all(|api| api.allow_offline_access)
    }

    /// The APIs' names, for people.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.apis.iter().map(|api| api.name.as_str())
    }

    /// The names of what the user agrees to: each API, or else that of no API.
    #[must_use]
    pub fn ids(&self) -> Vec<ResourceServerId> {
        if self.apis.is_empty() {
            return vec![ResourceServerId::of_none()];
        }
        self.apis.iter().map(ResourceServer::id).collect()
    }

    /// The part of `scope` that concerns the API called `id`: its own scopes, and those of no API.
    #[must_use]
    pub fn scope_at(&self, id: &ResourceServerId, scope: &Scopes) -> Scopes {
        scope.filtered(|one| {
            let mut having = self.apis.iter().filter(|api| api.scope(one).is_some()).peekable();
            having.peek().is_none() || having.any(|api| api.id() == *id)
        })
    }

    /// What is granted for each API, when `scope` is for all of them.
    #[must_use]
    pub fn granted(&self, scope: &Scopes) -> Vec<GrantedAudience> {
        let granted = |api: &ResourceServer| GrantedAudience {
            identifier: api.identifier.clone(),
            incarnation: api.incarnation.clone(),
            scope: self.scope_at(&api.id(), scope),
        };
        self.apis.iter().map(granted).collect()
    }

    /// What the user has agreed to of `scope`, if they have agreed to anything at each API.
    #[must_use]
    pub fn consent(&self, scope: &Scopes, found: &[FoundAudience]) -> Option<Grant> {
        let ids = self.ids();
        let of = |id: &ResourceServerId| {
            found.iter().find(|one| one.id == *id).and_then(|one| one.consent.clone())
        };
        let mut grants = ids.iter().map(of).collect::<Option<Vec<_>>>()?;
        if grants.len() == 1 {
            return grants.pop();
        }
        let is_agreed = |one: &str| {
            let alone = scope.filtered(|other| other == one);
            ids.iter()
                .zip(&grants)
                .all(|(id, grant)| self.scope_at(id, &alone).is_subset_of(&grant.scope))
        };
        // What the user agreed to at one of them only, they have not agreed to at all.
        let claims = grants.iter().map(|grant| grant.claims.clone());
        Some(Grant {
            scope: scope.filtered(is_agreed),
            claims: claims.reduce(|all, some| &all & &some)?,
            granted_at: grants.iter().map(|grant| grant.granted_at).min()?,
        })
    }

    /// How long a token lasts that goes straight to a browser.
    #[must_use]
    pub fn lifetime_for_web(&self) -> Duration {
        let lifetime = self.api().map(|api| Duration::from_secs(api.token_lifetime_for_web));
        lifetime.unwrap_or(super::TOKEN_LIFETIMES.access_token_for_web)
    }

    /// How long the longest of its tokens lasts that goes to a client by itself.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let lifetimes = self.apis.iter().map(|api| Duration::from_secs(api.token_lifetime));
        lifetimes.max().unwrap_or(super::TOKEN_LIFETIMES.access_token)
    }
}

/// What was found of an API that `name` can mean: the likeliest that there is.
fn the_api(name: &AudienceName, found: &[FoundAudience]) -> RequestedApi {
    let of = |spelling: String| {
        let id = ResourceServerId::of(&spelling);
        found.iter().find(|one| one.id == id && one.api.api.is_some())
    };
    let first = name.spellings().into_iter().find_map(of);
    first.map(|one| one.api.clone()).unwrap_or_default()
}

impl GrantedAudience {
    /// The one of `granted` that a token is to be for: what `asked` names or, where it names nothing, the first. None
    /// for nothing but the userinfo endpoint, which with `openid` is part of each.
    ///
    /// # Errors
    ///
    /// `invalid_target`, for what was not granted (RFC 8707 §2.2), and for several at once.
    pub fn choose<'a>(
        granted: &'a [Self],
        asked: &RequestedAudiences,
        issuer: &Issuer,
    ) -> Result<Option<&'a Self>, OAuthError> {
        let Some(name) = asked.at_most_one()? else { return Ok(granted.first()) };
        let is_for_userinfo = |granted: &Self| granted.scope.contains("openid");
        if name.means(&issuer.userinfo_audience()) && granted.iter().all(is_for_userinfo) {
            return Ok(None);
        }
        let spellings = name.spellings();
        let of = |spelling: &String| granted.iter().find(|one| one.identifier == *spelling);
        spellings.iter().find_map(of).map(Some).ok_or_else(|| {
            let description = "the user did not let the client use this audience";
            OAuthError::new(OAuthErrorCode::InvalidTarget, description)
        })
    }

    /// The API's name in the table.
    #[must_use]
    pub fn id(&self) -> ResourceServerId {
        ResourceServerId::of(&self.identifier)
    }

    /// Whether it is for `api`, and not for one that had its identifier before.
    #[must_use]
    pub fn is_for(&self, api: &ResourceServer) -> bool {
        self.identifier == api.identifier && self.incarnation == api.incarnation
    }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
