//! What is told of a request: who was asked for what, what came of it, and how long it took. Counted
//! wherever it happens, by way of the task that serves the request; told once, at its end, by [`log`].
//!
//! It is an allow-list: there is no field for a header, a query, a body, a token or an address.
//!
//! [`log`]: crate::log

use crate::{clock::Stopwatch, domain::TenantId, http};
use lambda_http::{Request, RequestExt, http::StatusCode, request::RequestContext};
use std::sync::{Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    static CURRENT: Observation;
}

/// What is worth counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A client registered itself.
    Registration,
    /// A user signed in.
    SignIn,
    /// A user signed out.
    SignOut,
    /// An authorization code was issued.
    CodeIssued,
    /// Tokens were issued, one or several at once.
    TokensIssued,
}

/// Who took part of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// The table.
    DynamoDb,
    /// The key holder.
    Kms,
}

/// A request, as far as it may be told of.
#[derive(Debug)]
pub struct Observation {
    /// Which function serves it.
    pub function: &'static str,
    /// What API Gateway calls it; its access log holds the same.
    pub request_id: String,
    /// Whose issuer was asked.
    pub tenant: Option<TenantId>,
    /// By which method.
    pub method: String,
    counts: Mutex<Counts>,
    stopwatch: Stopwatch,
}

/// What happened during a request.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// What was done, in order.
    pub events: Vec<Event>,
    /// Why it was refused, if it was.
    pub error: Option<&'static str>,
    /// How long each call of a dependency took, in milliseconds.
    pub calls: Vec<(Dependency, f64)>,
}

/// What came of a request.
#[derive(Debug)]
pub struct Outcome {
    /// What happened.
    pub counts: Counts,
    /// The status of the answer.
    pub status: StatusCode,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

impl Observation {
    /// What can be told of `request` before it is served by `function`.
    #[must_use]
    pub fn of(function: &'static str, request: &Request) -> Self {
        let request_id = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
            _ => None,
        };
        Self {
            function,
            request_id: request_id.unwrap_or_default(),
            tenant: http::tenant_id(request).ok(),
            // A method can be any word, and this is no place for a stranger's words.
            method: known_method(request).unwrap_or("other").to_owned(),
            counts: Mutex::default(),
            stopwatch: Stopwatch::start(),
        }
    }

    /// What can be told of a command to `function` before it is obeyed.
    #[must_use]
    pub fn of_command(
        function: &'static str,
        request_id: String,
        tenant: Option<TenantId>,
    ) -> Self {
        let method = "INVOKE".to_owned();
        let (counts, stopwatch) = (Mutex::default(), Stopwatch::start());
        Self { function, request_id, tenant, method, counts, stopwatch }
    }

    /// Serves the request by `future`, and watches it.
    pub async fn watch<T>(self, future: impl Future<Output = T>) -> T {
        CURRENT.scope(self, future).await
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of it, once it is answered with `status`.
    #[must_use]
    pub fn outcome(&self, status: StatusCode) -> Outcome {
        let counts = self.counts().clone();
        Outcome { counts, status, duration_ms: self.stopwatch.milliseconds() }
    }
}

/// Counts `event` for the request that is being served.
pub fn happened(event: Event) {
    with_current(|observation| observation.counts().events.push(event));
}

/// Notes that the request that is being served was refused, and why: a code out of a closed list.
pub fn refused(error: &'static str) {
    with_current(|observation| observation.counts().error = Some(error));
}

/// Notes how long a call of `dependency` took.
pub fn called(dependency: Dependency, milliseconds: f64) {
    with_current(|observation| observation.counts().calls.push((dependency, milliseconds)));
}

/// What `tell` says of the request that is being served, if one is.
pub fn with_current<T>(tell: impl FnOnce(&Observation) -> T) -> Option<T> {
    CURRENT.try_with(tell).ok()
}

fn known_method(request: &Request) -> Option<&'static str> {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == request.method().as_str())
}
