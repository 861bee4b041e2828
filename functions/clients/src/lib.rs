//! `/api/v2/clients`: the tenant's clients as its owner sees and changes them, by Auth0's names (`docs/clients.md`).
//!
//! The validator that guards registration guards these too. The tenant's registration policy does not bind its owner.
//! Each change is an audit event, written before it: none is made that the log does not tell of.

mod change;
mod filter;
mod member;
mod members;
mod new;
mod web_origins;
mod writes;

use filter::Filter;
use lambda_http::{
    Request, RequestExt,
    http::{Method, StatusCode},
};
use shared::{
    App,
    domain::{Client, ClientId, TenantId},
    http::{self, Response},
    management::{self, Access, Collection, Fields, ManagementError, Paging},
    oauth::ClientSecret,
    storage::keys,
};

const OF_ALL: [Method; 2] = [Method::GET, Method::POST];
const OF_ONE: [Method; 3] = [Method::GET, Method::PATCH, Method::DELETE];
const OF_ITS_SECRET: [Method; 1] = [Method::POST];

/// Lists, creates, shows, changes and deletes clients, and rotates their secrets.
///
/// # Errors
///
/// In Auth0's envelope: 401, 403 `insufficient_scope`, 404 `inexistent_client`, 400 `invalid_body` naming the member or
/// `invalid_query_string` naming the parameter, 409, 413.
pub async fn handle(app: &App, request: Request) -> Result<Response, ManagementError> {
    let is_of_one = request.path_parameters().first("id").is_some();
    let is_of_its_secret = request.uri().path().ends_with("/rotate-secret");
    match (is_of_one, is_of_its_secret) {
        (false, _) => all(app, &request).await,
        (true, false) => one(app, &request).await,
        (true, true) => match *request.method() {
            Method::POST => writes::rotate_secret(app, &request).await,
            _ => Ok(http::method_not_allowed(&OF_ITS_SECRET)),
        },
    }
}

async fn all(app: &App, request: &Request) -> Result<Response, ManagementError> {
    match *request.method() {
        Method::GET => {
            let access = management::authorize(app, request, "read:clients").await?;
            list(app, request, &access.tenant_id).await
        }
        Method::POST => writes::create(app, request).await,
        _ => Ok(http::method_not_allowed(&OF_ALL)),
    }
}

async fn one(app: &App, request: &Request) -> Result<Response, ManagementError> {
    match *request.method() {
        Method::GET => {
            let (_, client) = find(app, request, "read:clients").await?;
            let fields = Fields::parse(&management::query(request, &[])?)?;
            let client = members::shown(&client.ok_or_else(inexistent_client)?);
            Ok(http::private_json(StatusCode::OK, &fields.of(client)))
        }
        Method::PATCH => writes::change(app, request).await,
        Method::DELETE => writes::delete(app, request).await,
        _ => Ok(http::method_not_allowed(&OF_ONE)),
    }
}

async fn list(app: &App, request: &Request, t: &TenantId) -> Result<Response, ManagementError> {
    let parameters = management::query(request, &Filter::PARAMETERS)?;
    let paging = Paging::parse(&parameters)?;
    let filter = Filter::parse(&parameters)?;
    let clients = Collection {
        name: "clients",
        listing: keys::clients(t),
        is_shown: |client: &Client| filter.admits(client),
        show: members::shown,
    };
    management::list(app, t, &paging, clients).await
}

/// The client that the path names, disabled or not, for whoever has `scope`. One round trip.
async fn find(
    app: &App,
    request: &Request,
    scope: &str,
) -> Result<(Access, Option<Client>), ManagementError> {
    let id = request.path_parameters().first("id").and_then(ClientId::parse);
    let select = |t: &TenantId| id.as_ref().map(|id| keys::client(t, id).even_if_disabled());
    management::authorize_reading(app, request, scope, select).await
}

/// A client, with its secret where that is new: nobody has kept it.
fn answer(status: StatusCode, client: &Client, client_secret: Option<&ClientSecret>) -> Response {
    let mut members = members::shown(client);
    if let Some(secret) = client_secret {
        members["client_secret"] = secret.expose().into();
    }
    http::private_json(status, &members)
}

fn inexistent_client() -> ManagementError {
    ManagementError::not_found("inexistent_client", "The client does not exist")
}
