//! `POST /oauth/revoke`: the revocation endpoint (RFC 7009).
//!
//! A token counts as long as its family does: to revoke one of them is to revoke all that came of the same sign-in,
//! as RFC 7009 §2.1 asks for refresh tokens.

use lambda_http::{Request, http::Method};
use shared::{
    App,
    client_authentication::Caller,
    domain::{Client, ClientId, FamilyId, RefreshTokenId},
    http::{self, Response},
    keys::Purpose,
    oauth::{OAuthError, OAuthErrorCode},
    storage::keys,
    tokens::{PresentedToken, claimed_client},
    unknown_tenant,
};

const METHODS: [Method; 2] = [Method::POST, Method::OPTIONS];

/// What a token says that it is, before anything of it is proven. It need not be: a client that makes up a token can
/// end nothing by it but what is its own.
enum Named {
    /// One of a family's.
    Family(FamilyId),
    /// An access token that nothing remembers, of this client: it counts until it expires.
    Alone(ClientId),
    Nothing,
}

/// Revokes a token of the client that asks. Two round trips.
///
/// # Errors
///
/// `invalid_request`, `invalid_client`; `unsupported_token_type` for an access token that belongs to no family
/// (RFC 7009 §2.2.1). Whoever asks for a token that is unknown or of another client is answered as if it were done,
/// and nothing is.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::POST => revoke(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn revoke(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let parameters = http::form_or_json(request)?;
    let token = parameters
        .get("token")
        .ok_or_else(|| OAuthError::new(OAuthErrorCode::InvalidRequest, "token is required"))?;
    let caller = Caller::of(app, request, &parameters).await?;
    let named = Named::by(token, &caller);
    let t = &caller.tenant_id;
    let family_key = match &named {
        Named::Family(id) => Some(keys::family(t, id)),
        Named::Alone(_) | Named::Nothing => None,
    };
    let client_key = caller.client_id().map(|id| keys::client(t, &id));
    let (tenant, client, family) =
        app.store.read((keys::tenant(t), client_key, family_key)).await?;
    let tenant = tenant.ok_or_else(unknown_tenant)?;
    let Client { client_id, .. } = caller.authenticate(app, &tenant, client).await?;
    match named {
        Named::Family(id) if family.is_some_and(|it| it.client_id == client_id && !it.revoked) => {
            app.store.revoke_family(t, &id).await?;
        }
        Named::Alone(of) if of == client_id => {
            let description = "an access token without a code or a refresh token can't be revoked: it is good until it expires";
            return Err(OAuthError::new(OAuthErrorCode::UnsupportedTokenType, description));
        }
        _ => {}
    }
    Ok(http::empty())
}

impl Named {
    /// Whatever `token_type_hint` says: there is no need to search (RFC 7009 §2.1).
    fn by(token: &str, caller: &Caller) -> Self {
        let refresh_token = caller.sealing.open::<RefreshTokenId>(Purpose::RefreshToken, token);
        if let Some(RefreshTokenId { family_id, .. }) = refresh_token {
            return Self::Family(family_id);
        }
        match PresentedToken::parse(token, &caller.sealing) {
            Some(PresentedToken { family_id: Some(id), .. }) => Self::Family(id),
            Some(PresentedToken { client_id, .. }) => Self::Alone(client_id),
            // One of a client for itself, perhaps, which is about no user.
            None => claimed_client(token).map_or(Self::Nothing, Self::Alone),
        }
    }
}
