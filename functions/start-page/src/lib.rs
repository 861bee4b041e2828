//! `GET /`: the start page, which walks through what Cardea is for with commands for this very server.

use askama::Template;
use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use shared::{
    App,
    domain::AuthorizationError,
    http::{self, Response},
    pages::{Page, Width},
    storage::keys,
    unknown_tenant,
};

const METHODS: [Method; 1] = [Method::GET];

#[derive(Template)]
#[template(path = "start_page.html")]
struct StartPage<'a> {
    issuer: &'a str,
    issuer_encoded: &'a str,
    credentials: Option<&'a str>,
    registration_enabled: bool,
}

/// Shows the page.
///
/// # Errors
///
/// For an unknown host, or when the table fails.
pub async fn handle(app: &App, request: Request) -> Result<Response, AuthorizationError> {
    if *request.method() != Method::GET {
        return Ok(http::method_not_allowed(&METHODS));
    }
    let t = http::tenant_id(&request)?;
    let tenant = app.store.read(keys::tenant(&t)).await?.ok_or_else(unknown_tenant)?;
    let encoded = form_urlencoded(tenant.issuer.as_str());
    let content = StartPage {
        issuer: tenant.issuer.as_str(),
        issuer_encoded: &encoded,
        credentials: app.credentials_location.as_deref(),
        registration_enabled: tenant.flags.enable_dynamic_client_registration,
    };
    let page =
        Page { title: "Cardea", tenant_name: tenant.name(), width: Width::Wide, form_targets: &[] };
    Ok(page.respond(StatusCode::OK, &content)?)
}

fn form_urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
