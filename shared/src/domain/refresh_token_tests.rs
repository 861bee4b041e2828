use super::{RefreshGrant, Standing};
use crate::{clock::Timestamp, domain::IndividualClaims, oauth::Scopes};
use std::time::Duration;

fn grant() -> RefreshGrant {
    RefreshGrant {
        generation: 3,
        rotated_at: Timestamp(100),
        advanced_by: None,
        idle_until: Some(Timestamp(200)),
        absolute_until: Some(Timestamp(300)),
        scope: Scopes::default(),
        claims: IndividualClaims::default(),
        audiences: vec![],
        auth_time: Timestamp(0),
    }
}

#[test]
fn the_predecessor_is_forgiven_for_a_moment_and_no_other() {
    use Standing::{Current, JustSpent, Spent};
    for (generation, leeway, now, expected) in [
        (3, 10, 100, Current),
        (3, 0, 199, Current),
        (2, 10, 100, JustSpent),
        (2, 10, 109, JustSpent),
        (2, 10, 110, Spent),
        (2, 0, 100, Spent),
        (1, 10, 100, Spent),
        (0, 10, 100, Spent),
        // Of a table that was set back.
        (4, 10, 100, Spent),
        (u32::MAX, 10, 100, Spent),
    ] {
        let standing = grant().standing(generation, Duration::from_secs(leeway), Timestamp(now));
        assert_eq!(standing, expected, "{generation} {leeway} {now}");
    }
}

#[test]
fn the_shorter_of_both_lifetimes_counts() {
    for (idle, absolute, until) in [
        (Some(200), Some(300), Some(200)),
        (Some(400), Some(300), Some(300)),
        (None, Some(300), Some(300)),
        (Some(200), None, Some(200)),
        (None, None, None),
    ] {
        let [idle_until, absolute_until] = [idle, absolute].map(|at| at.map(Timestamp));
        let grant = RefreshGrant { idle_until, absolute_until, ..grant() };
        assert_eq!(grant.until(), until.map(Timestamp));
        assert!(grant.is_alive(Timestamp(199)));
        assert_eq!(grant.is_alive(Timestamp(300)), until.is_none(), "{idle:?} {absolute:?}");
        let expected = until.map(|until| Timestamp(until + 3_600 + 60));
        assert_eq!(grant.expires_at(Duration::from_hours(1)), expected);
    }
}
