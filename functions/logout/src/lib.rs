//! Signing out: `/oidc/logout` (OpenID Connect RP-Initiated Logout 1.0), `/v2/logout` (Auth0's), and `/u/logout`, the
//! page that asks the user where nothing proves that it is they who want it.

mod auth0;
mod found;
mod page;
mod rp_initiated;
mod sign_out;

use lambda_http::{Request, http::Method};
use shared::{
    App,
    domain::AuthorizationError,
    http::{self, Response},
    interaction::Interaction,
};

/// Where the end session endpoint is.
pub(crate) const END_SESSION: &str = "/oidc/logout";

/// Where the page is.
pub(crate) const PATH: &str = "/u/logout";

/// Ends the session that the browser is in, at once or after asking.
///
/// # Errors
///
/// A page: for a hint that is none of ours, an address that nobody registered, another site's form.
pub async fn handle(app: &App, request: Request) -> Result<Response, AuthorizationError> {
    let methods: &[Method] = match request.uri().path() {
        "/v2/logout" => &[Method::GET],
        _ => &[Method::GET, Method::POST],
    };
    if !methods.contains(request.method()) {
        return Ok(http::method_not_allowed(methods));
    }
    let parameters = match request.uri().path() {
        PATH => http::query(&request)?,
        _ => http::form(&request)?,
    };
    let interaction = Interaction::new(app, &request, parameters).await?;
    match (request.uri().path(), request.method()) {
        ("/v2/logout", _) => auth0::log_out(app, &request, &interaction).await,
        (PATH, &Method::POST) => rp_initiated::answer(app, &request, &interaction).await,
        _ => rp_initiated::log_out(app, &request, &interaction).await,
    }
}
