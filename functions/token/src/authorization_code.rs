//! A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).
//!
//! In this order, so that no failure costs anything: check everything, sign, write the family that the
//! tokens can be revoked with, and only then use the code up. Of any number of requests at once, one
//! gets past that last step; the others are replays.

use crate::{
    authenticate, possession,
    renewal::is_about_the_user,
    signed::{Signed, refresh_token},
};
use shared::{
    App,
    client_authentication::Caller,
    clock::Timestamp,
    domain::{
        AuthorizationCode, Client, CodeId, FamilyId, GrantedAudience, KeySet, RefreshFamily,
        RefreshGrant, RefreshTokenId, RequestId, ResourceServer, ResourceServerId, TOKEN_LIFETIMES,
        Tenant, TenantId, User,
    },
    keys::Purpose,
    oauth::{
        CodeVerifier, DpopProof, GrantType, OAuthError, OAuthErrorCode, RequestedAudiences, Scopes,
        TokenResponse,
    },
    oidc::OFFLINE_ACCESS,
    storage::{Redemption, keys},
    tokens::Issuance,
    unknown_tenant,
};
use std::time::Duration;

/// What a client presents.
pub(crate) struct Presented {
    pub(crate) code: String,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) code_verifier: Option<CodeVerifier>,
    pub(crate) audiences: RequestedAudiences,
}

/// A code that everything is right about, and what it is exchanged by.
struct Accepted {
    tenant: Tenant,
    key_set: KeySet,
    client: Client,
    user: User,
    code_id: CodeId,
    code: AuthorizationCode,
    /// What the access token is for, unless it is for the userinfo endpoint alone.
    audience: Option<GrantedAudience>,
    scope: Scopes,
    access_token_lifetime: Duration,
    /// What the tokens are bound to.
    proof: Option<DpopProof>,
}

/// Exchanges the code. Three round trips in a row, and two signatures side by side.
///
/// # Errors
///
/// `invalid_client`, `unauthorized_client`, `invalid_target` for an API that the code is not for, and `invalid_grant` for
/// everything that is wrong with the code or what comes with it.
pub(crate) async fn exchange(
    app: &App,
    caller: &Caller,
    presented: Presented,
) -> Result<TokenResponse, OAuthError> {
    let t = &caller.tenant_id;
    let accepted = accept(app, caller, &presented).await?;
    let family_id = FamilyId::generate(&*app.entropy);
    let family = family(&accepted, app.clock.now());
    let issuance = issuance(app, caller, &accepted, &family_id);
    let (written, signed, proven) = tokio::join!(
        // Nobody has the tokens yet.
        app.store.create_family(t, &family_id, &family),
        Signed::new(app, caller, &issuance),
        app.use_proof(t, &accepted.client.client_id, accepted.proof.as_ref()),
    );
    written?;
    proven?;
    let signed = signed?;
    let token = family.refresh.as_ref().map(|_| first_token(caller, &accepted, &family_id));
    let token = token.transpose()?;
    let request_id = RequestId::generate(&*app.entropy);
    let kept_until = accepted.code.kept_until(&family);
    let (redemption, ()) = tokio::join!(
        app.store.redeem_code(t, &accepted.code_id, (&family_id, kept_until), &request_id),
        app.store.uncount(t, &accepted.client, signed.used),
    );
    match redemption? {
        Redemption::Redeemed => Ok(signed.response(token)),
        Redemption::Replayed(Some(code)) => Err(revoke_all(app, t, &code).await),
        Redemption::Replayed(None) => Err(invalid_grant()),
    }
}

/// Somebody holds a copy of the code: whatever it yielded counts no more (RFC 6749 §4.1.2), at the
/// authorization endpoint too.
async fn revoke_all(app: &App, t: &TenantId, code: &AuthorizationCode) -> OAuthError {
    let revoke = async |family_id: &Option<FamilyId>| match family_id {
        Some(family_id) => app.store.revoke_family(t, family_id).await,
        None => Ok(()),
    };
    let (redeemed, beside_it) =
        tokio::join!(revoke(&code.family_id), revoke(&code.front_channel_family_id));
    redeemed.and(beside_it).map_or_else(Into::into, |()| invalid_grant())
}

/// Reads everything at once and checks it. Nothing is written, whatever is wrong, but that a replay revokes what the code
/// was exchanged for.
async fn accept(app: &App, caller: &Caller, presented: &Presented) -> Result<Accepted, OAuthError> {
    let t = &caller.tenant_id;
    let code_id: Option<CodeId> = caller.sealing.open(Purpose::AuthorizationCode, &presented.code);
    let ids = code_id.iter().flat_map(|id| &id.resource_servers);
    let (tenant, key_set, client, apis, code, user) = app
        .store
        .read((
            keys::tenant(t),
            keys::key_set(t),
            caller.client_id().map(|id| keys::client(t, &id)),
            ids.map(|id| keys::resource_server_by_id(t, id)).collect::<Vec<_>>(),
            code_id.as_ref().map(|id| keys::authorization_code(t, id)),
            code_id.as_ref().map(|id| keys::user(t, &id.user_id)),
        ))
        .await?;
    let (Some(tenant), Some(key_set)) = (tenant, key_set) else { return Err(unknown_tenant()) };
    let client = authenticate(app, caller, &tenant, client, GrantType::AuthorizationCode).await?;
    let (code_id, code) = code_id.zip(code).ok_or_else(invalid_grant)?;
    check(&code, &client, presented, app.clock.now())?;
    let proof = possession::proof(app, caller, (&tenant, &client), code.dpop_jkt.as_ref())?;
    if code.used_by.is_some() {
        return Err(revoke_all(app, t, &code).await);
    }
    let user = user.filter(|user: &User| !user.blocked).ok_or_else(invalid_grant)?;
    let asked = &presented.audiences;
    let audience = GrantedAudience::choose(&code.audiences, asked, &tenant.issuer)?.cloned();
    let access_token_lifetime = lifetime(audience.as_ref(), &apis)?;
    let scope = scope(audience.as_ref(), &code, &tenant);
    Ok(Accepted {
        tenant,
        key_set,
        client,
        user,
        code_id,
        code,
        audience,
        scope,
        access_token_lifetime,
        proof,
    })
}

