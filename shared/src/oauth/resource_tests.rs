use super::{RequestedAudiences, ResourceIndicator};
use crate::oauth::Parameters;

#[test]
fn a_resource_is_an_absolute_uri_without_a_fragment() {
    for (text, is_one) in [
        ("https://api.example.com/", true),
        ("https://api.example.com/mcp?a=b", true),
        ("urn:example:api", true),
        ("HTTPS://API.example.com", true),
        ("https://api.example.com/#", false),
        ("https://api.example.com/#fragment", false),
        ("//api.example.com/", false),
        ("/mcp", false),
        ("api", false),
        ("https:", false),
        (":x", false),
        ("1a:x", false),
        ("https://api.example.com/a b", false),
        ("https://api.example.com/\\", false),
        ("https://api.example.com/\u{e9}", false),
    ] {
        assert_eq!(text.parse::<ResourceIndicator>().is_ok(), is_one, "{text}");
    }
}

#[test]
fn case_default_port_and_a_slash_at_the_end_make_no_difference() {
    for (text, spellings) in [
        ("https://a.example/", "https://a.example/ https://a.example"),
        ("https://a.example", "https://a.example https://a.example/"),
        (
            "HTTPS://A.example:443/Mcp/",
            "HTTPS://A.example:443/Mcp/ https://a.example/Mcp/ https://a.example/Mcp",
        ),
        ("http://a.example:80", "http://a.example:80 http://a.example http://a.example/"),
        ("https://a.example:8443/x", "https://a.example:8443/x https://a.example:8443/x/"),
        ("https://a.example/x?b=C", "https://a.example/x?b=C"),
        ("https://A.example/x?b=C", "https://A.example/x?b=C https://a.example/x?b=C"),
        ("URN:Example:Api", "URN:Example:Api urn:Example:Api urn:Example:Api/"),
    ] {
        let resource: ResourceIndicator = text.parse().unwrap();
        assert_eq!(resource.spellings().join(" "), spellings, "{text}");
    }
}

#[test]
fn audience_and_resource_are_one_thing_by_two_names() {
    for (query, expected) in [
        ("", Some("")),
        ("audience=x", Some("x")),
        ("resource=a:b", Some("a:b a:b/")),
        ("resource=a:b&resource=c:d", Some("a:b a:b/ c:d c:d/")),
        ("resource=", Some("")),
        ("audience=https://a.example/&resource=https://A.example", Some("https://a.example/")),
        ("audience=https://a.example/&resource=https://b.example/", None),
        ("audience=x&resource=a:b&resource=c:d", None),
        ("resource=relative", None),
        ("resource=a:b%23c", None),
        ("resource=a:1&resource=a:2&resource=a:3&resource=a:4&resource=a:5&resource=a:6", None),
    ] {
        let parameters = Parameters::from_form(query.as_bytes()).unwrap();
        let asked = RequestedAudiences::parse(&parameters).ok().map(|asked| {
            asked
                .names()
                .iter()
                .flat_map(super::AudienceName::spellings)
                .collect::<Vec<_>>()
                .join(" ")
        });
        assert_eq!(asked.as_deref(), expected, "{query}");
    }
}
