//! Fetches what clients refer to, the documents behind `jwks_uri`, `sector_identifier_uri` and `request_uris`, and posts
//! Logout Tokens to their `backchannel_logout_uri`. Not an endpoint: other functions call it by name ([`Errand`]), and
//! none but this one opens a connection to an address that a client named.
//!
//! What it opens one to is chosen with care, since whoever registers a client could otherwise reach through it
//! what is not theirs to reach (RFC 7591 §5, OpenID Connect Dynamic Client Registration §9.3): see [`Client`].

mod address;
mod client;
mod resolver;
mod response;
mod target;

pub use client::{Client, Limits};
pub use resolver::{Resolution, Resolver, SystemResolver};

use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{self, Diagnostic},
    service_fn,
};
use response::Document;
use shared::{
    App,
    config::Environment,
    domain::{DocumentKind, FetchFailure, FetchOutcome, Fetched, Freshness, RequestId, TenantId},
    fetching::{Errand, Task},
    http::causes,
    log::REQUEST,
    oauth::WebUri,
    observation::{self, Observation},
    runtime,
    storage::{StorageError, keys},
};

/// Runs the function until its Lambda environment ends.
///
/// # Errors
///
/// When a variable is missing or the Lambda runtime API fails.
pub async fn run() -> Result<(), Error> {
    let app = runtime::app(&Environment::read()?)?;
    app.connect().await;
    let fetch = &Fetch::new(app, Client::new(SystemResolver, Limits::default()));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Errand>| {
        let LambdaEvent { payload, context } = event;
        let outcome = fetch.handle(&payload, context.request_id).await;
        outcome.map_err(|why| Diagnostic {
            error_type: "FetchError".to_owned(),
            error_message: why.to_string(),
        })
    }))
    .await
}

/// What the function is made of: a table for the copies that it keeps, and a client.
pub struct Fetch {
    app: App,
    client: Client,
}

impl Fetch {
    /// A function of these parts.
    #[must_use]
    pub fn new(app: App, client: Client) -> Self {
        Self { app, client }
    }

    /// Does the errand, with a record of it in the log: what is at its URI, or why that is not to be had.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn handle(
        &self,
        errand: &Errand,
        request_id: String,
    ) -> Result<FetchOutcome, StorageError> {
        let t = TenantId::from_host(&errand.tenant);
        let function = env!("CARGO_PKG_NAME");
        let observation = Observation::of_command(function, request_id, t.clone());
        let done = async {
            let outcome = match &t {
                Some(t) => self.run_errand(t, errand).await,
                None => Ok(Err(FetchFailure::RefusedUri)),
            };
            let status: u16 = match &outcome {
                Ok(Ok(_)) => 200,
                Ok(Err(failure)) => {
                    observation::refused(reason(*failure));
                    400
                }
                Err(why) => {
                    let why = causes(why);
                    tracing::error!(code = "temporarily_unavailable", "{why}");
                    503
                }
            };
            tracing::info!(target: REQUEST, status);
            outcome
        };
        observation.watch(done).await
    }

    async fn run_errand(
        &self,
        t: &TenantId,
        errand: &Errand,
    ) -> Result<FetchOutcome, StorageError> {
        match &errand.task {
            Task::Get { kind, freshness } => self.fetch(t, &errand.uri, (*kind, *freshness)).await,
            Task::LogoutToken(token) => {
                // A JWT has no character that a form would have to escape.
                let posted = self.client.post(&errand.uri, &format!("logout_token={token}")).await;
                Ok(posted.map(|()| String::new()))
            }
        }
    }

    /// At most three round trips. Nobody is asked twice within a minute, and nobody by two at once.
    async fn fetch(
        &self,
        t: &TenantId,
        uri: &WebUri,
        (kind, freshness): (DocumentKind, Freshness),
    ) -> Result<FetchOutcome, StorageError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let known = store.read(keys::fetched(t, uri)).await?;
        if let Some(outcome) = known.as_ref().and_then(|known| known.outcome(freshness, now)) {
            return Ok(outcome);
        }
        let attempt = Fetched::begin(known, RequestId::generate(&*self.app.entropy), now);
        if let Some(other) = store.begin_fetch(t, uri, &attempt).await? {
            return Ok(other.latest());
        }
        let fetched = match self.client.get(uri, kind).await {
            Ok(Document { json, lifetime }) => attempt.succeeded(json, lifetime),
            Err(failure) => attempt.failed(failure),
        };
        store.keep_fetched(t, uri, &fetched).await?;
        Ok(fetched.latest())
    }
}

/// What metrics call it.
fn reason(failure: FetchFailure) -> &'static str {
    match failure {
        FetchFailure::RefusedUri => "refused_uri",
        FetchFailure::RefusedAddress => "refused_address",
        FetchFailure::Unreachable => "unreachable",
        FetchFailure::TimedOut => "timed_out",
        FetchFailure::Redirected => "redirected",
        FetchFailure::Gone => "gone",
        FetchFailure::BadStatus => "bad_status",
        FetchFailure::TooLarge => "too_large",
        FetchFailure::NotJson => "not_json",
        FetchFailure::NotJwt => "not_jwt",
        FetchFailure::Busy => "busy",
    }
}
