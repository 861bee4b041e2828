//! Who may call the Management API: bearers of a JWT of this tenant, for this API, with the scope, as long as the client
//! that it was issued to is there.

use super::ManagementError;
use crate::{
    App,
    domain::{AuditEvent, ClientId, EventType, Origin, Tenant, TenantId},
    http,
    storage::{
        Selection,
        keys::{self, Key},
    },
    tokens, unknown_tenant,
};
use lambda_http::Request;

/// What a bearer may see of the tenant: proof that the token was checked.
#[derive(Debug)]
#[non_exhaustive]
pub struct Access {
    /// The tenant's name in the table.
    pub tenant_id: TenantId,
    /// The tenant as it is now.
    pub tenant: Tenant,
    /// The client that the token was issued to.
    pub client_id: ClientId,
    /// Who asks, and from where, for the audit event of a change.
    pub origin: Origin,
}

/// Checks that the request's token has `scope`. One round trip.
///
/// # Errors
///
/// 401 without a good token, also once its client is deleted or disabled; 403 without the scope.
pub async fn authorize(
    app: &App,
    request: &Request,
    scope: &str,
) -> Result<Access, ManagementError> {
    let (access, _) = authorize_reading(app, request, scope, |_| None::<Key<Tenant>>).await?;
    Ok(access)
}

/// The same, and what `select` selects, read in the same round trip. What is found is handed out only if the token is
/// good.
///
/// # Errors
///
/// 401 without a good token, also once its client is deleted or disabled; 403 without the scope.
pub async fn authorize_reading<S: Selection>(
    app: &App,
    request: &Request,
    scope: &str,
    select: impl FnOnce(&TenantId) -> S,
) -> Result<(Access, S::Found), ManagementError> {
    let tenant_id = http::tenant_id(request)?;
    let token = http::bearer_token(request).map_err(|_| ManagementError::invalid_token())?;
    let token = token.ok_or_else(ManagementError::missing_token)?;
    // Whose it says it is, it must prove below.
    let client_id = tokens::claimed_client(token);
    let client_key = client_id.as_ref().map(|id| keys::client(&tenant_id, id));
    let selection =
        (keys::tenant(&tenant_id), keys::key_set(&tenant_id), client_key, select(&tenant_id));
    let (Some(tenant), Some(key_set), client, found) = app.store.read(selection).await? else {
        return Err(unknown_tenant().into());
    };
    let client = client.ok_or_else(ManagementError::invalid_token)?;
    let audience = tenant.issuer.management_audience();
    let claims = tokens::verify_jwt(token, &tenant.issuer, &key_set, app.clock.now())
        // One that is bound to a key is nobody's who only bears it (RFC 9449 §7.2).
        .filter(|claims| claims.aud.contains(&audience) && claims.cnf.is_none())
        .ok_or_else(ManagementError::invalid_token)?;
    if !claims.scope.contains(scope) {
        return Err(ManagementError::insufficient_scope(scope));
    }
    let origin = Origin { acting_client_id: Some(claims.client_id), ..http::origin(request) };
    Ok((Access { tenant_id, tenant, client_id: client.client_id, origin }, found))
}

impl Access {
    /// The audit event of a change that the bearer makes.
    #[must_use]
    pub fn event(&self, app: &App, description: &str) -> AuditEvent {
        let r#type = EventType::SuccessfulApiOperation;
        AuditEvent::new(r#type, description, self.origin.clone(), app.clock.now(), &*app.entropy)
    }
}

/// Writes the audit event of a change, which must be made by then. One round trip.
///
/// # Errors
///
/// 503 when the table fails: the change is made all the same, and making it again does no harm.
pub async fn record(app: &App, access: &Access, event: &AuditEvent) -> Result<(), ManagementError> {
    Ok(app.store.log(&access.tenant_id, event).await?)
}
