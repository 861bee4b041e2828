//! How often one source may change registrations: as often as it may register, both counted together.

use lambda_http::{Request, http::Method};
use shared::{
    App,
    domain::{REGISTRATIONS_PER_SOURCE, RateLimit, Tenant, TenantId},
    http,
    oauth::OAuthError,
    storage::StorageError,
};

/// Counts a change for its source; reading is free. One round trip.
pub(crate) async fn count(
    app: &App,
    t: &TenantId,
    request: &Request,
) -> Result<Option<(String, u64)>, StorageError> {
    let source = http::source_to_limit(request, t).filter(|_| *request.method() != Method::GET);
    let Some(source) = source else { return Ok(None) };
    let times = app.store.count_times(t, &REGISTRATIONS_PER_SOURCE, &source).await?;
    Ok(Some((source, times)))
}

/// Checks the count.
///
/// # Errors
///
/// 429, with how long to wait.
pub(crate) async fn check(
    app: &App,
    (t, tenant): (&TenantId, &Tenant),
    changes: Option<(String, u64)>,
    request: &Request,
) -> Result<(), OAuthError> {
    let Some((source, times)) = changes else { return Ok(()) };
    let most = tenant.dynamic_client_registration.registrations_per_source;
    let limit = RateLimit { counter: REGISTRATIONS_PER_SOURCE, most };
    app.check_registrations((t, request), &limit, (&source, times)).await
}
