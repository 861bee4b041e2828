use super::{InvalidScope, Scopes};

#[test]
fn scopes_keep_their_order_and_lose_their_repetitions() {
    let scopes: Scopes = "openid  email openid read:contacts".parse().unwrap();
    assert_eq!(scopes.to_string(), "openid email read:contacts");
    assert!(scopes.contains("email") && !scopes.contains("ema"));
}

#[test]
fn characters_outside_the_alphabet_are_refused() {
    for text in ["a\"b", "a\\b", "ümlaut", "a\tb", "a\nb", "a\u{7f}"] {
        assert_eq!(text.parse::<Scopes>(), Err(InvalidScope), "{text:?}");
    }
}

#[test]
fn sets_compare_without_regard_to_order() {
    let few: Scopes = "b a".parse().unwrap();
    let many: Scopes = "a b c".parse().unwrap();
    assert!(few.is_subset_of(&many) && !many.is_subset_of(&few));
    assert_eq!(few.union(&many).to_string(), "b a c");
}
