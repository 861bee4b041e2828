use super::UnusedClients;
use crate::{
    clock::Timestamp,
    domain::{Client, ProtectedSecret},
    entropy::SystemEntropy,
};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn client(issued_at: i64, expires_at: Option<Timestamp>) -> Client {
    let protect = |_: &_, _: &_| ProtectedSecret { mac: String::new(), sealed: None };
    let (client, _) = Client::machine_to_machine(&SystemEntropy, Timestamp(issued_at), protect);
    Client { expires_at, ..client }
}

/// Until when a client is counted that registers then and may be unused for so long.
fn counted_until(issued_at: i64, lifetime: Duration) -> i64 {
    let client = client(issued_at, Some(Timestamp(issued_at) + lifetime));
    UnusedClients::counter(&client).strip_prefix('e').unwrap().parse().unwrap()
}

#[test]
fn those_that_have_expired_do_not_count() {
    let counts = json!({ "e900": 5, "e1000": 3, "e1100": 2, "never": 1 });
    let counts: UnusedClients = serde_json::from_value(counts).unwrap();
    for (now, count, passed) in [
        (800, 11, vec![]),
        (900, 6, vec!["e900"]),
        (999, 6, vec!["e900"]),
        (1_000, 3, vec!["e1000", "e900"]),
        (1_100, 1, vec!["e1000", "e1100", "e900"]),
    ] {
        assert_eq!(counts.count(Timestamp(now)), count, "{now}");
        assert_eq!(counts.passed(Timestamp(now)).collect::<Vec<_>>(), passed, "{now}");
    }
}

#[test]
fn a_count_that_ran_ahead_is_no_more_than_none() {
    let counts: UnusedClients = serde_json::from_value(json!({ "e900": -2 })).unwrap();
    assert_eq!(counts.count(Timestamp(0)), 0);
}

#[test]
fn a_client_counts_until_it_expires_and_at_most_a_24th_of_its_lifetime_longer() {
    for lifetime in [Duration::from_secs(1), Duration::from_mins(1), HOUR, DAY, 30 * DAY, 365 * DAY]
    {
        let most = lifetime.as_secs() / 24;
        for issued_at in (0..5_000).map(|step| 1_790_000_000 + step * 977) {
            let expires_at = (Timestamp(issued_at) + lifetime).0;
            let late = counted_until(issued_at, lifetime) - expires_at;
            assert!((0..=most.cast_signed()).contains(&late), "{lifetime:?} {late}");
        }
    }
}

#[test]
fn one_lifetime_has_few_counters_at_a_time_so_that_the_item_is_small() {
    for lifetime in [Duration::from_mins(1), HOUR, DAY, 30 * DAY, 365 * DAY] {
        let step = (lifetime.as_secs() / 500).max(1);
        let moments = (0..lifetime.as_secs()).step_by(usize::try_from(step).unwrap());
        let until = |moment: u64| counted_until(1_790_000_000 + moment.cast_signed(), lifetime);
        let counters = moments.map(until).collect::<BTreeSet<_>>().len();
        assert!(counters <= 61, "{lifetime:?} {counters}");
    }
}

#[test]
fn those_that_never_expire_have_a_counter_too() {
    assert_eq!(UnusedClients::counter(&client(0, None)), "never");
}
