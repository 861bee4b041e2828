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

/// How often this source, and all together, have registered in this minute. Counted while the limits are
/// read.
pub(crate) enum Limits {
    /// A request of this very machine to itself, where no stranger is.
    NotCounted,
    Counted {
        source: String,
        by_source: u64,
        by_tenant: u64,
    },
}

impl Limits {
    /// Counts this request. One round trip each, both at the same time.
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
        let (by_source, by_tenant) = tokio::try_join!(
            app.store.count_times(t, &REGISTRATIONS_PER_SOURCE, &source),
            app.store.count_times(t, &REGISTRATIONS_PER_TENANT, ""),
        )?;
        Ok(Self::Counted { source, by_source, by_tenant })
    }

    /// Checks the counts against the tenant's limits. Only the first time in a minute that one is exceeded
    /// is an event: a flood must not fill the log too.
    ///
    /// # Errors
    ///
    /// 429, with how long to wait.
    pub(crate) async fn check(
        &self,
        attempt: &Attempt<'_>,
        unused_clients: Option<&UnusedClients>,
    ) -> Result<(), OAuthError> {
        let policy = &attempt.tenant.dynamic_client_registration;
        let Self::Counted { source, by_source, by_tenant } = self else { return Ok(()) };
        for (counter, most, subject, times) in [
            (REGISTRATIONS_PER_SOURCE, policy.registrations_per_source, &**source, *by_source),
            (REGISTRATIONS_PER_TENANT, policy.registrations_per_tenant, "", *by_tenant),
        ] {
            let limit = RateLimit { counter, most };
            if let Some(wait) = attempt.app.store.wait(attempt.t, &limit, subject, times) {
                if limit.is_just_exceeded(times) {
                    attempt.log_limit(counter.name).await?;
                }
                return Err(OAuthError::too_many_requests(wait));
            }
        }
        let unused = unused_clients.map_or(0, |counts| counts.count(attempt.app.clock.now()));
        if unused >= policy.unused_clients {
            attempt.log_limit("unused_clients").await?;
            return Err(OAuthError::too_many_requests(WAIT_FOR_UNUSED));
        }
        Ok(())
    }
}
