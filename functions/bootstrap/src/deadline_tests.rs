use super::time_to_work;
use shared::clock::Timestamp;
use std::time::Duration;

#[test]
fn ten_seconds_are_left_before_a_deadline_that_is_one() {
    let now = Timestamp(1_700_000_000);
    for (deadline, expected) in [
        (1_700_000_060_000, 50),
        (1_700_000_060_999, 50),
        (1_700_000_010_000, 0),
        (1_700_000_005_000, 0),
        (1_700_000_000_000, 0),
        (600_000, 50),
    ] {
        assert_eq!(time_to_work(now, deadline), Duration::from_secs(expected), "{deadline}");
    }
}
