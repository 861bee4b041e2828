//! What decides whether a client may ask for an API in a user's name: the API, what the client was granted for it, what
//! each third-party client was, and what the user agreed to.

use super::keys::{self, Key};
use crate::domain::{
    ClientGrant, ClientGrantId, ClientId, DefaultFor, FoundAudience, Grant, Grantee, RequestedApi,
    ResourceServer, ResourceServerId, SubjectType, TenantId, UserId,
};

/// The keys of all of it: the API's only where one is meant, the user's only where the user is known.
pub type AudienceKeys = (
    Option<Key<ResourceServer>>,
    Option<Key<ClientGrant>>,
    Option<Key<ClientGrant>>,
    Option<Key<Grant>>,
);

/// What was found at those keys.
pub type AudienceItems =
    (Option<ResourceServer>, Option<ClientGrant>, Option<ClientGrant>, Option<Grant>);

/// The keys of what decides whether `client` may ask for the API called `id`, and has been let by `user`.
#[must_use]
pub fn audience_keys(
    t: &TenantId,
    client: &ClientId,
    user: Option<&UserId>,
    id: &ResourceServerId,
) -> AudienceKeys {
    let api = (*id != ResourceServerId::of_none()).then_some(id);
    let granted_to = |grantee: Grantee| {
        let grant = |api: &ResourceServerId| ClientGrantId {
            resource_server: api.clone(),
            subject_type: SubjectType::User,
            grantee: grantee.clone(),
        };
        api.map(|api| keys::client_grant(t, &grant(api)))
    };
    (
        api.map(|api| keys::resource_server_by_id(t, api)),
        granted_to(Grantee::ClientId(client.clone())),
        granted_to(Grantee::DefaultFor(DefaultFor::ThirdPartyClients)),
        user.map(|user| keys::grant(t, user, client, id)),
    )
}

/// What was found of the audience called `id`.
#[must_use]
pub fn found_audience(id: ResourceServerId, items: AudienceItems) -> FoundAudience {
    let (api, own_grant, default_grant, consent) = items;
    FoundAudience { id, api: RequestedApi { api, own_grant, default_grant }, consent }
}
