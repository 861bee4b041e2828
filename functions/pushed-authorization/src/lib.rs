//! `POST /oauth/par`: the pushed authorization request endpoint (RFC 9126 §2).
//!
//! The client itself says what it asks for, and proves that it is the client, before the browser is involved. All
//! that can be checked is checked here, by the code that checks it at `/authorize`.

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use serde_json::json;
use shared::{
    App,
    client_authentication::Caller,
    domain::{AuthorizationError, Client, Provenance, PushedRequest, PushedRequestId, Tenant},
    http::{self, Response},
    interaction::Interaction,
    oauth::{DpopProof, OAuthError, OAuthErrorCode, Parameters},
    storage::keys,
    unknown_tenant,
};

const METHODS: [Method; 2] = [Method::POST, Method::OPTIONS];

/// What authenticates the client (RFC 6749 §2.3.1, RFC 7521 §4.2), and is no part of what it asks for.
const AUTHENTICATION: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// Keeps what the client asks for, and gives it a name for the browser to carry. Three round trips: who asks, what
/// the request is decided by, and the write.
///
/// # Errors
///
/// `invalid_client`; those of the authorization endpoint, told to the client right here (RFC 9126 §2.3).
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::POST => push(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn push(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let parameters = http::form(request)?;
    let caller = Caller::of(app, request, &parameters).await?;
    let (tenant, client) = authenticate(app, &caller).await?;
    if parameters.get("request_uri").is_some() {
        let description = "request_uri must not be pushed";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
    }
    let proof = caller.verify_proof(app, &tenant)?;
    let id = PushedRequestId::generate(&*app.entropy);
    let interaction =
        requested(app, &caller, (&tenant, &client), (parameters, proof.as_ref()), &id).await?;
    check(app, request, &interaction).await?;
    let pushed = PushedRequest {
        client_id: client.client_id.clone(),
        query: interaction.parameters.to_query(),
        is_signed: interaction.is_signed(),
        used_by: None,
        expires_at: app.clock.now() + PushedRequest::LIFETIME,
    };
    let t = &caller.tenant_id;
    let (kept, proven) = tokio::join!(
        app.store.push_request(t, &id, &pushed),
        app.use_proof(t, &client.client_id, proof.as_ref()),
    );
    kept?;
    proven?;
    let expires_in = PushedRequest::LIFETIME.as_secs();
    let body = json!({ "request_uri": id.request_uri(), "expires_in": expires_in });
    Ok(caller.with_next_nonce(app, http::json(StatusCode::CREATED, &body)))
}

/// Before anything else, as at the token endpoint.
async fn authenticate(app: &App, caller: &Caller) -> Result<(Tenant, Client), OAuthError> {
    let t = &caller.tenant_id;
    let client_id = caller.client_id();
    let client = client_id.as_ref().map(|id| keys::client(t, id));
    let (tenant, client) = app.store.read((keys::tenant(t), client)).await?;
    let tenant = tenant.ok_or_else(unknown_tenant)?;
    let client = caller.authenticate(app, &tenant, client).await?;
    Ok((tenant, client))
}

/// The request that `id` is to name: the parameters in the request object, if one is pushed (RFC 9126 §3).
async fn requested(
    app: &App,
    caller: &Caller,
    (tenant, client): (&Tenant, &Client),
    (parameters, proof): (Parameters, Option<&DpopProof>),
    id: &PushedRequestId,
) -> Result<Interaction, OAuthError> {
    let outer = parameters.changed(&AUTHENTICATION, ("client_id", client.client_id.as_str()));
    let (parameters, provenance) = app.requested(tenant, client, &outer).await?;
    let parameters = bound(parameters, proof)?;
    let provenance = Provenance { pushed: Some(id.clone()), ..provenance };
    Ok(Interaction::pushed(caller, parameters, provenance))
}

/// The request, bound to the key that came with it, as if it had named that itself (RFC 9449 §10.1).
fn bound(parameters: Parameters, proof: Option<&DpopProof>) -> Result<Parameters, OAuthError> {
    let Some(DpopProof { jkt, .. }) = proof else { return Ok(parameters) };
    if parameters.get("dpop_jkt").is_some_and(|named| named != jkt.as_str()) {
        let description = "dpop_jkt is not the key of the DPoP proof";
        return Err(OAuthError::new(OAuthErrorCode::InvalidDpopProof, description));
    }
    Ok(parameters.changed(&[], ("dpop_jkt", jkt.as_str())))
}

/// Everything that can be wrong with it; what only its user decides comes later.
async fn check(app: &App, request: &Request, interaction: &Interaction) -> Result<(), OAuthError> {
    let checked = match interaction.load(app, request).await {
        Ok(mut loaded) => loaded.authorization_request(interaction),
        Err(error) => Err(error),
    };
    match checked {
        Ok(_) => Ok(()),
        Err(AuthorizationError::Page(error) | AuthorizationError::Redirect(_, error)) => Err(error),
    }
}
