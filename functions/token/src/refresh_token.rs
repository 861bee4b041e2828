//! New tokens for a refresh token (RFC 6749 §6, OpenID Connect Core §12, RFC 9700 §4.14.2).
//!
//! In this order, so that no failure costs anything: check everything, sign, and only then go on to the next token of the
//! family. Of any number of requests at once, one gets past that last step; those beside it get the same successor while
//! the leeway lasts. Whoever comes later holds a copy, and the family is revoked.

use crate::{
    authenticate, possession,
    renewal::Renewal,
    signed::{Signed, refresh_token},
};
use shared::{
    App,
    client_authentication::Caller,
    clock::Timestamp,
    domain::{
        Client, FoundAudience, KeySet, RefreshFamily, RefreshGrant, RefreshTokenId,
        RefreshTokenSettings, RequestId, ResourceServerId, RotationType, Standing, Tenant, User,
    },
    keys::Purpose,
    oauth::{GrantType, OAuthError, OAuthErrorCode, RequestedAudiences, Scopes, TokenResponse},
    storage::{Advance, Advancement, audience_keys, found_audience, keys},
    tokens::Issuance,
    unknown_tenant,
};

/// What a client presents.
pub(crate) struct Presented {
    pub(crate) refresh_token: String,
    pub(crate) scope: Option<Scopes>,
    pub(crate) audiences: RequestedAudiences,
}

/// What was found of a token, by the client that it was issued to.
struct Found {
    tenant: Tenant,
    key_set: KeySet,
    client: Client,
    id: RefreshTokenId,
    family: RefreshFamily,
    user: Option<User>,
    audiences: Vec<FoundAudience>,
}

/// Renews the tokens. Two round trips in a row, and up to two signatures side by side between them.
///
/// # Errors
///
/// `invalid_client`, `unauthorized_client`, `invalid_target` and `invalid_scope` for more than was granted, and
/// `invalid_grant` for everything that is wrong with the token.
pub(crate) async fn refresh(
    app: &App,
    caller: &Caller,
    presented: Presented,
) -> Result<TokenResponse, OAuthError> {
    let (t, now) = (&caller.tenant_id, app.clock.now());
    let found = find(app, caller, &presented).await?;
    let Found { tenant, client, id, family, .. } = &found;
    let grant = family.grant_of(&client.client_id).filter(|grant| grant.is_alive(now));
    let grant = grant.ok_or_else(invalid_grant)?;
    let proof = possession::proof_to_renew(app, caller, (tenant, client), family)?;
    let settings = client.refresh_token_settings(tenant);
    let standing = grant.standing(id.generation, settings.leeway(), now);
    if standing == Standing::Spent {
        app.store.revoke_family(t, &id.family_id).await?;
        return Err(invalid_grant());
    }
    let user = found.user.as_ref().filter(|user| !user.blocked).ok_or_else(invalid_grant)?;
    let renewal = Renewal::of(grant, &presented, (tenant, client), &found.audiences)?;
    let issuance = Issuance {
        dpop_jkt: proof.as_ref().map(|proof| &proof.jkt),
        ..issuance(caller, &found, (user, grant), &renewal, now)
    };
    let (signed, proven) = tokio::join!(
        Signed::new(app, caller, &issuance),
        app.use_proof(t, &client.client_id, proof.as_ref()),
    );
    proven?;
    let signed = signed?;
    let rotates = settings.rotation_type == RotationType::Rotating;
    let next = if standing == Standing::Current && !rotates { id.clone() } else { id.successor() };
    if standing == Standing::Current {
        advance(app, caller, (&found, &settings), (next.generation, &renewal)).await?;
    }
    Ok(signed.response(Some(refresh_token(caller, &next)?)))
}

