use super::{InvalidRedirectUri as E, RedirectUri};
use fluent_uri::Uri;
use proptest::prelude::*;

fn parse(uri: &str) -> Result<RedirectUri, E> {
    uri.parse()
}

#[test]
fn what_clients_in_the_field_register_is_accepted_and_kept_as_written() {
    for uri in [
        "https://app.example",
        "https://app.example/",
        "https://app.example:8443/cb?a=b&c=%20d",
        "https://claude.ai/api/mcp/auth_callback",
        "https://vscode.dev/redirect",
        "http://localhost",
        "http://localhost:33418/",
        "http://127.0.0.1:8080/oauth/callback",
        "http://[::1]:9000/cb",
        "cursor://anysphere.cursor-retrieval/oauth/user-1/callback",
        "com.example.app:/oauth2redirect",
        "vscode://vscode.github-authentication/did-authenticate",
        "app:/cb?x=://a@b",
    ] {
        assert_eq!(parse(uri).map(String::from), Ok(uri.to_owned()));
    }
}

#[test]
fn what_could_lead_a_response_astray_is_refused() {
    for (uri, why) in [
        ("", E::NotAbsolute),
        ("/cb", E::NotAbsolute),
        ("app.example/cb", E::NotAbsolute),
        ("https://app.example/cb#here", E::HasFragment),
        ("https://app.example/cb#", E::HasFragment),
        ("http://app.example/cb", E::RefusedScheme),
        ("http://localhost.evil.example/cb", E::RefusedScheme),
        ("http://10.0.0.1/cb", E::RefusedScheme),
        ("javascript:alert(1)", E::RefusedScheme),
        ("JavaScript:alert(1)", E::RefusedScheme),
        ("java\tscript:alert(1)", E::ForbiddenCharacter),
        ("\u{0}javascript:alert(1)", E::ForbiddenCharacter),
        ("data:text/html,x", E::RefusedScheme),
        ("vbscript:x", E::RefusedScheme),
        ("file:///etc/passwd", E::RefusedScheme),
        ("blob:https://app.example/1", E::RefusedScheme),
        ("intent://scan/", E::RefusedScheme),
        ("mailto:a@b.example", E::RefusedScheme),
        ("urn:ietf:wg:oauth:2.0:oob", E::RefusedScheme),
        ("ws://app.example/", E::RefusedScheme),
        ("https://app.example@evil.example/cb", E::HasCredentials),
        ("https://user:pass@app.example/cb", E::HasCredentials),
        ("https://@app.example/cb", E::HasCredentials),
        ("https://*.app.example/cb", E::HasWildcard),
        (" https://app.example/cb", E::ForbiddenCharacter),
        ("https://app.example/c\nb", E::ForbiddenCharacter),
        ("https://app.example/a b", E::ForbiddenCharacter),
        ("https:\\\\app.example\\cb", E::ForbiddenCharacter),
        ("https://app.example/%zz", E::ForbiddenCharacter),
        ("https://app.example/<b>", E::ForbiddenCharacter),
        ("https://app.example/[cb]", E::ForbiddenCharacter),
        ("https://bücher.example/", E::ForbiddenCharacter),
        ("https://APP.example/cb", E::NotNormal),
        ("HTTPS://app.example/cb", E::NotNormal),
        ("https://app.example:443/cb", E::NotNormal),
        ("https://app.example/a/../cb", E::NotNormal),
        ("https:///app.example/cb", E::NotNormal),
        ("https:app.example/cb", E::NotNormal),
        ("https://%61pp.example/cb", E::NotNormal),
        ("https:///app.exampleA%a0", E::NotNormal),
        ("http://127.1/cb", E::NotNormal),
        ("http://0x7f.0.0.1/cb", E::NotNormal),
        ("https://app.example?a=b", E::NotNormal),
        ("https://a;sandbox/cb", E::NotAbsolute),
        ("https://accounts.google.com,evil.example/cb", E::NotAbsolute),
        ("localhost:3000/cb", E::NotAbsolute),
        ("app.example:8080", E::NotAbsolute),
        ("app:/[a]://b", E::ForbiddenCharacter),
    ] {
        assert_eq!(parse(uri), Err(why), "{uri:?}");
    }
    assert_eq!(parse(&format!("https://app.example/{}", "a".repeat(1_981))), Err(E::TooLong));
}

