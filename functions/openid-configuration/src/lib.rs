//! `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`: the same
//! document at both (OpenID Connect Discovery §4, RFC 8414 §3).

use lambda_http::{Request, http::Method};
use shared::{
    App,
    http::{self, Response},
    jose::SigningAlg,
    oauth::OAuthError,
    oidc::{Offers, ProviderMetadata},
    unknown_tenant,
};
use std::time::Duration;

const METHODS: [Method; 2] = [Method::GET, Method::OPTIONS];

/// How long clients may keep the document: short, since switching registration on or off changes it.
const MAX_AGE: Duration = Duration::from_secs(15);

/// Answers with what the provider can do.
///
/// # Errors
///
/// For an unknown host, or when the table fails.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::GET => provider_metadata(app, &request).await,
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

async fn provider_metadata(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let published = app.store.published(&http::tenant_id(request)?).await?;
    let published = published.ok_or_else(unknown_tenant)?;
    let (tenant, key_set) = &*published;
    let custom_claims: Vec<_> = tenant.custom_claims.iter().map(|c| c.claim.as_str()).collect();
    let offers = Offers {
        is_registration_enabled: tenant.flags.enable_dynamic_client_registration,
        may_fetch: tenant.dynamic_client_registration.allow_fetching,
        requires_pushed_requests: tenant.flags.require_pushed_authorization_requests,
        signing_algs: SigningAlg::ALL.into_iter().filter(|alg| key_set.has(*alg)).collect(),
        custom_claims: &custom_claims,
    };
    let metadata = ProviderMetadata::new(tenant.issuer.as_str(), &offers);
    Ok(http::public_json(&metadata, MAX_AGE))
}
