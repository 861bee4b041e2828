use super::*;

#[test]
fn a_time_is_written_as_rfc_3339_has_it() {
    for (seconds, written) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"),
        (1_795_593_599, "2026-11-25T07:59:59.000Z"),
    ] {
        assert_eq!(Timestamp(seconds).to_rfc3339(), written);
    }
}
