//! How often one source may change registrations: as often as it may register, both counted together.

use lambda_http::{Request, http::Method};
use serde_json::json;
use shared::{
    App,
    domain::{AuditEvent, EventType, REGISTRATIONS_PER_SOURCE, RateLimit, Tenant, TenantId},
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

/// Checks the count. Only the first time in a minute that the limit is exceeded is an event.
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
    let Some(wait) = app.store.wait(t, &limit, &source, times) else { return Ok(()) };
    if limit.is_just_exceeded(times) {
        let (description, origin) = ("Dynamic client registration limited", http::origin(request));
        let (now, entropy) = (app.clock.now(), &*app.entropy);
        let event = AuditEvent::new(EventType::LimitReached, description, origin, now, entropy);
        let event = event.with_details(json!({ "limit": limit.counter.name }));
        app.store.log(t, &event).await?;
    }
    Err(OAuthError::too_many_requests(wait))
}
