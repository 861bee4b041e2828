//! The authorization request (OpenID Connect Core §3.1.2.1, §3.2.2.1).

use super::{AuthorizationError, ReturnAddress, claims::claims};
use crate::{
    domain::{Client, ClientId, FoundAudience, Target, Tenant},
    jose::JwkThumbprint,
    oauth::{
        CodeChallenge, GrantType, InvalidScope, OAuthError, OAuthErrorCode, Parameters,
        RequestedAudiences, ResponseMode, ResponseType, Scopes,
    },
    oidc::{ClaimsRequest, OFFLINE_ACCESS, Prompt, StandardClaims},
};
use std::time::Duration;

/// A request whose client, address and parameters are all in order.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the response goes.
    pub return_address: ReturnAddress,
    /// What to return.
    pub response_type: ResponseType,
    /// What is asked for: of the scopes in the request those that mean something here.
    pub scope: Scopes,
    /// The claims that are asked for one by one.
    pub claims: ClaimsRequest,
    /// What the access token is to be for.
    pub target: Target,
    /// What ties the ID Token to the client's own session.
    pub nonce: Option<String>,
    /// Whether to ask the user.
    pub prompt: Prompt,
    /// How long ago the user may have signed in.
    pub max_age: Option<Duration>,
    /// What a code is bound to.
    pub code_challenge: Option<CodeChallenge>,
    /// The key that the tokens for a code must be bound to (RFC 9449 §10).
    pub dpop_jkt: Option<JwkThumbprint>,
}

type Checked<T> = Result<T, OAuthError>;

impl AuthorizationRequest {
    /// Checks everything but the client and the address, which are checked already, in the order of
    /// the specifications. `found` is what was found of the APIs that it names.
    ///
    /// # Errors
    ///
    /// What is wrong, told to the client at `address`.
    pub fn parse(
        parameters: &Parameters,
        tenant: &Tenant,
        client: &Client,
        found: &[FoundAudience],
        address: &ReturnAddress,
    ) -> Result<Self, AuthorizationError> {
        let checked = || -> Checked<Self> {
            let response_type = response_type(parameters, client)?;
            response_mode(parameters, response_type, address)?;
            no_request_object(parameters)?;
            let code_challenge = code_challenge(parameters, client, response_type)?;
            let requested = scope(parameters)?;
            let target = target(parameters, tenant, client, found)?;
            let is_known = |scope: &str| match scope {
                OFFLINE_ACCESS => may_go_offline(client, response_type, &target),
                other => is_known(other, tenant, client, &target),
            };
            let scope = requested.filtered(is_known);
            needs_openid(response_type, &scope)?;
            Ok(Self {
                client_id: client.client_id.clone(),
                return_address: address.clone(),
                response_type,
                claims: claims(parameters, tenant, client, &scope)?,
                scope,
                target,
                nonce: nonce(parameters, response_type)?,
                prompt: Prompt::parse(parameters.get("prompt")).map_err(invalid_request)?,
                max_age: max_age(parameters, client)?,
                code_challenge,
                dpop_jkt: dpop_jkt(parameters)?,
            })
        };
        checked().map_err(|error| address.clone().refuse_with(error))
    }
}

fn response_type(parameters: &Parameters, client: &Client) -> Checked<ResponseType> {
    let text = parameters.get("response_type").ok_or_else(|| {
        OAuthError::new(OAuthErrorCode::InvalidRequest, "response_type is required")
    })?;
    let response_type: ResponseType =
        text.parse().map_err(|why: crate::oauth::UnsupportedResponseType| {
            OAuthError::new(OAuthErrorCode::UnsupportedResponseType, why.to_string())
        })?;
    if !client.may_ask_for(response_type) {
        let description = "the client did not register this response_type";
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, description));
    }
    if response_type.returns_access_token() && client.requires_dpop() {
        let description = "the client registered dpop_bound_access_tokens, and a token that comes through the browser is bound to no key";
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, description));
    }
    Ok(response_type)
}

fn response_mode(
    parameters: &Parameters,
    response_type: ResponseType,
    address: &ReturnAddress,
) -> Checked<()> {
    let asked = ResponseMode::resolve(response_type, parameters.get("response_mode"))
        .map_err(|why| OAuthError::new(OAuthErrorCode::InvalidRequest, why.to_string()))?;
    if asked == address.response_mode() {
        return Ok(());
    }
    Err(invalid_request(
        "response_mode form_post needs a redirect_uri on the web, web_message one of the client's web_origins",
    ))
}

