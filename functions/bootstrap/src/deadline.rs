//! How long the function works: until something is left of its time, since Lambda would end it and tell nobody.

use shared::clock::Timestamp;
use std::time::Duration;

/// What is left: for disabling the keys that were made for nothing, and for telling CloudFormation, twice if need be.
const TIME_TO_TELL: Duration = Duration::from_secs(10);

/// How long it works where it is told no deadline.
const WITHOUT_DEADLINE: Duration = Duration::from_secs(50);

/// How long the function works from `now` on, if Lambda ends it at `deadline`, in milliseconds since 1970.
pub(crate) fn time_to_work(now: Timestamp, deadline: u64) -> Duration {
    let deadline = Timestamp(i64::try_from(deadline / 1_000).unwrap_or(i64::MAX));
    // `cargo lambda watch` names one that passed in 1970.
    if deadline < now {
        return WITHOUT_DEADLINE;
    }
    deadline.since(now).saturating_sub(TIME_TO_TELL)
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
