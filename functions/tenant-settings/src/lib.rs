//! `GET` and `PATCH /api/v2/tenants/settings`: the tenant's settings, by Auth0's names.

mod custom_claims;
mod flags;
mod settings;
mod values;

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use settings::{Change, Settings};
use shared::{
    App,
    domain::{Tenant, TenantId},
    http::{self, Response},
    management::{self, Access, ManagementError},
    storage::{CHANGE_ATTEMPTS, keys},
    unknown_tenant,
};

const METHODS: [Method; 2] = [Method::GET, Method::PATCH];

/// Shows the settings, or changes those that the body names and no others.
///
/// # Errors
///
/// In Auth0's envelope: 401, 403 `insufficient_scope`, 400 `invalid_body` naming the member, 413.
pub async fn handle(app: &App, request: Request) -> Result<Response, ManagementError> {
    match *request.method() {
        Method::GET => {
            let access = management::authorize(app, &request, "read:tenant_settings").await?;
            Ok(settings(&access.tenant))
        }
        Method::PATCH => {
            let access = management::authorize(app, &request, "update:tenant_settings").await?;
            let change = Change::parse(management::body(&request)?)?;
            Ok(settings(&change_settings(app, access, &change).await?))
        }
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

fn settings(tenant: &Tenant) -> Response {
    http::private_json(StatusCode::OK, &Settings::of(tenant))
}

/// Every request without an audience would fail, were this one not an API that users' tokens can be for.
async fn check_default_audience(
    app: &App,
    t: &TenantId,
    change: &Change,
) -> Result<(), ManagementError> {
    let Some(audience) = change.default_audience() else { return Ok(()) };
    let api = app.store.read(keys::resource_server(t, audience)).await?;
    if api.is_some_and(|api| !api.is_system) {
        return Ok(());
    }
    Err(ManagementError::invalid_body("default_audience must be the identifier of an API"))
}

/// Every token would be refused by those who keep a key set for a day, were its key not in it by then.
fn check_signing_alg(app: &App, tenant: &Tenant, change: &Change) -> Result<(), ManagementError> {
    let is_known = |alg| tenant.is_known_to_sign_with(alg, app.clock.now());
    if change.signing_alg().is_none_or(is_known) {
        return Ok(());
    }
    let why = "signing_alg ES256 needs a key that has been published for 24 hours: an operator adds it (add_signing_key)";
    Err(ManagementError::invalid_body(why))
}

/// Applies the change to the settings as they are, again if somebody else was faster.
async fn change_settings(
    app: &App,
    access: Access,
    change: &Change,
) -> Result<Tenant, ManagementError> {
    let Access { tenant_id: t, mut tenant, .. } = access;
    check_default_audience(app, &t, change).await?;
    for _ in 0..CHANGE_ATTEMPTS {
        check_signing_alg(app, &tenant, change)?;
        change.apply(&mut tenant)?;
        if app.store.change_tenant(&t, tenant.clone()).await? {
            return Ok(tenant);
        }
        tenant = app.store.read(keys::tenant(&t)).await?.ok_or_else(unknown_tenant)?;
    }
    Err(ManagementError::conflict())
}
