//! Client grants: what an API's owner lets clients ask of it, in the name of users or in their own.

use super::{Client, ClientId, Incarnation, RequestId, ResourceServer, ResourceServerId};
use crate::oauth::{OAuthError, OAuthErrorCode, Scopes};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whose tokens a grant is about, by Auth0's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// Those that a client gets for itself (RFC 6749 §4.4).
    Client,
    /// Those that a client gets for users.
    User,
}

impl SubjectType {
    /// The type called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Client, Self::User].into_iter().find(|known| known.as_str() == name)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
        }
    }
}

/// Which clients a default is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultFor {
    /// Those that are not the tenant's own: all that registered themselves.
    ThirdPartyClients,
}

impl DefaultFor {
    /// Its name.
    pub const THIRD_PARTY_CLIENTS: &'static str = "third_party_clients";
}

/// To whom something is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// To one client.
    ClientId(ClientId),
    /// To each client of a kind that has no grant of its own.
    DefaultFor(DefaultFor),
}

impl Grantee {
    /// What stands for the default in keys and ids: no client's id has a hyphen.
    const THIRD_PARTY_CLIENTS: &'static str = "third-party-clients";

    /// As keys and ids have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ClientId(id) => id.as_str(),
            Self::DefaultFor(DefaultFor::ThirdPartyClients) => Self::THIRD_PARTY_CLIENTS,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            Self::THIRD_PARTY_CLIENTS => Some(Self::DefaultFor(DefaultFor::ThirdPartyClients)),
            _ => ClientId::parse(text).map(Self::ClientId),
        }
    }

    /// The client, if it is one.
    #[must_use]
    pub fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::ClientId(id) => Some(id),
            Self::DefaultFor(_) => None,
        }
    }
}

/// Names a grant. From it the place in the table can be told, so that it needs no look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientGrantId {
    /// The API.
    pub resource_server: ResourceServerId,
    /// Whose tokens it is about.
    pub subject_type: SubjectType,
    /// To whom it is granted.
    pub grantee: Grantee,
}

impl ClientGrantId {
    const PREFIX: &'static str = "cgr_";

    /// That of the grant for the API called `audience`.
    #[must_use]
    pub fn of(audience: &str, subject_type: SubjectType, grantee: Grantee) -> Self {
        Self { resource_server: ResourceServerId::of(audience), subject_type, grantee }
    }

    /// The id in a request, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (resource_server, rest) =
            ResourceServerId::parse_start(text.strip_prefix(Self::PREFIX)?)?;
        let (subject_type, grantee) = rest.strip_prefix('.')?.split_once('.')?;
        Some(Self {
            resource_server,
            subject_type: SubjectType::from_name(subject_type)?,
            grantee: Grantee::parse(grantee)?,
        })
    }
}

impl fmt::Display for ClientGrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource_server, subject_type, grantee } = self;
        let (prefix, api) = (Self::PREFIX, resource_server.as_str());
        write!(f, "{prefix}{api}.{}.{}", subject_type.as_str(), grantee.as_str())
    }
}

/// What is granted to a client, or to each third-party client, for one API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientGrant {
    /// To whom.
    #[serde(flatten)]
    pub grantee: Grantee,
    /// The API's identifier.
    pub audience: String,
    /// The API itself: not one of the same identifier that comes after it.
    pub incarnation: Incarnation,
    /// Whose tokens it is about.
    pub subject_type: SubjectType,
    /// The scopes that they can have.
    pub scope: Scopes,
    /// The request that made it.
    pub created_by: RequestId,
}

impl ClientGrant {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> ClientGrantId {
        ClientGrantId::of(&self.audience, self.subject_type, self.grantee.clone())
    }

    /// Whether it is for `api`, and not for one that had its identifier before.
    #[must_use]
    pub fn is_for(&self, api: &ResourceServer) -> bool {
        self.audience == api.identifier && self.incarnation == api.incarnation
    }

    /// The scopes that tokens for `api` can have by it: those that the API still has. None where it is for another.
    #[must_use]
    pub fn scope_at(&self, api: &ResourceServer) -> Option<Scopes> {
        let has = |scope: &str| api.scope(scope).is_some();
        self.is_for(api).then(|| self.scope.filtered(has))
    }
}

/// What was found of the API that a client asks for in the name of a user.
#[derive(Clone, Debug, Default)]
pub struct RequestedApi {
    /// The API, if there is one of that identifier.
    pub api: Option<ResourceServer>,
    /// What the client itself was granted.
    pub own_grant: Option<ClientGrant>,
    /// What each third-party client was granted.
    pub default_grant: Option<ClientGrant>,
}

impl RequestedApi {
    /// The API with the scopes that `client` can ask for, and no others.
    ///
    /// The provider's own APIs are for nobody's users. The tenant's own clients can ask for all of every other API; a
    /// third-party client only for what it was granted: by its own grant or, where it has none, by the default. A
    /// grant of its own takes the default's place, it adds nothing to it.
    ///
    /// # Errors
    ///
    /// `invalid_target` (RFC 8707 §2).
    pub fn for_users_of(self, client: &Client) -> Result<ResourceServer, OAuthError> {
        let refuse = |why| Err(OAuthError::new(OAuthErrorCode::InvalidTarget, why));
        let Some(api) = self.api else { return refuse("audience is not an API of this tenant") };
        if api.is_system {
            return refuse("audience is an API of the provider itself, which is not for users");
        }
        if client.is_first_party {
            return Ok(api);
        }
        let is_for_it =
            |grant: &ClientGrant| grant.is_for(&api) && grant.subject_type == SubjectType::User;
        let own_grant = self.own_grant.filter(is_for_it);
        match own_grant.or(self.default_grant.filter(is_for_it)) {
            Some(grant) => Ok(api.limited_to(&grant.scope)),
            None => refuse(
                "the client may not ask for this audience: ask the tenant's owner for a client grant \
                 for it (subject_type user), or for a default one for third-party clients",
            ),
        }
    }
}

#[cfg(test)]
#[path = "client_grant_tests.rs"]
mod tests;
