use super::{NamePattern, NameSkeleton};
use proptest::{prop_assert, prop_assert_eq, proptest};

fn matches(pattern: &str, name: &str) -> bool {
    pattern.parse::<NamePattern>().expect(pattern).matches(&NameSkeleton::of(name))
}

#[test]
fn a_star_stands_for_anything_and_the_rest_for_what_looks_like_it() {
    for (pattern, matching, other) in [
        (
            "admin",
            &["admin", "ADMIN", "Ad min", "аdmin", "adm1n", "a-d-m-i-n"][..],
            &["admins", "my admin", ""][..],
        ),
        ("admin*", &["admin", "Administrator", "Admin panel"], &["my admin"]),
        ("*admin", &["admin", "my admin"], &["administrator"]),
        ("*official*", &["official", "The 0fficial App", "of ficial", "OFFICIAL"], &["office"]),
        ("*a*b*c*", &["abc", "xaybzc", "aabbcc"], &["acb", "ab"]),
        ("a*a", &["aa", "aba"], &["a", "ab", "ba"]),
        ("ab*ba", &["abba", "ab x ba"], &["aba"]),
        ("**x**", &["x", "axb"], &["a"]),
        ("C++*", &["c", "cobol"], &["d"]),
        ("*com*", &["corn", "comet"], &["coin"]),
    ] {
        for name in matching {
            assert!(matches(pattern, name), "{pattern} matches {name}");
        }
        for name in other {
            assert!(!matches(pattern, name), "{pattern} does not match {name}");
        }
    }
}

#[test]
fn a_pattern_that_would_match_everything_or_nothing_is_refused() {
    let too_long = "x".repeat(101);
    for text in ["", "*", "***", " * ", "!*", "🎉", "a\nb", "a\0", "\u{200b}", &too_long] {
        assert!(text.parse::<NamePattern>().is_err(), "{text:?}");
    }
    assert!("é".repeat(100).parse::<NamePattern>().is_ok());
}

proptest! {
    #[test]
    fn no_pattern_and_no_name_make_it_panic(pattern in "\\PC{0,20}", name in "\\PC{0,20}") {
        if let Ok(pattern) = pattern.parse::<NamePattern>() {
            let _ = pattern.matches(&NameSkeleton::of(&name));
        }
    }

    #[test]
    fn a_glob_matches_what_trying_every_way_matches(pattern in "[ab*]{0,8}", name in "[ab]{0,8}") {
        if let Ok(glob) = pattern.parse::<NamePattern>() {
            prop_assert_eq!(glob.matches(&NameSkeleton::of(&name)), tried(pattern.as_bytes(), name.as_bytes()));
        } else {
            prop_assert!(!pattern.contains(['a', 'b']));
        }
    }
}

fn tried(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, _) => name.is_empty(),
        (Some((b'*', rest)), None) => tried(rest, name),
        (Some((b'*', rest)), Some((_, left))) => tried(rest, name) || tried(pattern, left),
        (Some((wanted, rest)), Some((found, left))) => wanted == found && tried(rest, left),
        (Some(_), None) => false,
    }
}

#[test]
fn many_stars_take_no_longer_than_few() {
    let pattern = format!("{}b", "a*".repeat(49));
    assert!(!matches(&pattern, &"a".repeat(100)));
}
