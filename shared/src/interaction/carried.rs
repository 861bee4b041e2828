//! A request that did not come as parameters in the browser's URL, on its way through the browser: the parameters
//! that were made of it, sealed.
//!
//! A request object is verified once, when it arrives, and a pushed request read once. What is carried from stop to
//! stop is what was made of it, so that no stop can see another request than the one before: not when the document
//! behind a `request_uri` has changed meanwhile, nor when the client's keys have, nor when the object or the pushed
//! request expires while its user types a password.

use super::Interaction;
use crate::{
    App,
    clock::Timestamp,
    domain::{ClientId, Provenance, PushedRequest, RequestId},
    keys::{Purpose, Sealing},
    oauth::{OAuthError, OAuthErrorCode, Parameters},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the name of such a request starts with; no client can register one.
const PREFIX: &str = "urn:cardea:request:";

/// How long a user may take from the application and back.
const LIFETIME: Duration = Duration::from_hours(1);

/// A request whose parameters were verified.
#[derive(Serialize, Deserialize)]
pub(super) struct Carried {
    /// Its parameters, as a query.
    query: String,
    pub(super) provenance: Provenance,
    expires_at: Timestamp,
}

impl Carried {
    /// The request that `parameters` name, if it is one of these: it has a name that only we give.
    pub(super) fn open(sealing: &Sealing, parameters: &Parameters) -> Option<Self> {
        let uri = parameters.get("request_uri").filter(|_| parameters.get("request").is_none());
        sealing.open(Purpose::Request, uri?.strip_prefix(PREFIX)?)
    }

    /// Its parameters.
    ///
    /// # Errors
    ///
    /// `invalid_request_uri`, for a page that was left open for too long.
    pub(super) fn parameters(&self, now: Timestamp) -> Result<Parameters, OAuthError> {
        if now >= self.expires_at {
            let why =
                "This sign-in was begun too long ago. Go back to the application and start again.";
            return Err(OAuthError::new(OAuthErrorCode::InvalidRequestUri, why));
        }
        Parameters::from_form(self.query.as_bytes()).map_err(OAuthError::server_error)
    }
}

impl Interaction {
    /// The same stop of the request that `parameters` make, whoever they are from; it goes on with them sealed.
    pub(super) fn carrying(
        self,
        app: &App,
        (parameters, provenance): (Parameters, Provenance),
    ) -> Result<Self, OAuthError> {
        let expires_at = app.clock.now() + LIFETIME;
        let carried = Carried { query: parameters.to_query(), provenance, expires_at };
        let sealed = self.sealing.seal(Purpose::Request, &carried, &*app.entropy);
        let sealed = sealed.ok_or_else(|| OAuthError::server_error("a request can't be sealed"))?;
        let query = format!("request_uri={PREFIX}{sealed}");
        Ok(Self { parameters, provenance: carried.provenance, query, ..self })
    }

    /// Uses up the request, if it was pushed: it is good for one answer (RFC 9126 §4), however often its user reloads
    /// a page on the way there. One round trip then.
    ///
    /// # Errors
    ///
    /// `invalid_request_uri`, if it was answered before; 503 when the table fails.
    pub async fn use_up(&self, app: &App, client_id: &ClientId) -> Result<(), OAuthError> {
        let Some(id) = &self.provenance.pushed else { return Ok(()) };
        let used = PushedRequest {
            client_id: client_id.clone(),
            query: String::new(),
            is_signed: self.provenance.is_signed,
            used_by: Some(RequestId::generate(&*app.entropy)),
            // No page that carries it is good for longer.
            expires_at: app.clock.now() + LIFETIME,
        };
        if app.store.use_pushed_request(&self.tenant_id, id, &used).await? {
            return Ok(());
        }
        let description = "request_uri was used before: push the request again";
        Err(OAuthError::new(OAuthErrorCode::InvalidRequestUri, description))
    }
}
