use super::{RedirectHost, RedirectScheme};
use proptest::{prop_assert, proptest};

#[test]
fn a_host_is_compared_whole_and_a_wildcard_stands_for_labels() {
    for (host, admitted, refused) in [
        (
            "app.example.com",
            &["app.example.com"][..],
            &[
                "example.com",
                "x.app.example.com",
                "app.example.com.",
                "app.example.com.evil.example",
            ][..],
        ),
        (
            "*.example.com",
            &["app.example.com", "a.b.example.com"],
            &[
                "example.com",
                ".example.com",
                "evilexample.com",
                "app.example.com.evil.example",
                "*.com",
            ],
        ),
        ("localhost", &["localhost"], &["localhost.evil.example", "127.0.0.1"]),
        ("127.0.0.1", &["127.0.0.1"], &["127.0.0.2", "localhost"]),
        ("[::1]", &["[::1]"], &["::1", "[::2]"]),
    ] {
        let parsed: RedirectHost = host.parse().expect(host);
        for other in admitted {
            assert!(parsed.admits(other), "{host} admits {other}");
        }
        for other in refused {
            assert!(!parsed.admits(other), "{host} refuses {other}");
        }
    }
}

#[test]
fn what_is_not_a_host_in_its_normal_form_is_refused() {
    for text in [
        "",
        "*",
        "*.",
        "*.com",
        "*.localhost",
        "*.127.0.0.1",
        "*.[::1]",
        "*.*.example.com",
        "app.*.example.com",
        "a*.example.com",
        "App.example.com",
        "app.example.com:443",
        "app.example.com/cb",
        "https://app.example.com",
        "user@app.example.com",
        "app..example.com",
        "app.example.com.",
        ".example.com",
        "127.1",
        "0x7f.0.0.1",
        "[::0001]",
        "::1",
        "münchen.example",
        "a b.example",
        &"a.".repeat(200),
    ] {
        assert!(text.parse::<RedirectHost>().is_err(), "{text}");
    }
}

#[test]
fn a_scheme_is_written_as_rfc_3986_says_in_lower_case() {
    for text in ["https", "http", "cursor", "com.example.app", "x-app", "a+b.c-1"] {
        assert_eq!(text.parse::<RedirectScheme>().expect(text).as_str(), text);
    }
    let too_long = "a".repeat(51);
    for text in ["", "HTTPS", "https:", "https://", "1app", "-app", "a b", "ä", "*", &too_long] {
        assert!(text.parse::<RedirectScheme>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_a_host_never_admits_what_does_not_end_like_it(
        text in r"[a-c*.:\[\]0-9%@/-]{0,12}", other in r"[a-c*.:\[\]0-9-]{0,12}",
    ) {
        let _ = text.parse::<RedirectScheme>();
        if let Ok(host) = text.parse::<RedirectHost>() && host.admits(&other) {
            prop_assert!(other.ends_with(text.trim_start_matches('*')), "{text} admits {other}");
        }
    }
}
