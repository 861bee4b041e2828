//! How many registrations there may be: of one source, with one tenant, and of clients that nobody uses.

use crate::attempt::Attempt;
use lambda_http::Request;
use shared::{
    App,
    domain::{
        REGISTRATIONS_PER_SOURCE, REGISTRATIONS_PER_TENANT, RateLimit, TenantId, UnusedClients,
    },
    http,
    oauth::OAuthError,
    storage::StorageError,
};
use std::time::Duration;

/// How long to wait until unused clients may have expired.
const WAIT_FOR_UNUSED: Duration = Duration::from_hours(1);

/// How often this source has registered in this minute. Counted while the limits are read.
pub(crate) enum Limits {
    /// A request of this very machine to itself, where no stranger is.
    NotCounted,
    Counted {
        source: String,
        times: u64,
    },
}

impl Limits {
    /// Counts this request for its source. One round trip.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub(crate) async fn count(
        app: &App,
        t: &TenantId,
        request: &Request,
    ) -> Result<Self, StorageError> {
        let Some(source) = http::source_to_limit(request, t) else { return Ok(Self::NotCounted) };
        let times = app.store.count_times(t, &REGISTRATIONS_PER_SOURCE, &source).await?;
        Ok(Self::Counted { source, times })
    }

    /// Checks the limit of the source.
    ///
    /// # Errors
    ///
    /// 429, with how long to wait.
    pub(crate) async fn check_source(&self, attempt: &Attempt<'_>) -> Result<(), OAuthError> {
        let Self::Counted { source, times } = self else { return Ok(()) };
        let most = attempt.tenant.dynamic_client_registration.registrations_per_source;
        let limit = RateLimit { counter: REGISTRATIONS_PER_SOURCE, most };
        attempt
            .app
            .check_registrations((attempt.t, attempt.request), &limit, (source, *times))
            .await
    }

    /// Counts this request for the tenant, and checks that limit. One round trip, and after all that is refused for
    /// where it comes from: else one source could use up what is there for all.
    ///
    /// # Errors
    ///
    /// 429, with how long to wait.
    pub(crate) async fn check_tenant(&self, attempt: &Attempt<'_>) -> Result<(), OAuthError> {
        if matches!(self, Self::NotCounted) {
            return Ok(());
        }
        let most = attempt.tenant.dynamic_client_registration.registrations_per_tenant;
        let limit = RateLimit { counter: REGISTRATIONS_PER_TENANT, most };
        let times = attempt.app.store.count_times(attempt.t, &limit.counter, "").await?;
        attempt.app.check_registrations((attempt.t, attempt.request), &limit, ("", times)).await
    }

    /// Whether the tenant takes a client more that nobody uses yet.
    pub(crate) fn have_room(
        &self,
        attempt: &Attempt<'_>,
        unused_clients: Option<&UnusedClients>,
    ) -> bool {
        let unused = unused_clients.map_or(0, |counts| counts.count(attempt.app.clock.now()));
        let most = attempt.tenant.dynamic_client_registration.unused_clients;
        matches!(self, Self::NotCounted) || unused < most
    }
}

/// What is answered where there is no room.
pub(crate) fn too_many_unused() -> OAuthError {
    OAuthError::too_many_requests(WAIT_FOR_UNUSED)
}