/// What a token for `audience` is good for: at the userinfo endpoint alone, no API's scopes.
fn scope(audience: Option<&GrantedAudience>, code: &AuthorizationCode, tenant: &Tenant) -> Scopes {
    let about_the_user = || code.scope.filtered(|one| is_about_the_user(one, tenant));
    audience.map_or_else(about_the_user, |audience| audience.scope.clone())
}

/// How long a token for `audience` lasts. An API that was deleted a moment ago has none any more.
fn lifetime(
    audience: Option<&GrantedAudience>,
    apis: &[Option<ResourceServer>],
) -> Result<Duration, OAuthError> {
    let Some(audience) = audience else { return Ok(TOKEN_LIFETIMES.access_token) };
    let api = apis.iter().flatten().find(|api| audience.is_for(api)).ok_or_else(invalid_grant)?;
    Ok(Duration::from_secs(api.token_lifetime))
}

fn issuance<'a>(
    app: &App,
    caller: &'a Caller,
    accepted: &'a Accepted,
    family_id: &'a FamilyId,
) -> Issuance<'a> {
    let Accepted { tenant, key_set, client, user, code, audience, scope, .. } = accepted;
    Issuance {
        tenant,
        key_set,
        sealing: &caller.sealing,
        client,
        user,
        scope,
        claims: &code.claims,
        audience: audience.as_ref().map(|audience| audience.identifier.as_str()),
        access_token_lifetime: accepted.access_token_lifetime,
        auth_time: code.auth_time,
        sid: Some(&code.sid),
        nonce: code.nonce.as_deref(),
        family_id: Some(family_id),
        dpop_jkt: accepted.proof.as_ref().map(|proof| &proof.jkt),
        now: app.clock.now(),
    }
}

/// What the tokens can be revoked with, and renewed where the user let the client do so while they are away.
fn family(accepted: &Accepted, now: Timestamp) -> RefreshFamily {
    let Accepted { tenant, client, user, code, access_token_lifetime, .. } = accepted;
    let can_renew = code.scope.contains(OFFLINE_ACCESS) && client.may_use(GrantType::RefreshToken);
    let settings = client.refresh_token_settings(tenant);
    let refresh = can_renew.then(|| RefreshGrant {
        generation: 0,
        rotated_at: now,
        advanced_by: None,
        idle_until: settings.idle_until(now),
        absolute_until: settings.absolute_lifetime().map(|lifetime| now + lifetime),
        scope: code.scope.clone(),
        claims: code.claims.clone(),
        audiences: code.audiences.clone(),
        auth_time: code.auth_time,
    });
    let expires_at = match &refresh {
        Some(refresh) => refresh.expires_at(*access_token_lifetime),
        None => Some(now + *access_token_lifetime + TOKEN_LIFETIMES.clock_skew),
    };
    RefreshFamily {
        client_id: client.client_id.clone(),
        user_id: user.user_id.clone(),
        revoked: false,
        expires_at,
        dpop_jkt: accepted.proof.as_ref().filter(|_| client.is_public()).map(|it| it.jkt.clone()),
        refresh,
    }
}

fn first_token(
    caller: &Caller,
    accepted: &Accepted,
    family_id: &FamilyId,
) -> Result<String, OAuthError> {
    let none = ResourceServerId::of_none();
    let id = RefreshTokenId {
        family_id: family_id.clone(),
        generation: 0,
        user_id: accepted.user.user_id.clone(),
        resource_server: accepted.code_id.resource_servers.first().cloned().unwrap_or(none),
    };
    refresh_token(caller, &id)
}

/// Everything about a code but whether it has been used: a stranger who holds it can neither use it up
/// nor have its tokens revoked.
fn check(
    code: &AuthorizationCode,
    client: &Client,
    presented: &Presented,
    now: Timestamp,
) -> Result<(), OAuthError> {
    let is_right_address = presented.redirect_uri.as_deref() == Some(code.redirect_uri.as_str());
    let is_right_verifier = match (&code.code_challenge, &presented.code_verifier) {
        (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
        (None, None) => true,
        _ => false,
    };
    let is_current = now < code.redeemable_until || code.used_by.is_some();
    if code.client_id == client.client_id && is_right_address && is_right_verifier && is_current {
        return Ok(());
    }
    Err(invalid_grant())
}

fn invalid_grant() -> OAuthError {
    let description = "the code is unknown, expired, used, or does not belong to this client, redirect_uri and code_verifier";
    OAuthError::new(OAuthErrorCode::InvalidGrant, description)
}
