use super::{FetchFailure, Fetched, Freshness};
use crate::{
    clock::Timestamp,
    domain::RequestId,
    entropy::{Entropy, SystemEntropy},
};
use std::time::Duration;

const START: Timestamp = Timestamp(1_000_000);
const CACHED: Freshness = Freshness::Cached;
const RENEWED: Freshness = Freshness::Renewed;

fn begin(known: Option<Fetched>, seconds: u64) -> Fetched {
    let entropy: &dyn Entropy = &SystemEntropy;
    Fetched::begin(known, RequestId::generate(entropy), after(seconds))
}

fn after(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn document(seconds: u64) -> Fetched {
    begin(None, seconds).succeeded("[]".to_owned(), Duration::from_mins(5))
}

#[test]
fn a_copy_is_good_while_it_is_fresh_and_a_renewed_one_for_half_a_minute() {
    let fetched = document(0);
    for (seconds, cached, renewed) in [
        (0, true, true),
        (29, true, true),
        (30, true, false),
        (299, true, false),
        (300, false, false),
    ] {
        let found = |freshness| fetched.outcome(freshness, after(seconds)).is_some();
        assert_eq!((found(CACHED), found(RENEWED)), (cached, renewed), "{seconds}");
    }
}

#[test]
fn a_uri_is_left_alone_for_half_a_minute_whatever_came_of_it() {
    let failed = begin(None, 0).failed(FetchFailure::TimedOut);
    for freshness in [CACHED, RENEWED] {
        assert_eq!(failed.outcome(freshness, after(29)), Some(Err(FetchFailure::TimedOut)));
        assert_eq!(failed.outcome(freshness, after(30)), None);
        assert_eq!(begin(None, 0).outcome(freshness, after(1)), Some(Err(FetchFailure::Busy)));
    }
}

#[test]
fn a_known_copy_stands_in_for_a_day_and_no_longer_and_not_for_what_is_gone() {
    let day = 24 * 60 * 60;
    let mut known = document(0);
    for seconds in [400, 4_000, day - 10] {
        let attempt = begin(Some(known), seconds);
        assert_eq!(attempt.latest(), Ok("[]".to_owned()), "while it is asked");
        known = attempt.failed(FetchFailure::Unreachable);
        assert_eq!(known.latest(), Ok("[]".to_owned()), "{seconds}");
        assert_eq!(known.outcome(CACHED, after(seconds + 30)), None, "it is asked again");
    }
    assert_eq!(known.outcome(CACHED, after(day)), Some(Err(FetchFailure::Unreachable)));
    let late = begin(Some(known), day).failed(FetchFailure::Unreachable);
    assert_eq!(late.latest(), Err(FetchFailure::Unreachable));
    let gone = begin(Some(document(0)), 400).failed(FetchFailure::Gone);
    assert_eq!(gone.latest(), Err(FetchFailure::Gone));
    let back = begin(Some(gone), 800).succeeded("{}".to_owned(), Duration::from_mins(5));
    assert_eq!(back.latest(), Ok("{}".to_owned()));
}
