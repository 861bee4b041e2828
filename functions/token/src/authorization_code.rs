//! A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).
//!
//! In this order, so that no failure costs anything: check everything, sign, write the family that the
//! tokens can be revoked with, and only then use the code up. Of any number of requests at once, one
//! gets past that last step; the others are replays.

use crate::authenticate;
use shared::{
    App,
    client_authentication::Caller,
    clock::Timestamp,
    domain::{
        AuthorizationCode, Client, CodeId, FamilyId, KeySet, RefreshFamily, RequestId,
        TOKEN_LIFETIMES, Tenant, TenantId, User,
    },
    keys::Purpose,
    oauth::{CodeVerifier, GrantType, OAuthError, OAuthErrorCode, TokenResponse, TokenType},
    storage::{Redemption, Use, keys},
    tokens::{Beside, Issuance},
    unknown_tenant,
};
use std::time::Duration;

/// What a client presents.
pub(crate) struct Presented {
    pub(crate) code: String,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) code_verifier: Option<CodeVerifier>,
}

/// A code that everything is right about, and what it is exchanged by.
struct Accepted {
    tenant: Tenant,
    key_set: KeySet,
    client: Client,
    user: User,
    code_id: CodeId,
    code: AuthorizationCode,
}

/// Exchanges the code. Three round trips in a row, and two signatures side by side.
///
/// # Errors
///
/// `invalid_client`, `unauthorized_client`, and `invalid_grant` for everything that is wrong with the
/// code or what comes with it.
pub(crate) async fn exchange(
    app: &App,
    caller: &Caller,
    presented: Presented,
) -> Result<TokenResponse, OAuthError> {
    let t = &caller.tenant_id;
    let accepted = accept(app, caller, &presented).await?;
    if accepted.code.used_by.is_some() {
        return Err(revoke_all(app, t, &accepted.code).await);
    }
    let family_id = FamilyId::generate(&*app.entropy);
    let (response, used) = issue(app, caller, &accepted, &family_id).await?;
    let request_id = RequestId::generate(&*app.entropy);
    let (redemption, ()) = tokio::join!(
        app.store.redeem_code(t, &accepted.code_id, &family_id, &request_id),
        app.store.uncount(t, &accepted.client, used),
    );
    match redemption? {
        Redemption::Redeemed => Ok(response),
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

/// Reads everything at once and checks it. Nothing is written, whatever is wrong.
async fn accept(app: &App, caller: &Caller, presented: &Presented) -> Result<Accepted, OAuthError> {
    let t = &caller.tenant_id;
    let code_id: Option<CodeId> = caller.sealing.open(Purpose::AuthorizationCode, &presented.code);
    let resource_server = code_id.as_ref().and_then(|id| id.resource_server.as_ref());
    let (tenant, key_set, client, api, code, user) = app
        .store
        .read((
            keys::tenant(t),
            keys::key_set(t),
            caller.client_id().map(|id| keys::client(t, &id)),
            resource_server.map(|id| keys::resource_server_by_id(t, id)),
            code_id.as_ref().map(|id| keys::authorization_code(t, id)),
            code_id.as_ref().map(|id| keys::user(t, &id.user_id)),
        ))
        .await?;
    let (Some(tenant), Some(key_set)) = (tenant, key_set) else { return Err(unknown_tenant()) };
    let client = authenticate(app, caller, &tenant, client, GrantType::AuthorizationCode).await?;
    let (code_id, code) = code_id.zip(code).ok_or_else(invalid_grant)?;
    check(&code, &client, presented, app.clock.now())?;
    if code.audience.is_some() && api.is_none() {
        // It was deleted a moment ago.
        return Err(invalid_grant());
    }
    let user = user.filter(|user: &User| !user.blocked).ok_or_else(invalid_grant)?;
    Ok(Accepted { tenant, key_set, client, user, code_id, code })
}

/// Signs the tokens, writes their family and notes that the client is used, all at the same time. Nobody has the
/// tokens yet.
async fn issue(
    app: &App,
    caller: &Caller,
    accepted: &Accepted,
    family_id: &FamilyId,
) -> Result<(TokenResponse, Use), OAuthError> {
    let Accepted { tenant, key_set, client, user, code, .. } = accepted;
    let (t, now) = (&caller.tenant_id, app.clock.now());
    let lifetime = Duration::from_secs(code.access_token_lifetime);
    let family = family(accepted, now + lifetime + TOKEN_LIFETIMES.clock_skew);
    let issuance = Issuance {
        tenant,
        key_set,
        sealing: &caller.sealing,
        client,
        user,
        scope: &code.scope,
        claims: &code.claims,
        audience: code.audience.as_deref(),
        access_token_lifetime: lifetime,
        auth_time: code.auth_time,
        sid: Some(&code.sid),
        nonce: code.nonce.as_deref(),
        family_id: Some(family_id),
        now,
    };
    let (written, used, access_token, id_token) = tokio::join!(
        app.store.create_family(t, family_id, &family),
        app.store.note_use(t, client),
        app.access_token(&issuance),
        id_token(app, &issuance),
    );
    written?;
    let used = used?;
    if used == Use::Refused {
        return Err(caller.invalid_client());
    }
    let response = TokenResponse {
        access_token: access_token?,
        token_type: TokenType::Bearer,
        expires_in: code.access_token_lifetime,
        scope: code.scope.clone(),
        id_token: id_token?,
    };
    Ok((response, used))
}

fn family(accepted: &Accepted, expires_at: Timestamp) -> RefreshFamily {
    RefreshFamily {
        client_id: accepted.client.client_id.clone(),
        user_id: accepted.user.user_id.clone(),
        revoked: false,
        expires_at,
    }
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

async fn id_token(app: &App, issuance: &Issuance<'_>) -> Result<Option<String>, OAuthError> {
    if !issuance.scope.contains("openid") {
        return Ok(None);
    }
    app.id_token(issuance, Beside::default()).await.map(Some)
}

fn invalid_grant() -> OAuthError {
    let description = "the code is unknown, expired, used, or does not belong to this client, redirect_uri and code_verifier";
    OAuthError::new(OAuthErrorCode::InvalidGrant, description)
}