/// To ignore a request object would be to ignore what the client really asked for.
fn no_request_object(parameters: &Parameters) -> Checked<()> {
    for (name, code, description) in [
        ("request", OAuthErrorCode::RequestNotSupported, "request is not supported"),
        ("request_uri", OAuthErrorCode::RequestUriNotSupported, "request_uri is not supported"),
        ("registration", OAuthErrorCode::RegistrationNotSupported, "registration is not supported"),
    ] {
        if parameters.get(name).is_some() {
            return Err(OAuthError::new(code, description));
        }
    }
    Ok(())
}

fn code_challenge(
    parameters: &Parameters,
    client: &Client,
    response_type: ResponseType,
) -> Checked<Option<CodeChallenge>> {
    let challenge = CodeChallenge::from_parameters(parameters).map_err(invalid_request)?;
    if challenge.is_none() && response_type.returns_code() && client.requires_pkce() {
        return Err(invalid_request("code_challenge with code_challenge_method S256 is required"));
    }
    Ok(challenge)
}

fn dpop_jkt(parameters: &Parameters) -> Checked<Option<JwkThumbprint>> {
    let Some(text) = parameters.get("dpop_jkt") else { return Ok(None) };
    let jkt = JwkThumbprint::parse(text);
    jkt.map(Some).ok_or_else(|| {
        invalid_request("dpop_jkt must be the base64url-encoded SHA-256 thumbprint of a key")
    })
}

fn scope(parameters: &Parameters) -> Checked<Scopes> {
    let scope = parameters.get("scope").unwrap_or_default().parse();
    scope
        .map_err(|why: InvalidScope| OAuthError::new(OAuthErrorCode::InvalidScope, why.to_string()))
}

/// What is promised by the response type can't be passed over.
fn needs_openid(response_type: ResponseType, scope: &Scopes) -> Checked<()> {
    if !response_type.returns_id_token() || scope.contains("openid") {
        return Ok(());
    }
    let description = "scope must contain openid for an ID Token, and the client's registration too, if it has a scope";
    Err(OAuthError::new(OAuthErrorCode::InvalidScope, description))
}

/// What the access token is to be for, by the request's word or else by the tenant's.
fn target(
    parameters: &Parameters,
    tenant: &Tenant,
    client: &Client,
    found: &[FoundAudience],
) -> Checked<Target> {
    let mut asked = RequestedAudiences::parse(parameters)?;
    if let Some(default) = tenant.default_audience.as_deref().filter(|_| asked.is_empty()) {
        asked = RequestedAudiences::exactly(default);
    }
    Target::resolve(&tenant.issuer, client, &asked, found)
}

/// Whether a refresh token can come of it. If not, the scope is passed over, as OpenID Connect Core §11 has it where no
/// code is asked for.
fn may_go_offline(client: &Client, response_type: ResponseType, target: &Target) -> bool {
    response_type.returns_code()
        && client.may_use(GrantType::RefreshToken)
        && target.allows_offline_access()
}

/// Scopes that mean nothing here are passed over (OpenID Connect Core §3.1.2.1), and so is what a client that registered
/// a list did not name in it, whatever the scope is of (RFC 7591 §2).
fn is_known(scope: &str, tenant: &Tenant, client: &Client, target: &Target) -> bool {
    let is_standard = StandardClaims::SCOPES.contains(&scope);
    let is_custom_claim =
        || tenant.custom_claims.iter().any(|custom| custom.claim.as_str() == scope);
    let means_something = is_standard || target.scope(scope).is_some() || is_custom_claim();
    means_something && client.registered_scope().is_none_or(|scopes| scopes.contains(scope))
}

fn nonce(parameters: &Parameters, response_type: ResponseType) -> Checked<Option<String>> {
    let nonce = parameters.get("nonce");
    if response_type.returns_id_token() && nonce.is_none() {
        return Err(invalid_request("nonce is required with this response_type"));
    }
    Ok(nonce.map(str::to_owned))
}

fn max_age(parameters: &Parameters, client: &Client) -> Checked<Option<Duration>> {
    let Some(text) = parameters.get("max_age") else {
        let metadata = client.metadata.as_ref();
        let registered = metadata.and_then(|metadata| metadata.default_max_age);
        return Ok(registered.map(Duration::from_secs));
    };
    // Rust's numbers may have a sign.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_plain);
    let seconds = seconds.ok_or_else(|| invalid_request("max_age must be a number of seconds"))?;
    Ok(Some(Duration::from_secs(seconds)))
}

fn invalid_request(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}
