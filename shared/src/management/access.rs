//! Who may call the Management API: bearers of a JWT of this tenant, for this API, with the scope.

use super::ManagementError;
use crate::{
    App,
    domain::{Tenant, TenantId},
    http,
    storage::keys,
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
}

/// Checks that the request's token has `scope`. One round trip.
///
/// # Errors
///
/// 401 without a good token, 403 without the scope.
pub async fn authorize(
    app: &App,
    request: &Request,
    scope: &str,
) -> Result<Access, ManagementError> {
    let tenant_id = http::tenant_id(request)?;
    let token = http::bearer_token(request).map_err(|_| ManagementError::invalid_token())?;
    let token = token.ok_or_else(ManagementError::missing_token)?;
    let selection = (keys::tenant(&tenant_id), keys::key_set(&tenant_id));
    let (Some(tenant), Some(key_set)) = app.store.read(selection).await? else {
        return Err(unknown_tenant().into());
    };
    let audience = tenant.issuer.management_audience();
    let claims = tokens::verify_jwt(token, &tenant.issuer, &key_set, app.clock.now())
        .filter(|claims| claims.aud.contains(&audience))
        .ok_or_else(ManagementError::invalid_token)?;
    if !claims.scope.contains(scope) {
        return Err(ManagementError::insufficient_scope(scope));
    }
    Ok(Access { tenant_id, tenant })
}