#[test]
fn only_the_port_of_a_loopback_address_may_differ() {
    for (registered, requested, is_admitted) in [
        ("https://app.example/cb", "https://app.example/cb", true),
        ("https://app.example/cb", "https://app.example:8443/cb", false),
        ("https://app.example/cb", "https://app.example/cb/", false),
        ("https://app.example/cb", "https://app.example/cb?a=b", false),
        ("https://app.example", "https://app.example/", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:50000/cb", true),
        ("http://localhost:1/cb?a=b", "http://localhost:2/cb?a=b", true),
        ("http://localhost:1/cb?a=b", "http://localhost:2/cb?a=c", false),
        ("http://localhost:1/cb", "http://127.0.0.1:1/cb", false),
        ("http://[::1]/cb", "http://[::1]:50000/cb", true),
        ("http://[::1]:1/cb", "http://[::1]:2/other", false),
        ("cursor://a/cb", "cursor://a:1/cb", false),
    ] {
        let (registered, requested) = (parse(registered).unwrap(), parse(requested).unwrap());
        assert_eq!(registered.admits(&requested), is_admitted, "{registered:?} {requested:?}");
    }
}

#[test]
fn people_and_browsers_are_told_where_a_response_goes() {
    for (uri, host, source) in [
        ("https://app.example/cb", "app.example", "https://app.example"),
        ("http://localhost:3000/cb", "localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000/cb", "[::1]:3000", "http:"),
        ("cursor://retrieval/cb", "cursor", "cursor:"),
        ("com.example.app:/cb", "com.example.app", "com.example.app:"),
    ] {
        let uri = parse(uri).unwrap();
        assert_eq!((uri.host_for_people(), uri.csp_source().as_str()), (host, source));
    }
}

/// Strings near enough to URIs to get past the first checks.
fn almost_a_uri() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        Just("https".to_owned()),
        Just("http".to_owned()),
        Just("javascript".to_owned()),
        Just("wss".to_owned()),
        "[a-zA-Z][a-zA-Z0-9+.-]{0,6}",
    ];
    let separator = prop_oneof![Just("://"), Just(":/"), Just(":"), Just(":///"), Just(":\\\\")];
    let host = prop_oneof![
        Just("localhost".to_owned()),
        Just("127.0.0.1".to_owned()),
        Just("[::1]".to_owned()),
        Just("app.example".to_owned()),
        "[xX]n--[a-zA-Z0-9.%-]{0,12}",
        "[a-zA-Z0-9.@:%*\\[\\]_-]{0,16}",
    ];
    (scheme, separator, host, "[/?#a-zA-Z0-9.;:@&=%\\\\ \t-]{0,16}")
        .prop_map(|(scheme, separator, host, rest)| format!("{scheme}{separator}{host}{rest}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    /// `fluent-uri` follows RFC 3986 to the letter and shares no code with `url`.
    #[test]
    fn a_second_parser_reads_the_same_scheme_and_host(text in almost_a_uri()) {
        if let Ok(uri) = parse(&text) {
            let second = Uri::parse(text.as_str());
            prop_assert!(second.is_ok(), "{text:?} is no URI by RFC 3986");
            let second = second.unwrap();
            prop_assert_eq!(second.scheme().as_str(), uri.scheme());
            prop_assert!(second.fragment().is_none());
            if let Some(authority) = second.authority() {
                prop_assert!(authority.userinfo().is_none());
                let first = url::Url::parse(&text).unwrap();
                prop_assert_eq!(authority.host(), first.host_str().unwrap_or_default());
                prop_assert_eq!(authority.as_str(), uri.authority());
                if uri.is_loopback() {
                    prop_assert!(["localhost", "[::1]"].contains(&authority.host())
                        || authority.host().starts_with("127."));
                }
            } else {
                prop_assert!(uri.is_private_use(), "{text:?} has no host");
            }
        }
    }

    #[test]
    fn what_is_accepted_comes_back_byte_for_byte(text in almost_a_uri()) {
        if let Ok(uri) = parse(&text) {
            prop_assert_eq!(uri.as_str(), text.as_str());
        }
    }

    #[test]
    fn no_input_panics(text in any::<String>()) {
        let _ = parse(&text);
    }
}
