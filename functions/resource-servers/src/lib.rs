//! `/api/v2/resource-servers` and `/api/v2/resource-servers/{id}`: the APIs that tokens are for, by Auth0's names.

mod identifier;
mod members;
mod named;

use identifier::identifier;
use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use members::Members;
use named::Named;
use serde_json::{Value, json};
use shared::{
    App,
    domain::{ResourceServer, Tenant},
    http::{self, Response},
    management::{self, Access, Collection, Fields, ManagementError, Paging},
    storage::{CHANGE_ATTEMPTS, keys},
};

const METHODS: [Method; 2] = [Method::GET, Method::POST];
const METHODS_OF_ONE: [Method; 3] = [Method::GET, Method::PATCH, Method::DELETE];

/// How many APIs a list can be narrowed to by name; Auth0's.
const MAX_IDENTIFIERS: usize = 10;

/// Lists, makes, shows, changes or deletes APIs.
///
/// # Errors
///
/// In Auth0's envelope: 401, 403 `insufficient_scope`, 400 `invalid_body` and `invalid_query_string`, 404
/// `inexistent_resource_server`, 409 for an identifier that is taken, 403 `system_resource_server` for changes of the
/// provider's own API, 413 `invalid_body`.
pub async fn handle(app: &App, request: Request) -> Result<Response, ManagementError> {
    match (request.method(), Named::of(&request)) {
        (&Method::GET, None) => list(app, &request).await,
        (&Method::POST, None) => create(app, &request).await,
        (_, None) => Ok(http::method_not_allowed(&METHODS)),
        (&Method::GET, Some(named)) => show(app, &request, &named).await,
        (&Method::PATCH, Some(named)) => change(app, &request, &named).await,
        (&Method::DELETE, Some(named)) => delete(app, &request, &named).await,
        (_, Some(_)) => Ok(http::method_not_allowed(&METHODS_OF_ONE)),
    }
}

/// An API as its owner sees it.
fn shown(api: &ResourceServer, tenant: &Tenant) -> Value {
    json!({
        "id": api.id().as_str(),
        "identifier": api.identifier,
        "name": api.name,
        "scopes": api.scopes,
        "token_lifetime": api.token_lifetime,
        "token_lifetime_for_web": api.token_lifetime_for_web,
        "allow_offline_access": api.allow_offline_access,
        "signing_alg": tenant.signing_alg,
        "token_dialect": members::TOKEN_DIALECT,
        "is_system": api.is_system,
    })
}

async fn list(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, "read:resource_servers").await?;
    let (parameters, identifiers) = management::query_repeating(request, "identifiers")?;
    if identifiers.len() > MAX_IDENTIFIERS {
        let why = "identifiers may be there 10 times at most";
        return Err(ManagementError::invalid_query_string(why));
    }
    let paging = Paging::parse(&parameters)?;
    let collection = Collection {
        name: "resource_servers",
        listing: keys::resource_servers(&access.tenant_id),
        is_shown: |api: &ResourceServer| {
            identifiers.is_empty() || identifiers.contains(&api.identifier)
        },
        show: |api: &ResourceServer| shown(api, &access.tenant),
    };
    management::list(app, &access.tenant_id, &paging, collection).await
}

async fn show(app: &App, request: &Request, named: &Named) -> Result<Response, ManagementError> {
    let (access, api) = named.read(app, request, "read:resource_servers").await?;
    let fields = Fields::parse(&management::query(request, &[])?)?;
    Ok(http::private_json(StatusCode::OK, &fields.of(shown(&api, &access.tenant))))
}

async fn create(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, "create:resource_servers").await?;
    let mut body = management::body(request)?;
    let identifier = identifier(body.get("identifier"), &access.tenant.issuer)?;
    body.retain(|name| name != "identifier");
    let members = Members::parse(body, &access.tenant)?;
    let api = members.create(identifier, app)?;
    if !app.store.create_resource_server(&access.tenant_id, &api).await? {
        let message = "A resource server with this identifier already exists.";
        return Err(ManagementError::conflict_existing("resource_server_conflict", message));
    }
    record(app, &access, "Create a resource server", &api).await?;
    Ok(http::private_json(StatusCode::CREATED, &shown(&api, &access.tenant)))
}

/// Applies the change to the API as it is, again if somebody else was faster.
async fn change(app: &App, request: &Request, named: &Named) -> Result<Response, ManagementError> {
    let (access, mut api) = named.read(app, request, "update:resource_servers").await?;
    let members = Members::parse(management::body(request)?, &access.tenant)?;
    let t = &access.tenant_id;
    check_own(&api)?;
    for _ in 0..CHANGE_ATTEMPTS {
        let id = api.id();
        members.change(&mut api)?;
        if let Some(changed) = app.store.change_resource_server(t, api).await? {
            record(app, &access, "Update a resource server", &changed).await?;
            return Ok(http::private_json(StatusCode::OK, &shown(&changed, &access.tenant)));
        }
        let found = app.store.read(keys::resource_server_by_id(t, &id)).await?;
        api = found.ok_or_else(named::inexistent)?;
    }
    Err(ManagementError::conflict())
}

/// Deletes the API, and then the grants for it, which count for nothing from the first moment on.
async fn delete(app: &App, request: &Request, named: &Named) -> Result<Response, ManagementError> {
    let (access, api) = named.read(app, request, "delete:resource_servers").await?;
    check_own(&api)?;
    if access.tenant.default_audience.as_ref() == Some(&api.identifier) {
        // Every request without an audience would fail.
        let message = "It is the tenant's default_audience; change that first.";
        return Err(ManagementError::bad_request("default_audience", message));
    }
    app.store.delete_resource_server(&access.tenant_id, &api.id()).await?;
    record(app, &access, "Delete a resource server", &api).await?;
    app.store.delete_client_grants_for(&access.tenant_id, &api.id()).await?;
    Ok(http::private_no_content())
}

/// Nobody but the provider changes its own APIs.
fn check_own(api: &ResourceServer) -> Result<(), ManagementError> {
    if api.is_system {
        let message = "A system resource server can be read, but not changed or deleted.";
        return Err(ManagementError::forbidden("system_resource_server", message));
    }
    Ok(())
}

async fn record(
    app: &App,
    access: &Access,
    description: &str,
    api: &ResourceServer,
) -> Result<(), ManagementError> {
    let details = json!({ "response": { "body": shown(api, &access.tenant) } });
    management::record(app, access, &access.event(app, description).with_details(details)).await
}
