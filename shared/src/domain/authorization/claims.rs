//! What a request asks for by `claims` and `acr_values` (OpenID Connect Core §5.5, §3.1.2.1).

use crate::{
    domain::{Client, CustomClaim, Tenant},
    oauth::{OAuthError, OAuthErrorCode, Parameters, Scopes},
    oidc::{ClaimsRequest, PASSWORD_PROTECTED_TRANSPORT, StandardClaims},
};

/// The claims asked for one by one, of those that are known here. `acr` is among them too where the request, or else
/// the client's `default_acr_values`, has a preference: such a wish is voluntary, and answered with what there was.
///
/// # Errors
///
/// `invalid_request`, when the parameter is malformed; `unmet_authentication_requirements`, when an essential `acr`
/// can't be had: that is a failed authentication (OpenID Connect Core §5.5.1.1).
pub(super) fn claims(
    parameters: &Parameters,
    tenant: &Tenant,
    client: &Client,
    scope: &Scopes,
) -> Result<ClaimsRequest, OAuthError> {
    let parsed = parameters.get("claims").map(ClaimsRequest::parse).transpose();
    let asked =
        parsed.map_err(|why| OAuthError::new(OAuthErrorCode::InvalidRequest, why.to_string()))?;
    if !scope.contains("openid") {
        // There is neither an ID Token then nor an answer of the userinfo endpoint.
        return Ok(ClaimsRequest::default());
    }
    let is_known = |name: &str| match name {
        "acr" | "sub" => true,
        _ => is_standard(name, client) || is_custom(name, tenant, client),
    };
    let mut claims = asked.unwrap_or_default().filtered(is_known);
    let acr = claims.id_token.get("acr").filter(|acr| acr.essential);
    if acr.is_some_and(|acr| !acr.accepts(&PASSWORD_PROTECTED_TRANSPORT.into())) {
        let why = "no authentication here has an acr that the request takes for essential";
        return Err(OAuthError::new(OAuthErrorCode::UnmetAuthenticationRequirements, why));
    }
    let metadata = client.metadata.as_ref();
    let has_default = metadata.is_some_and(|metadata| !metadata.default_acr_values.is_empty());
    if parameters.get("acr_values").is_some() || has_default {
        claims.id_token.ask_for("acr");
    }
    Ok(claims)
}

/// Whether it is a claim that some scope releases: to a client that registered a list of scopes, one of these. Else it
/// would get by name what it can't get by scope.
fn is_standard(name: &str, client: &Client) -> bool {
    match client.registered_scope() {
        None => StandardClaims::names().any(|known| known == name),
        Some(scopes) => StandardClaims::is_released_by(name, scopes),
    }
}

/// The same of the claims of the tenant's own, whose names are scopes too.
fn is_custom(name: &str, tenant: &Tenant, client: &Client) -> bool {
    let is_released = |custom: &&CustomClaim| {
        client.registered_scope().is_none_or(|scopes| {
            scopes.contains(name)
                || custom.scopes.iter().any(|scope| scopes.contains(scope.as_str()))
        })
    };
    tenant.custom_claims.iter().filter(is_released).any(|custom| custom.claim.as_str() == name)
}
