//! Every function of the provider: the one list that code has to keep.

use lambda_http::Request;
use shared::{App, http::Response, runtime::respond};
use std::{future::Future, pin::Pin};

/// An endpoint with its types erased, so that all of them fit one table.
pub(crate) type Endpoint =
    fn(&'static App, Request) -> Pin<Box<dyn Future<Output = Response> + Send>>;

/// The functions, by the names that `template.yaml` builds them under.
macro_rules! functions {
    ($($name:literal: $function:ident),+ $(,)?) => {
        &[$((
            $name,
            |app, request| {
                Box::pin(async move {
                    let Ok(response) = respond($name, app, request, $function::handle).await;
                    response
                })
            },
        )),+]
    };
}

/// The functions that have routes.
pub(crate) const FUNCTIONS: &[(&str, Endpoint)] = functions! {
    "cardea-start-page": start_page,
    "cardea-openid-configuration": openid_configuration,
    "cardea-jwks": jwks,
    "cardea-register": register,
    "cardea-client-configuration": client_configuration,
    "cardea-authorize": authorize,
    "cardea-pushed-authorization": pushed_authorization,
    "cardea-login": login,
    "cardea-consent": consent,
    "cardea-logout": logout,
    "cardea-token": token,
    "cardea-revoke": revoke,
    "cardea-introspect": introspect,
    "cardea-userinfo": userinfo,
    "cardea-tenant-settings": tenant_settings,
    "cardea-initial-access-tokens": initial_access_tokens,
    "cardea-clients": clients,
    "cardea-logs": logs,
    "cardea-sessions": sessions,
    "cardea-resource-servers": resource_servers,
    "cardea-client-grants": client_grants,
};
