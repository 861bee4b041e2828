//! What a client's URI led to: the copy that is kept for a tenant, and how long it is good for.

use super::RequestId;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a URI is left alone after it was asked, whatever came of it: a client that replaces its keys, and uses the new
/// one a minute later, is believed.
const PAUSE: Duration = Duration::from_secs(30);

/// How long a copy may stand in for a server that can't be reached.
const MAX_AGE: Duration = Duration::from_hours(24);

/// Which copy is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// One that its server lets be kept for so long.
    Cached,
    /// One of the last half minute.
    Renewed,
}

/// What a document has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// JSON, and called so.
    Json,
    /// A JWT with a signature, whatever it is called: a request object (RFC 9101 §5.2.3).
    Jwt,
}

/// Why a document is not to be had, in words that go after the name of the member that led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum FetchFailure {
    /// Not a URI that is asked at all.
    #[error("must be an https URI on port 443, without a user name")]
    RefusedUri,
    /// Its host has an address that is not on the public internet.
    #[error("must not lead to an address outside the public internet")]
    RefusedAddress,
    /// No address, no connection, no trusted certificate, or no HTTP.
    #[error("could not be reached over TLS with a publicly trusted certificate")]
    Unreachable,
    /// It took too long.
    #[error("did not answer in time")]
    TimedOut,
    /// It leads elsewhere, which is not followed.
    #[error("must answer itself: redirects are not followed")]
    Redirected,
    /// There is nothing any more (RFC 9110 §15.5.5, §15.5.11).
    #[error("leads to nothing: it answered 404 or 410")]
    Gone,
    /// Another status than 200.
    #[error("did not answer with status 200")]
    BadStatus,
    /// More than anybody needs.
    #[error("answered with more than 64 KiB")]
    TooLarge,
    /// No JSON, or not called so.
    #[error("did not answer with JSON and a Content-Type that says so")]
    NotJson,
    /// No JWT with a signature.
    #[error("did not answer with a signed JWT")]
    NotJwt,
    /// Somebody else is asking right now.
    #[error("is being asked at this moment")]
    Busy,
}

/// What came of asking.
pub type FetchOutcome = Result<String, FetchFailure>;

/// A URI that was asked, and the last copy of what it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The copy, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Document>,
    /// What went wrong the last time, if something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FetchFailure>,
    tried_at: Timestamp,
    tried_by: RequestId,
    expires_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Document {
    /// As it was sent, which is known to be of its kind.
    json: String,
    fresh_until: Timestamp,
    good_until: Timestamp,
}

impl Fetched {
    /// An attempt that begins, with what is known from earlier ones.
    #[must_use]
    pub fn begin(known: Option<Self>, tried_by: RequestId, now: Timestamp) -> Self {
        let document = known.and_then(|known| known.document).filter(|one| now < one.good_until);
        let failure = Some(FetchFailure::Busy);
        Self { document, failure, tried_at: now, tried_by, expires_at: now }.kept()
    }

    /// The same with the document that the URI answered, fresh for as long.
    #[must_use]
    pub fn succeeded(self, json: String, lifetime: Duration) -> Self {
        let (fresh_until, good_until) = (self.tried_at + lifetime, self.tried_at + MAX_AGE);
        let document = Some(Document { json, fresh_until, good_until });
        Self { document, failure: None, ..self }.kept()
    }

    /// The same with why there is no document. An older copy stays, unless its server says that it is gone.
    #[must_use]
    pub fn failed(self, failure: FetchFailure) -> Self {
        let document = self.document.filter(|_| failure != FetchFailure::Gone);
        Self { document, failure: Some(failure), ..self }.kept()
    }

    /// Kept for as long as it says something.
    fn kept(self) -> Self {
        let good_until = self.document.as_ref().map(|document| document.good_until);
        let expires_at = (self.tried_at + PAUSE).max(good_until.unwrap_or(self.tried_at));
        Self { expires_at, ..self }
    }

    /// What it answers without being asked again; nothing, if it has to be asked.
    #[must_use]
    pub fn outcome(&self, freshness: Freshness, now: Timestamp) -> Option<FetchOutcome> {
        let is_left_alone = now < self.tried_at + PAUSE;
        let document = self.document.as_ref().filter(|document| now < document.good_until);
        let may_be_old = freshness == Freshness::Cached;
        match document {
            Some(document) if is_left_alone || (may_be_old && now < document.fresh_until) => {
                Some(Ok(document.json.clone()))
            }
            None if is_left_alone => self.failure.map(Err),
            _ => None,
        }
    }

    /// What came of it, for whoever asked.
    ///
    /// # Errors
    ///
    /// [`FetchFailure`], where there is no copy either.
    pub fn latest(&self) -> FetchOutcome {
        self.outcome(Freshness::Renewed, self.tried_at).unwrap_or(Err(FetchFailure::Busy))
    }

    /// The latest attempt that lets another one begin now.
    #[must_use]
    pub fn latest_that_admits_another(now: Timestamp) -> Timestamp {
        now - PAUSE
    }
}

#[cfg(test)]
#[path = "fetched_tests.rs"]
mod tests;
