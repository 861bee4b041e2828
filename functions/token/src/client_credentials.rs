//! A token for the client itself (RFC 6749 §4.4).

use crate::Caller;
use shared::{
    App,
    domain::{AccessTokenClaims, Audiences, Client, ClientId},
    oauth::{GrantType, OAuthError, OAuthErrorCode, Scopes, TokenResponse, TokenType},
    storage::keys,
    unknown_tenant,
};
use std::time::Duration;

/// Issues a token for `audience` with the scopes asked for, or all that are granted. One round trip, one
/// signature.
///
/// # Errors
///
/// `invalid_client`, `unauthorized_client`, `invalid_target` (RFC 8707 §2), `invalid_scope`.
pub(crate) async fn grant(
    app: &App,
    caller: &Caller,
    audience: &str,
    scope: Option<Scopes>,
) -> Result<TokenResponse, OAuthError> {
    let (t, now) = (&caller.tenant_id, app.clock.now());
    let (tenant, key_set, client, api) = app
        .store
        .read((
            keys::tenant(t),
            keys::key_set(t),
            ClientId::parse(&caller.credentials.client_id).map(|id| keys::client(t, &id)),
            keys::resource_server(t, audience),
        ))
        .await?;
    let (Some(tenant), Some(key_set)) = (tenant, key_set) else { return Err(unknown_tenant()) };
    let client = caller.authenticate(client, GrantType::ClientCredentials)?;
    let api = api.ok_or_else(|| {
        OAuthError::new(OAuthErrorCode::InvalidTarget, "audience is not an API of this tenant")
    })?;
    let scope = granted(&client, audience, scope)?;
    let client_id = client.client_id.as_str().to_owned();
    let claims = AccessTokenClaims {
        iss: tenant.issuer.to_string(),
        sub: format!("{client_id}@clients"),
        aud: Audiences::One(api.identifier),
        exp: now + Duration::from_secs(api.token_lifetime),
        iat: now,
        jti: app.entropy.alphanumerics(22),
        client_id: client_id.clone(),
        azp: client_id,
        scope: scope.clone(),
        gty: Some("client-credentials".to_owned()),
        family_id: None,
        custom: serde_json::Map::new(),
    };
    Ok(TokenResponse {
        access_token: app.sign_rs256("at+jwt", &key_set, &claims).await?,
        token_type: TokenType::Bearer,
        expires_in: api.token_lifetime,
        scope,
        id_token: None,
    })
}

/// The scopes asked for, if all of them were granted; without any, all that were granted.
fn granted(client: &Client, audience: &str, asked: Option<Scopes>) -> Result<Scopes, OAuthError> {
    let granted = client.client_grants.get(audience).ok_or_else(|| {
        let description = "the client has no grant for this audience";
        OAuthError::new(OAuthErrorCode::UnauthorizedClient, description)
    })?;
    let scope = asked.unwrap_or_else(|| granted.clone());
    if !scope.is_subset_of(granted) {
        let description = "scope holds more than the client was granted";
        return Err(OAuthError::new(OAuthErrorCode::InvalidScope, description));
    }
    Ok(scope)
}
