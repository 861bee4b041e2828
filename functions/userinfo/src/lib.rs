//! `GET` and `POST /userinfo`: claims about the user whose access token is presented
//! (OpenID Connect Core §5.3).

mod possession;

use crate::possession::{Possession, with_challenge};
use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use serde_json::{Map, Value};
use shared::{
    App,
    domain::{Client, KeySet, Tenant, TenantId},
    http::{self, Response},
    oauth::{Challenge, OAuthError, OAuthErrorCode, TokenType},
    possession::dpop_nonce,
    storage::keys,
    tokens::{PresentedToken, subject},
    unknown_tenant,
};

const METHODS: [Method; 3] = [Method::GET, Method::POST, Method::OPTIONS];

/// Answers with the claims that the token's scopes release: as JSON, or as a JWT for a client that registered so
/// (OpenID Connect Core §5.3.2), which costs a signature.
///
/// # Errors
///
/// With a Bearer challenge (RFC 6750 §3): `invalid_request`, `invalid_token`, `insufficient_scope`, and
/// no code at all where there is no token. With a `DPoP` challenge for a token that is bound to a key (RFC 9449 §7.1):
/// `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::GET | Method::POST => userinfo(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn userinfo(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let t = http::tenant_id(request)?;
    let (token_type, token) = access_token(request)?;
    let told = tell(app, request, &t, (token_type, &token)).await;
    // Whoever came by a scheme is told what is wrong by that scheme.
    told.map_err(|error| match (token_type, error.challenge) {
        (TokenType::Dpop, Some(Challenge::Bearer)) => error.with_challenge(Challenge::Dpop),
        _ => error,
    })
}

async fn tell(
    app: &App,
    request: &Request,
    t: &TenantId,
    (token_type, token): (TokenType, &str),
) -> Result<Response, OAuthError> {
    let sealing = app.sealing(t).await?;
    let presented = PresentedToken::parse(token, &sealing).ok_or_else(invalid_token)?;

    // All that decides is read at once, the user too: a token outlives neither user nor client.
    let family_key = presented.family_id.as_ref().map(|id| keys::family(t, id));
    let belongs_to_family = family_key.is_some();
    let (tenant, key_set, user, client, family) = app
        .store
        .read((
            keys::tenant(t),
            keys::key_set(t),
            keys::user(t, &presented.user_id),
            keys::client(t, &presented.client_id),
            family_key,
        ))
        .await?;
    let (Some(tenant), Some(key_set)) = (tenant, key_set) else { return Err(unknown_tenant()) };
    let client = client.ok_or_else(invalid_token)?;
    let told = presented
        .prove(&tenant.issuer, &key_set, app.clock.now())
        .filter(|_| !belongs_to_family || family.is_some_and(|family| !family.revoked))
        .ok_or_else(invalid_token)?;
    let user = user.filter(|user| !user.blocked).ok_or_else(invalid_token)?;
    let possession = Possession { issuer: &tenant.issuer, sealing: &sealing, token };
    let proof = possession.proof(app, request, token_type, told.cnf.as_ref())?;
    app.use_proof(t, &client.client_id, proof.as_ref()).await.map_err(with_challenge)?;
    if !told.scope.contains("openid") {
        return Err(insufficient_scope());
    }

    let mut claims = user.claims_released_by(&told.scope, &tenant.custom_claims);
    claims.extend(user.claims_named(&told.claims, &tenant.custom_claims));
    claims.insert("sub".to_owned(), subject(&sealing, &client, &user.user_id).into());
    let mut response = answer(app, (&tenant, &key_set, &client), claims).await?;
    if proof.is_some() {
        http::set_dpop_nonce(&mut response, &dpop_nonce(&sealing, app.clock.now()));
    }
    Ok(response)
}

/// The claims, as the client registered that it wants them.
async fn answer(
    app: &App,
    (tenant, key_set, client): (&Tenant, &KeySet, &Client),
    mut claims: Map<String, Value>,
) -> Result<Response, OAuthError> {
    let alg = client.metadata.as_ref().and_then(|it| it.userinfo_signed_response_alg);
    let Some(alg) = alg else { return Ok(http::json(StatusCode::OK, &claims)) };
    claims.insert("iss".to_owned(), tenant.issuer.as_str().into());
    claims.insert("aud".to_owned(), client.client_id.as_str().into());
    Ok(http::jwt(app.sign("JWT", (key_set, alg), &claims).await?))
}

/// The token, in the header or in a form (RFC 6750 §2.1, §2.2), never in the URL.
fn access_token(request: &Request) -> Result<(TokenType, String), OAuthError> {
    let with_challenge = |error: OAuthError| error.with_challenge(Challenge::Bearer);
    let in_header = http::access_token(request).map_err(with_challenge)?;
    let in_form = match *request.method() {
        Method::POST if http::is_form(request) => {
            let form = http::form(request).map_err(with_challenge)?;
            form.get("access_token").map(str::to_owned)
        }
        _ => None,
    };
    match (in_header, in_form) {
        (Some(_), Some(_)) => {
            let description = "the access token must be sent in one way only";
            Err(bearer_error(OAuthErrorCode::InvalidRequest, description))
        }
        (Some((token_type, token)), None) => Ok((token_type, token.to_owned())),
        (None, Some(token)) => Ok((TokenType::Bearer, token)),
        (None, None) => Err(invalid_token().with_challenge(Challenge::BearerAbsent)),
    }
}

fn invalid_token() -> OAuthError {
    let description = "the access token is malformed, expired, revoked or not for this endpoint";
    bearer_error(OAuthErrorCode::InvalidToken, description)
}

fn insufficient_scope() -> OAuthError {
    let description = "the token was not issued with the scope openid";
    bearer_error(OAuthErrorCode::InsufficientScope, description)
}

fn bearer_error(code: OAuthErrorCode, description: &'static str) -> OAuthError {
    OAuthError::new(code, description).with_challenge(Challenge::Bearer)
}
