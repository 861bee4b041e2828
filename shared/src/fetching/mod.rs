//! Fetching what clients refer to (`jwks_uri`, `sector_identifier_uri`, `request_uris`), and telling them that a session
//! has ended (`backchannel_logout_uri`): how the one function that does it is called, and what is made of its answers.
//!
//! Nothing here, nor in any function but `fetch`, opens a connection to an address that a client named.

mod backchannel_logout;
mod invocation;
mod references;

pub use backchannel_logout::EndedSessions;
pub use invocation::Invocation;

use crate::{
    App,
    domain::{
        AssertionKeys, DocumentKind, FetchFailure, FetchOutcome, Freshness, Tenant, TenantId,
    },
    jose::JwkSet,
    oauth::{OAuthError, WebUri},
    storage::keys,
};
use serde::{Deserialize, Serialize};
use std::{error::Error, future::Future, pin::Pin};

/// What is to be done at an address that a client named, and for whom. Without `Debug`, since a Logout Token is nobody
/// else's business.
#[derive(Clone, Serialize, Deserialize)]
pub struct Errand {
    /// The host of the tenant's issuer.
    pub tenant: String,
    /// Where it is.
    pub uri: WebUri,
    /// What is to be done there.
    #[serde(flatten)]
    pub task: Task,
}

/// What can be done at an address that a client named.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// To get the document that is there.
    Get {
        /// What it has to be.
        kind: DocumentKind,
        /// Which copy is good enough.
        freshness: Freshness,
    },
    /// To post this Logout Token (OpenID Connect Back-Channel Logout §2.5). The outcome is an empty text.
    LogoutToken(String),
}

/// What a [`Fetcher`] answers with.
pub type FetchAnswer<'a> =
    Pin<Box<dyn Future<Output = Result<FetchOutcome, FetcherError>> + Send + 'a>>;

/// Fetches what clients refer to: the `fetch` function, however it is reached.
pub trait Fetcher: Send + Sync {
    /// What is at the errand's URI, or why that is not to be had.
    fn fetch<'a>(&'a self, errand: &'a Errand) -> FetchAnswer<'a>;
}

/// The `fetch` function does not answer. Nobody sees why but the log; the client is told to try again.
#[derive(Debug, thiserror::Error)]
#[error("fetching what a client refers to")]
pub struct FetcherError(#[source] Box<dyn Error + Send + Sync>);

impl FetcherError {
    /// An error with this cause.
    pub fn because(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl App {
    /// The document at `uri`: the copy that is kept, if it is good enough, else by way of the `fetch`
    /// function. One round trip, and perhaps one call of the function.
    ///
    /// # Errors
    ///
    /// When the table or the function fails, and while another request is waiting for the same.
    pub async fn fetch(
        &self,
        t: &TenantId,
        uri: &WebUri,
        kind: DocumentKind,
        freshness: Freshness,
    ) -> Result<FetchOutcome, OAuthError> {
        let known = self.store.read(keys::fetched(t, uri)).await?;
        let known = known.and_then(|known| known.outcome(freshness, self.clock.now()));
        let outcome = match known {
            Some(outcome) => outcome,
            None => self.ask_fetcher(t, uri, kind, freshness).await?,
        };
        match outcome {
            Err(FetchFailure::Busy) => {
                Err(OAuthError::temporarily_unavailable("another request is fetching the same"))
            }
            outcome => Ok(outcome),
        }
    }

    async fn ask_fetcher(
        &self,
        t: &TenantId,
        uri: &WebUri,
        kind: DocumentKind,
        freshness: Freshness,
    ) -> Result<FetchOutcome, OAuthError> {
        let task = Task::Get { kind, freshness };
        let answer = self.run_errand(t, uri, task).await;
        answer.map_err(OAuthError::temporarily_unavailable)
    }

    async fn run_errand(
        &self,
        t: &TenantId,
        uri: &WebUri,
        task: Task,
    ) -> Result<FetchOutcome, FetcherError> {
        let unknown = || FetcherError::because("finding the function: CARDEA_FETCH_FUNCTION");
        let fetcher = self.fetcher.as_ref().ok_or_else(unknown)?;
        let errand = Errand { tenant: t.as_str().to_owned(), uri: uri.clone(), task };
        fetcher.fetch(&errand).await
    }

    /// A client's keys at `uri` (RFC 7591 §2, `jwks_uri`); none, if there are none to be had that we can use.
    ///
    /// # Errors
    ///
    /// As of [`App::fetch`].
    pub async fn fetch_keys(
        &self,
        t: &TenantId,
        uri: &WebUri,
        freshness: Freshness,
    ) -> Result<Option<JwkSet>, OAuthError> {
        let json = self.fetch(t, uri, DocumentKind::Json, freshness).await?.ok();
        Ok(json.and_then(|json| JwkSet::parse_published(&serde_json::from_str(&json).ok()?).ok()))
    }

    /// What `verify` makes of a client's keys: of those that it registered, or of those that it publishes, as they
    /// were, and if the one that signed `is_named` by none of them, as they are now (OpenID Connect Core §10.1.1).
    /// At most two round trips and one call of the function, and none for keys that it registered.
    ///
    /// # Errors
    ///
    /// As of [`App::fetch`].
    pub async fn with_keys_of<T>(
        &self,
        tenant: &Tenant,
        keys: AssertionKeys<'_>,
        is_named: impl Fn(&JwkSet) -> bool,
        verify: impl Fn(&JwkSet) -> Option<T>,
    ) -> Result<Option<T>, OAuthError> {
        let uri = match keys {
            AssertionKeys::Held(keys) => return Ok(verify(keys)),
            AssertionKeys::At(uri) if tenant.dynamic_client_registration.allow_fetching => uri,
            AssertionKeys::At(_) => return Ok(None),
        };
        let t = tenant.issuer.tenant_id();
        for freshness in [Freshness::Cached, Freshness::Renewed] {
            let keys = self.fetch_keys(&t, uri, freshness).await?;
            let verified = keys.as_ref().and_then(&verify);
            if verified.is_some() || keys.is_some_and(|keys| is_named(&keys)) {
                return Ok(verified);
            }
        }
        Ok(None)
    }
}
