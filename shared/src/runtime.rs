//! Runs one endpoint as one Lambda function.

use crate::{
    App,
    config::Environment,
    fetching::Invocation,
    http::Response,
    keys::KmsKeys,
    log::{JsonLines, REQUEST},
    oauth::OAuthError,
    observation::Observation,
};
use futures_util::FutureExt;
use lambda_http::{Error, IntoResponse, Request, service_fn};
use std::{
    convert::Infallible,
    env,
    future::{Future, ready},
    io,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

/// Runs `handle` as the Lambda function called `function` until its environment ends. The app is built
/// once and its connections are opened before the first request, while Lambda gives a whole processor.
///
/// # Errors
///
/// When the app cannot be built or the Lambda runtime API fails.
pub async fn run<H, F, E>(function: &'static str, handle: H) -> Result<(), Error>
where
    H: Fn(&'static App, Request) -> F + Copy + Send + Sync,
    F: Future<Output = Result<Response, E>> + Send,
    E: Into<Response>,
{
    serve(function, app(&Environment::read()?)?, handle).await
}

/// The same for a function that may have fetched what clients refer to.
///
/// # Errors
///
/// Those of [`run`].
pub async fn run_with_fetcher<H, F, E>(function: &'static str, handle: H) -> Result<(), Error>
where
    H: Fn(&'static App, Request) -> F + Copy + Send + Sync,
    F: Future<Output = Result<Response, E>> + Send,
    E: Into<Response>,
{
    let environment = Environment::read()?;
    let mut app = app(&environment)?;
    if let Some(name) = &environment.fetch_function {
        let invocation = Invocation::new(&environment.aws, name, app.clock.clone())?;
        app.fetcher = Some(Arc::new(invocation));
    }
    serve(function, app, handle).await
}

/// The app of a function in this environment, whose logs are written from now on.
///
/// # Errors
///
/// When the environment is not what a function needs.
pub fn app(environment: &Environment) -> Result<App, Error> {
    write_logs(&environment.stack);
    let sdk_config = environment.aws.sdk_config()?;
    let keys = KmsKeys::new(environment.aws.kms(&sdk_config), environment.sealing_key.clone());
    Ok(App::new_on_aws(environment, &sdk_config, keys))
}

async fn serve<H, F, E>(function: &'static str, app: App, handle: H) -> Result<(), Error>
where
    H: Fn(&'static App, Request) -> F + Copy + Send + Sync,
    F: Future<Output = Result<Response, E>> + Send,
    E: Into<Response>,
{
    let app: &'static App = Box::leak(Box::new(app));
    app.connect().await;
    let answer = async |request| respond(function, app, request, handle).await.map(Finished);
    lambda_http::run(service_fn(answer)).await
}

/// A response whose body needs no conversion. Left to itself, `lambda_http` would bring every character set along
/// for what is always UTF-8.
struct Finished(Response);

impl IntoResponse for Finished {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        Box::pin(ready(self.0))
    }
}

/// Has this process write its logs as JSON to standard output, down to the level that `CARDEA_LOG_LEVEL`
/// names: `info` without it.
pub fn write_logs(stack: &str) {
    let level = env::var("CARDEA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let level = level.unwrap_or(LevelFilter::INFO);
    let lines = JsonLines::new(stack.to_owned(), level, io::stdout());
    tracing_subscriber::registry().with(lines).init();
    hide_panic_messages();
}

/// Has a panic say where it was and nothing else: its message may hold anything.
pub fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a handler panicked");
    }));
}

/// What `function` answers to `request`, with a record of it in the log.
///
/// An endpoint's error is a response too, and so is a panic: nothing reaches API Gateway but a
/// response, so that it never makes an error of its own, nor Lambda a retry.
///
/// # Errors
///
/// Never.
pub async fn respond<H, F, E>(
    function: &'static str,
    app: &'static App,
    request: Request,
    handle: H,
) -> Result<Response, Infallible>
where
    H: Fn(&'static App, Request) -> F,
    F: Future<Output = Result<Response, E>>,
    E: Into<Response>,
{
    let observation = Observation::of(function, &request);
    let answered = async {
        let response = match AssertUnwindSafe(handle(app, request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => error.into(),
            // What a panic says may hold anything, so it is not passed on.
            Err(_) => OAuthError::server_error("the handler panicked").into(),
        };
        tracing::info!(target: REQUEST, status = response.status().as_u16());
        response
    };
    Ok(observation.watch(answered).await)
}