fn issuance<'a>(
    caller: &'a Caller,
    found: &'a Found,
    (user, grant): (&'a User, &'a RefreshGrant),
    renewal: &'a Renewal,
    now: Timestamp,
) -> Issuance<'a> {
    let Found { tenant, key_set, client, id, .. } = found;
    Issuance {
        tenant,
        key_set,
        sealing: &caller.sealing,
        client,
        user,
        scope: &renewal.scope,
        claims: &grant.claims,
        audience: renewal.audience.as_deref(),
        access_token_lifetime: renewal.access_token_lifetime,
        auth_time: grant.auth_time,
        // The session may have ended, and another begun.
        sid: None,
        nonce: None,
        family_id: Some(&id.family_id),
        dpop_jkt: None,
        now,
    }
}

/// Reads everything at once. A stranger learns nothing by it, and changes nothing.
async fn find(app: &App, caller: &Caller, presented: &Presented) -> Result<Found, OAuthError> {
    let (t, client_id) = (&caller.tenant_id, caller.client_id());
    let id: Option<RefreshTokenId> =
        caller.sealing.open(Purpose::RefreshToken, &presented.refresh_token);
    let audiences = id.as_ref().zip(client_id.as_ref()).map(|(id, client_id)| {
        let mut ids = ResourceServerId::named_by(&presented.audiences);
        if !ids.contains(&id.resource_server) {
            ids.push(id.resource_server.clone());
        }
        let keys = |it| audience_keys(t, client_id, Some(&id.user_id), it);
        (ids.iter().map(keys).collect::<Vec<_>>(), ids)
    });
    let (audience_keys, audience_ids) = audiences.unwrap_or_default();
    let (tenant, key_set, client, family, user, audiences) = app
        .store
        .read((
            keys::tenant(t),
            keys::key_set(t),
            client_id.map(|id| keys::client(t, &id)),
            id.as_ref().map(|id| keys::family(t, &id.family_id)),
            id.as_ref().map(|id| keys::user(t, &id.user_id)),
            audience_keys,
        ))
        .await?;
    let (Some(tenant), Some(key_set)) = (tenant, key_set) else { return Err(unknown_tenant()) };
    let client = authenticate(app, caller, &tenant, client, GrantType::RefreshToken).await?;
    let (id, family) = id.zip(family).ok_or_else(invalid_grant)?;
    let audiences = audience_ids.into_iter().zip(audiences);
    let audiences = audiences.map(|(id, items)| found_audience(id, items)).collect();
    Ok(Found { tenant, key_set, client, id, family, user, audiences })
}

/// Goes on to the token of this number. Whoever is too late for that, but within the leeway, goes away with the same
/// token.
async fn advance(
    app: &App,
    caller: &Caller,
    (found, settings): (&Found, &RefreshTokenSettings),
    (to, renewal): (u32, &Renewal),
) -> Result<(), OAuthError> {
    let (t, now) = (&caller.tenant_id, app.clock.now());
    let Found { client, id, family, .. } = found;
    let idle_until = settings.idle_until(now);
    let renewed = family.refresh.as_ref().map(|grant| RefreshGrant { idle_until, ..grant.clone() });
    let advance = Advance {
        client_id: &client.client_id,
        from: id.generation,
        to,
        idle_until,
        expires_at: renewed.and_then(|grant| grant.expires_at(renewal.access_token_lifetime)),
        request: &RequestId::generate(&*app.entropy),
    };
    let Advancement::Refused(found) = app.store.advance_family(t, &id.family_id, &advance).await?
    else {
        return Ok(());
    };
    let standing = found
        .as_ref()
        .and_then(|family| family.grant_of(&client.client_id))
        .map(|grant| grant.standing(id.generation, settings.leeway(), now));
    match standing {
        Some(Standing::JustSpent) => Ok(()),
        Some(Standing::Spent) => {
            app.store.revoke_family(t, &id.family_id).await?;
            Err(invalid_grant())
        }
        // It was revoked or has expired since it was read.
        Some(Standing::Current) | None => Err(invalid_grant()),
    }
}

pub(crate) fn invalid_grant() -> OAuthError {
    let description = "the refresh token is unknown, expired, revoked, used before, or was issued to another client";
    OAuthError::new(OAuthErrorCode::InvalidGrant, description)
}
