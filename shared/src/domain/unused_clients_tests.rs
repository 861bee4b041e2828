use super::UnusedClients;
use crate::clock::Timestamp;
use serde_json::json;

const DAY: i64 = 86_400;

#[test]
fn those_that_have_expired_do_not_count() {
    let counts = json!({ "d9": 5, "d10": 3, "d11": 2, "never": 1 });
    let counts: UnusedClients = serde_json::from_value(counts).unwrap();
    for (now, count, passed) in [
        (8 * DAY, 11, vec![]),
        (10 * DAY, 6, vec!["d9"]),
        (10 * DAY + DAY - 1, 6, vec!["d9"]),
        (11 * DAY, 3, vec!["d10", "d9"]),
        (12 * DAY, 1, vec!["d10", "d11", "d9"]),
    ] {
        assert_eq!(counts.count(Timestamp(now)), count, "{now}");
        assert_eq!(counts.passed(Timestamp(now)).collect::<Vec<_>>(), passed, "{now}");
    }
}

#[test]
fn a_count_that_ran_ahead_is_no_more_than_none() {
    let counts: UnusedClients = serde_json::from_value(json!({ "d9": -2 })).unwrap();
    assert_eq!(counts.count(Timestamp(0)), 0);
}

#[test]
fn a_client_is_counted_on_the_day_it_expires() {
    assert_eq!(UnusedClients::day(Some(Timestamp(3 * DAY + 5))), "d3");
    assert_eq!(UnusedClients::day(None), "never");
}
