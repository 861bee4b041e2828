use super::NameSkeleton;
use proptest::{prop_assert, prop_assert_eq, proptest};

#[test]
fn a_name_contains_another_however_it_is_dressed_up() {
    for (own, other) in [
        ("Acme", "Acme"),
        ("Acme", "ACME"),
        ("Acme", "acme inc."),
        ("Acme", "The Acme App"),
        ("Acme", "Log in to Acme!"),
        ("Acme", "AcmeLogin"),
        ("Acme", "A c m e"),
        ("Acme", "A.C.M.E."),
        ("Acme", "Ac-me Support"),
        ("Acme", "Acm\u{e9}"),
        ("Acme", "A\u{301}c\u{327}m\u{302}e\u{308}"),
        ("Acme", "Ac\u{200b}me"),
        ("Acme", "Ac\u{200d}me"),
        ("Acme", "Ac\u{ad}me"),
        ("Acme", "Acme\u{fe0f}"),
        ("Acme", "\u{1d400}\u{1d41c}\u{1d426}\u{1d41e}"),
        ("Acme", "Ａｃｍｅ"),
        ("Acme", "ⒶⒸⓂⒺ"),
        ("Acme", "\u{410}cme"),
        ("Acme", "\u{410}\u{421}\u{41c}\u{415}"),
        ("Acme", "\u{430}\u{441}\u{43c}\u{435}"),
        ("Acme", "\u{391}cm\u{395}"),
        ("Acme", "4cm3"),
        ("Acme", "4cm3s are here 4cme365"),
        ("Acme", "A\u{3f2}me"),
        ("Acme", "A\u{3f9}ME"),
        ("Acme", "\u{13aa}cme"),
        ("Acme", "\u{13aa}\u{13df}\u{13b7}\u{13ac}"),
        ("Acme", "\u{ab7a}\u{abaf}\u{ab87}\u{ab7c}"),
        ("Acme", "\u{1d00}\u{1d04}\u{1d0d}\u{1d07}"),
        ("Acme", "\u{2c80}\u{2ca4}\u{2c98}\u{2c88}"),
        ("Acme", "\u{2c81}\u{2ca5}\u{2c99}\u{2c89}"),
        ("Acme", "\u{a4ee}\u{a4da}\u{a4df}\u{a4f0}"),
        ("Acme", "\u{1f170}\u{1f172}\u{1f17c}\u{1f174}"),
        ("Acme", "\u{1f150}\u{1f152}\u{1f15c}\u{1f154}"),
        ("Acme", "\u{1f1e6}\u{1f1e8}\u{1f1f2}\u{1f1ea}"),
        ("Acme", "\u{1f130}\u{1f132}\u{1f13c}\u{1f134}"),
        ("Acme", "Acm\u{212e}"),
        ("Acme", "Acme1"),
        ("Acme", "Acme365"),
        ("Acme", "1Acme"),
        ("Acme", "2026Acme2027"),
        ("Acme", "Acme\u{2460}"),
        ("Acme 365", "acme365"),
        ("3M", "My 3M account"),
        ("Bank", "B\u{430}\u{578}k"),
        ("Acme", "@Acme!"),
        ("Acme", "Weather|Acme"),
        ("Acme", "Acrne"),
        ("PayPal", "PaypaI"),
        ("PayPal", "paypa1"),
        ("PayPal", "Pay Pal"),
        ("Corner", "Comer"),
        ("Google", "G00gle"),
        ("Google", "Goog\u{130}e"),
        ("Web", "VVeb"),
        ("Acme Bank", "My Acme-Bank client"),
        ("Müller & Söhne", "Muller Sohne"),
        ("日本銀行", "日本銀行 公式"),
        ("Привет", "ПРИВЕТ"),
        ("Σοφός", "ΣΟΦΌΣ"),
    ] {
        assert!(
            NameSkeleton::of(other).contains(&NameSkeleton::of(own)),
            "{other} reads like {own}"
        );
    }
}

#[test]
fn a_name_does_not_contain_what_only_part_of_a_word_reads_like() {
    for (own, other) in [
        ("Acme", ""),
        ("Acme", "Acmeology"),
        ("Acme", "Pacmen"),
        ("Acme", "Acne"),
        ("Acme", "Ac"),
        ("Acme", "Acmeology365"),
        ("Acme", "365acmeology"),
        ("Acme Bank", "Acme"),
        ("Acme Bank", "Bank of Acme"),
        ("App", "Apple"),
        ("日本", "日本銀行"),
        ("", "Anything"),
        ("", ""),
        ("!!!", "Anything!!!"),
        ("\u{200b}", "Anything"),
    ] {
        assert!(!NameSkeleton::of(other).contains(&NameSkeleton::of(own)), "{other} is not {own}");
    }
}

#[test]
fn nothing_is_left_of_a_name_without_letters_and_digits() {
    for name in ["", " ", "---", "\u{200b}\u{301}", "🎉"] {
        assert!(NameSkeleton::of(name).is_empty(), "{name}");
    }
}

#[test]
fn everything_that_looks_alike_reads_like_what_it_imitates() {
    for (letters, alike) in super::LOOK_ALIKES {
        for c in alike.chars() {
            let read = NameSkeleton::of(&c.to_string()).joined();
            assert_eq!(read, letters, "{c} U+{:04X}", u32::from(c));
        }
    }
}

proptest! {
    #[test]
    fn no_name_makes_it_panic_and_a_skeleton_is_its_own_skeleton(name in "\\PC{0,30}") {
        let joined = NameSkeleton::of(&name).joined();
        prop_assert_eq!(NameSkeleton::of(&joined).joined(), joined);
    }

    #[test]
    fn every_name_with_a_letter_contains_itself_among_other_words(name in "[A-Za-z0-9 .-]{0,20}[a-z]", other in "[a-z ]{0,10}") {
        let own = NameSkeleton::of(&name);
        let among_others = format!("{other} {name} {other}");
        prop_assert!(NameSkeleton::of(&among_others).contains(&own));
        prop_assert!(NameSkeleton::of(&name.to_uppercase()).contains(&own));
    }
}
