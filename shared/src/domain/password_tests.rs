use super::{PasswordHash, PasswordParameters, Phc};
use crate::entropy::CountingEntropy;

const CHEAP: PasswordParameters = PasswordParameters { memory_kib: 8, passes: 1 };

#[test]
fn a_password_matches_its_hash_however_it_is_composed_and_no_other_does() {
    let hash = PasswordHash::new("caf\u{e9}", CHEAP, &CountingEntropy::default());
    assert!(hash.matches("caf\u{e9}") && hash.matches("cafe\u{301}"));
    assert!(!hash.matches("cafe") && !hash.matches("") && !hash.matches(&"x".repeat(1_025)));
    assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
}

#[test]
fn the_hash_of_nobody_costs_as_much_as_one_of_somebody() {
    let nobody = PasswordHash::of_nobody();
    let parsed =
        Phc::new(&nobody.0).expect("a well-formed hash, so that checking it takes its time");
    let params = argon2::Params::try_from(&parsed).unwrap();
    let PasswordParameters { memory_kib, passes } = PasswordParameters::TARGET;
    assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (memory_kib, passes, 1));
    assert!(parsed.salt.is_some() && parsed.hash.is_some());
    assert!(!nobody.matches(""));
}
