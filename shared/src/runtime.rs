//! Runs one endpoint as one Lambda function.

use crate::{App, http::Response, oauth::OAuthError};
use futures_util::FutureExt;
use lambda_http::{Error, Request, service_fn};
use std::{convert::Infallible, future::Future, panic::AssertUnwindSafe};

/// Runs `handle` until the Lambda environment ends. The app is built once, before the first request.
///
/// # Errors
///
/// When the app cannot be built or the Lambda runtime API fails.
pub async fn run<H, F, E>(handle: H) -> Result<(), Error>
where
    H: Fn(&'static App, Request) -> F,
    F: Future<Output = Result<Response, E>> + Send,
    E: Into<Response>,
{
    lambda_http::tracing::init_default_subscriber();
    hide_panic_messages();
    let app: &'static App = Box::leak(Box::new(App::from_env()?));
    lambda_http::run(service_fn(|request| respond(handle(app, request)))).await
}

/// Has a panic say where it was and nothing else: its message may hold anything.
pub fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a handler panicked");
    }));
}

/// An endpoint's error is a response too, and so is a panic: nothing reaches API Gateway but a
/// response, so that it never makes an error of its own, nor Lambda a retry.
///
/// # Errors
///
/// Never.
pub async fn respond<E: Into<Response>>(
    outcome: impl Future<Output = Result<Response, E>>,
) -> Result<Response, Infallible> {
    let response = match AssertUnwindSafe(outcome).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => error.into(),
        // What a panic says may hold anything, so it is not passed on.
        Err(_) => OAuthError::server_error("the handler panicked").into(),
    };
    Ok(response)
}
