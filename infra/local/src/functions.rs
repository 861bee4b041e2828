//! Every function of the provider: the one list that code has to keep.

use lambda_http::Request;
use shared::{App, http::Response, runtime::respond};
use std::{future::Future, pin::Pin};

/// An endpoint with its types erased, so that all of them fit one table.
pub(crate) type Endpoint =
    fn(&'static App, Request) -> Pin<Box<dyn Future<Output = Response> + Send>>;

macro_rules! endpoint {
    ($function:ident) => {
        |app, request| {
            Box::pin(async move {
                let Ok(response) = respond($function::handle(app, request)).await;
                response
            })
        }
    };
}

/// The functions, by the names that `template.yaml` builds them under.
pub(crate) const FUNCTIONS: &[(&str, Endpoint)] = &[
    ("cardea-start-page", endpoint!(start_page)),
    ("cardea-openid-configuration", endpoint!(openid_configuration)),
    ("cardea-jwks", endpoint!(jwks)),
    ("cardea-register", endpoint!(register)),
    ("cardea-authorize", endpoint!(authorize)),
    ("cardea-login", endpoint!(login)),
    ("cardea-consent", endpoint!(consent)),
    ("cardea-token", endpoint!(token)),
    ("cardea-userinfo", endpoint!(userinfo)),
    ("cardea-tenant-settings", endpoint!(tenant_settings)),
];
