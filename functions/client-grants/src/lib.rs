//! `/api/v2/client-grants` and `/api/v2/client-grants/{id}`: what clients may ask of which API, by Auth0's names.

mod filter;
mod new;

use filter::Filter;
use lambda_http::{
    Request, RequestExt,
    http::{Method, StatusCode},
};
use new::NewClientGrant;
use serde_json::{Value, json};
use shared::{
    App,
    domain::{ClientGrant, ClientGrantId, ResourceServer, Tenant},
    http::{self, Response},
    management::{self, Access, Collection, Fields, ManagementError, Paging},
    oauth::{JsonObject, Scope, Scopes},
    storage::keys,
};

const METHODS: [Method; 2] = [Method::GET, Method::POST];
const METHODS_OF_ONE: [Method; 3] = [Method::GET, Method::PATCH, Method::DELETE];

/// Lists, makes, shows, changes or deletes grants.
///
/// # Errors
///
/// In Auth0's envelope: 401, 403 `insufficient_scope`, 400 `invalid_body` and `invalid_query_string`, 404
/// `inexistent_client_grant`, `inexistent_client` and `inexistent_resource_server`, 409 for a grant that is there
/// already, 413 `invalid_body`.
pub async fn handle(app: &App, request: Request) -> Result<Response, ManagementError> {
    let parameters = request.path_parameters();
    match (request.method(), parameters.first("id")) {
        (&Method::GET, None) => list(app, &request).await,
        (&Method::POST, None) => create(app, &request).await,
        (_, None) => Ok(http::method_not_allowed(&METHODS)),
        (&Method::GET, Some(id)) => show(app, &request, id).await,
        (&Method::PATCH, Some(id)) => change(app, &request, id).await,
        (&Method::DELETE, Some(id)) => delete(app, &request, id).await,
        (_, Some(_)) => Ok(http::method_not_allowed(&METHODS_OF_ONE)),
    }
}

/// A grant as its owner sees it.
fn shown(grant: &ClientGrant) -> Value {
    let mut shown = json!({
        "id": grant.id().to_string(),
        "audience": grant.audience,
        "scope": grant.scope.iter().map(Scope::as_str).collect::<Vec<_>>(),
        "subject_type": grant.subject_type,
    });
    if let (Value::Object(members), Ok(Value::Object(grantee))) =
        (&mut shown, serde_json::to_value(&grant.grantee))
    {
        members.extend(grantee);
    }
    shown
}

async fn list(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, "read:client_grants").await?;
    let parameters = management::query(request, &Filter::PARAMETERS)?;
    let (paging, filter) = (Paging::parse(&parameters)?, Filter::parse(&parameters)?);
    let collection = Collection {
        name: "client_grants",
        listing: keys::client_grants(&access.tenant_id),
        is_shown: |grant: &ClientGrant| filter.lets_through(grant),
        show: shown,
    };
    management::list(app, &access.tenant_id, &paging, collection).await
}

async fn create(app: &App, request: &Request) -> Result<Response, ManagementError> {
    // Told only to who may do it.
    let new = management::body(request).and_then(|body| NewClientGrant::parse(&body));
    let reading = management::authorize_reading(app, request, "create:client_grants", |t| {
        let new = new.as_ref().ok();
        let client_id = new.and_then(|new| new.grantee.client_id());
        (
            new.map(|new| keys::resource_server(t, &new.audience)),
            client_id.map(|id| keys::client(t, id).even_if_disabled()),
        )
    });
    let (access, (api, client)) = reading.await?;
    let grant = new?.for_what_is_there(api.as_ref(), client.as_ref(), &*app.entropy)?;
    if !app.store.create_client_grant(&access.tenant_id, &grant).await? {
        let message = "A client grant for this client, audience and subject_type already exists.";
        return Err(ManagementError::conflict_existing("client_grant_conflict", message));
    }
    record(app, &access, "Create a client grant", &grant).await?;
    Ok(http::private_json(StatusCode::CREATED, &shown(&grant)))
}

async fn show(app: &App, request: &Request, id: &str) -> Result<Response, ManagementError> {
    let (_, grant, _) = read(app, request, "read:client_grants", id).await?;
    let fields = Fields::parse(&management::query(request, &[])?)?;
    Ok(http::private_json(StatusCode::OK, &fields.of(shown(&grant))))
}

async fn change(app: &App, request: &Request, id: &str) -> Result<Response, ManagementError> {
    let (access, grant, api) = read(app, request, "update:client_grants", id).await?;
    let scope = scope_alone(&management::body(request)?)?;
    new::check_scope(&scope, &api)?;
    let grant = ClientGrant { scope, ..grant };
    if !app.store.change_client_grant(&access.tenant_id, &grant).await? {
        return Err(inexistent());
    }
    record(app, &access, "Update a client grant", &grant).await?;
    Ok(http::private_json(StatusCode::OK, &shown(&grant)))
}

/// The one member that can change.
fn scope_alone(body: &JsonObject) -> Result<Scopes, ManagementError> {
    new::check_names(body, &["scope"])?;
    new::scope(body.get("scope"))
}

async fn delete(app: &App, request: &Request, id: &str) -> Result<Response, ManagementError> {
    let (access, grant, _) = read(app, request, "delete:client_grants", id).await?;
    if is_its_own(&access.tenant, &access, &grant) {
        // Whoever holds the tenant's only credentials could never come back.
        let message = "A client cannot delete the grant that lets it use this API.";
        return Err(ManagementError::forbidden("own_client_grant", message));
    }
    app.store.delete_client_grant(&access.tenant_id, &grant.id()).await?;
    record(app, &access, "Delete a client grant", &grant).await?;
    Ok(http::private_no_content())
}

fn is_its_own(tenant: &Tenant, access: &Access, grant: &ClientGrant) -> bool {
    grant.grantee.client_id() == Some(&access.client_id)
        && grant.audience == tenant.issuer.management_audience()
}

/// The grant that the path names, and its API, for a bearer of `scope`. One round trip.
async fn read(
    app: &App,
    request: &Request,
    scope: &str,
    id: &str,
) -> Result<(Access, ClientGrant, ResourceServer), ManagementError> {
    let id = ClientGrantId::parse(id);
    let reading = management::authorize_reading(app, request, scope, |t| {
        let id = id.as_ref();
        (
            id.map(|id| keys::client_grant(t, id)),
            id.map(|id| keys::resource_server_by_id(t, &id.resource_server)),
        )
    });
    let (access, found) = reading.await?;
    let (Some(grant), Some(api)) = found else { return Err(inexistent()) };
    // What an API that was deleted has left is there for nobody.
    if !grant.is_for(&api) {
        return Err(inexistent());
    }
    Ok((access, grant, api))
}

async fn record(
    app: &App,
    access: &Access,
    description: &str,
    grant: &ClientGrant,
) -> Result<(), ManagementError> {
    let details = json!({ "response": { "body": shown(grant) } });
    let event = access.event(app, description).with_details(details);
    let event = match grant.grantee.client_id() {
        Some(client_id) => event.about(client_id, None),
        None => event,
    };
    management::record(app, access, &event).await
}

fn inexistent() -> ManagementError {
    ManagementError::not_found("inexistent_client_grant", "The client grant does not exist")
}
