//! What a tenant's owner learns of registrations, and of changes to them, that are refused: each in the log, and what anybody
//! can cause at will, once a minute.

use crate::{
    App,
    domain::{AuditEvent, EventType, REFUSALS_LOGGED, RateLimit, TenantId},
    http,
    oauth::{OAuthError, OAuthErrorCode},
    storage::StorageError,
};
use lambda_http::Request;
use serde_json::{Map, Value, json};

/// What `request` asked to be registered, in short, as the details of an event have it.
#[must_use]
pub fn asked_for(request: &Request) -> Map<String, Value> {
    let metadata = http::client_metadata(request).ok();
    metadata.map(|metadata| ("body".to_owned(), metadata.told().into())).into_iter().collect()
}

impl App {
    /// Tells the owner what was `refused`, an event and what was asked for, and why: the refusal, or why that can't be
    /// told. Failures of ours are no refusals, and limits tell of themselves. One round trip.
    pub async fn log_refusal(
        &self,
        t: &TenantId,
        refused: impl FnOnce() -> (AuditEvent, Map<String, Value>),
        refusal: OAuthError,
    ) -> OAuthError {
        use OAuthErrorCode::{ServerError, TemporarilyUnavailable, TooManyRequests};
        if matches!(refusal.error, ServerError | TemporarilyUnavailable | TooManyRequests) {
            return refusal;
        }
        let (event, asked) = refused();
        let event = event.with_details(json!({
            "request": asked,
            "response": {
                "body": { "error": refusal.error, "error_description": refusal.error_description },
            },
        }));
        match self.store.log(t, &event).await {
            Ok(()) => refusal,
            Err(why) => why.into(),
        }
    }

    /// [`App::log_refusal`] where anybody can be refused any number of times: once a minute for each `subject`. At most
    /// two round trips.
    pub async fn log_refusal_once(
        &self,
        (t, subject): (&TenantId, &str),
        refused: impl FnOnce() -> (AuditEvent, Map<String, Value>),
        refusal: OAuthError,
    ) -> OAuthError {
        match self.store.is_first(t, &REFUSALS_LOGGED, subject).await {
            Ok(true) => self.log_refusal(t, refused, refusal).await,
            Ok(false) => refusal,
            Err(why) => why.into(),
        }
    }

    /// Checks a limit that `subject` has come up against `times` times in this minute. Only the first time that it is
    /// exceeded is an event: a flood must not fill the log too. No round trip but that event.
    ///
    /// # Errors
    ///
    /// 429, with how long to wait.
    pub async fn check_registrations(
        &self,
        (t, request): (&TenantId, &Request),
        limit: &RateLimit,
        (subject, times): (&str, u64),
    ) -> Result<(), OAuthError> {
        let Some(wait) = self.store.wait(t, limit, subject, times) else { return Ok(()) };
        if limit.is_just_exceeded(times) {
            self.log_registration_limit((t, request), limit.counter.name).await?;
        }
        Err(OAuthError::too_many_requests(wait))
    }

    /// Tells the owner that a limit of registrations was reached. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn log_registration_limit(
        &self,
        (t, request): (&TenantId, &Request),
        limit: &str,
    ) -> Result<(), StorageError> {
        let (description, origin) = ("Dynamic client registration limited", http::origin(request));
        let (now, entropy) = (self.clock.now(), &*self.entropy);
        let event = AuditEvent::new(EventType::LimitReached, description, origin, now, entropy);
        self.store.log(t, &event.with_details(json!({ "limit": limit }))).await
    }
}
