//! A token for the client itself (RFC 6749 §4.4).

use crate::{authenticate, possession};
use shared::{
    App,
    client_authentication::Caller,
    clock::Timestamp,
    domain::{
        AccessTokenClaims, Audiences, Client, ClientGrant, ClientGrantId, ClientId, Confirmation,
        Grantee, KeySet, ResourceServer, ResourceServerId, SubjectType, Tenant, TenantId,
    },
    oauth::{
        GrantType, OAuthError, OAuthErrorCode, RequestedAudiences, Scopes, TokenResponse, TokenType,
    },
    storage::{
        Use,
        keys::{self, Key},
    },
    unknown_tenant,
};
use std::{collections::BTreeSet, time::Duration};

/// Issues a token for `audience` with the scopes asked for, or all that are granted. One round trip, one
/// signature.
///
/// # Errors
///
/// `invalid_client`, `unauthorized_client`, `invalid_target` (RFC 8707 §2), `invalid_scope`.
pub(crate) async fn grant(
    app: &App,
    caller: &Caller,
    audiences: &RequestedAudiences,
    scope: Option<Scopes>,
) -> Result<TokenResponse, OAuthError> {
    let audience = audiences.at_most_one()?.ok_or_else(|| {
        OAuthError::new(OAuthErrorCode::InvalidRequest, "audience or resource is required")
    })?;
    let t = &caller.tenant_id;
    let client_id = caller.client_id();
    let ids = audience.spellings().into_iter().map(|spelling| ResourceServerId::of(&spelling));
    let (tenant, key_set, client, apis) = app
        .store
        .read((
            keys::tenant(t),
            keys::key_set(t),
            client_id.as_ref().map(|id| keys::client(t, id)),
            ids.map(|api| api_keys(t, api, client_id.as_ref())).collect::<Vec<_>>(),
        ))
        .await?;
    let (Some(tenant), Some(key_set)) = (tenant, key_set) else { return Err(unknown_tenant()) };
    let client = authenticate(app, caller, &tenant, client, GrantType::ClientCredentials).await?;
    let api = apis.into_iter().find_map(|(api, client_grant)| Some((api?, client_grant)));
    let (api, client_grant) = api.ok_or_else(|| {
        OAuthError::new(OAuthErrorCode::InvalidTarget, "audience is not an API of this tenant")
    })?;
    let scope = granted(client_grant.as_ref(), &api, scope)?;
    issue(app, caller, (&tenant, &key_set, &client), (&api, scope)).await
}

/// The token, bound to the client's key if it shows one.
async fn issue(
    app: &App,
    caller: &Caller,
    (tenant, key_set, client): (&Tenant, &KeySet, &Client),
    (api, scope): (&ResourceServer, Scopes),
) -> Result<TokenResponse, OAuthError> {
    let t = &caller.tenant_id;
    let proof = possession::proof(app, caller, (tenant, client), None)?;
    let mut claims = claims(app, tenant, client, (api, &scope), app.clock.now());
    claims.cnf = proof.as_ref().map(|proof| Confirmation { jkt: proof.jkt.clone() });
    let keys = (key_set, tenant.signing_alg);
    let (used, access_token, proven) = tokio::join!(
        app.store.note_use(t, client),
        app.sign("at+jwt", keys, &claims),
        app.use_proof(t, &client.client_id, proof.as_ref()),
    );
    proven?;
    let (used, access_token) = (used?, access_token?);
    if used == Use::Refused {
        return Err(caller.invalid_client());
    }
    app.store.uncount(t, client, used).await;
    Ok(TokenResponse {
        access_token,
        token_type: if proof.is_some() { TokenType::Dpop } else { TokenType::Bearer },
        expires_in: api.token_lifetime,
        scope,
        refresh_token: None,
        id_token: None,
    })
}

/// What the token says: the client acts for itself, so that it is the subject too (RFC 9068 §2.2).
fn claims(
    app: &App,
    tenant: &Tenant,
    client: &Client,
    (api, scope): (&ResourceServer, &Scopes),
    now: Timestamp,
) -> AccessTokenClaims {
    let client_id = client.client_id.as_str().to_owned();
    AccessTokenClaims {
        iss: tenant.issuer.to_string(),
        sub: format!("{client_id}@clients"),
        aud: Audiences::One(api.identifier.clone()),
        exp: now + Duration::from_secs(api.token_lifetime),
        iat: now,
        jti: app.entropy.alphanumerics(22),
        client_id: client_id.clone(),
        azp: client_id,
        scope: scope.clone(),
        gty: Some("client-credentials".to_owned()),
        family_id: None,
        cnf: None,
        sealed_user_id: None,
        userinfo_claims: BTreeSet::new(),
        custom: serde_json::Map::new(),
    }
}

/// The keys of an API, and of what the client was granted for it.
fn api_keys(
    t: &TenantId,
    resource_server: ResourceServerId,
    client_id: Option<&ClientId>,
) -> (Key<ResourceServer>, Option<Key<ClientGrant>>) {
    let api = keys::resource_server_by_id(t, &resource_server);
    let grant = client_id.map(|client_id| {
        let grantee = Grantee::ClientId(client_id.clone());
        let subject_type = SubjectType::Client;
        keys::client_grant(t, &ClientGrantId { resource_server, subject_type, grantee })
    });
    (api, grant)
}

/// The scopes asked for, if all of them were granted; without any, all that were granted.
fn granted(
    client_grant: Option<&ClientGrant>,
    api: &ResourceServer,
    asked: Option<Scopes>,
) -> Result<Scopes, OAuthError> {
    let granted = client_grant.and_then(|grant| grant.scope_at(api)).ok_or_else(|| {
        let description = "the client has no grant for this audience";
        OAuthError::new(OAuthErrorCode::UnauthorizedClient, description)
    })?;
    let scope = asked.unwrap_or_else(|| granted.clone());
    if !scope.is_subset_of(&granted) {
        let description = "scope holds more than the client was granted";
        return Err(OAuthError::new(OAuthErrorCode::InvalidScope, description));
    }
    Ok(scope)
}
