use super::Languages;

fn found(ui_locales: &str, accept_language: &str, tags: &[&str]) -> String {
    let languages = Languages::of(Some(ui_locales), Some(accept_language));
    languages.lookup(tags).unwrap_or("none").to_owned()
}

#[test]
fn the_first_range_that_has_a_tag_wins() {
    for (ui_locales, accept_language, tags, expected) in [
        ("ja", "", &["fr", "ja"][..], "ja"),
        ("fr-CA fr en", "", &["en", "fr"], "fr"),
        ("FR-ca", "", &["fr-CA", "fr"], "fr-CA"),
        ("zh-Hant-CN-x-private", "", &["zh", "zh-Hant"], "zh-Hant"),
        ("zh-Hant-x-private", "", &["zh-Hant-x", "zh"], "zh"),
        ("de", "", &["de-AT"], "none"),
        ("", "", &["ja"], "none"),
        ("", "fr;q=0.5, ja", &["fr", "ja"], "ja"),
        ("", "fr;q=0.5, ja;q=0.4", &["fr", "ja"], "fr"),
        ("", "fr;q=0, ja;q=0.1", &["fr", "ja"], "ja"),
        ("", "*, ja;q=0.1", &["ja"], "ja"),
        ("de", "ja", &["ja", "fr"], "ja"),
        ("ja", "fr", &["ja", "fr"], "ja"),
    ] {
        assert_eq!(
            found(ui_locales, accept_language, tags),
            expected,
            "{ui_locales} {accept_language}"
        );
    }
}

#[test]
fn what_is_no_language_breaks_nothing() {
    for text in ["-", "ja;", "toolongasubtag", "<script>", ";q=", "a;q=x", ",,;;==", "\u{1f600}"] {
        assert_eq!(found(text, text, &["ja"]), "none", "{text}");
    }
    let many = "xx ".repeat(30) + "ja";
    assert_eq!(found(&many, "", &["ja"]), "none", "beyond twenty");
}
