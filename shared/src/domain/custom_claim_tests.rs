use super::{ClaimName, InvalidClaimName, RESERVED};

#[test]
fn a_claim_of_ones_own_is_called_by_a_url() {
    for name in [
        "https://example.com/department",
        "http://example.com/a",
        "https://example.com",
        "https://notauth0.com/a",
        "https://auth0.com.example/a",
    ] {
        assert_eq!(name.parse::<ClaimName>().unwrap().as_str(), name);
    }
}

#[test]
fn what_means_something_or_could_is_refused_and_told_apart() {
    use InvalidClaimName::{NotNamespaced, Reserved, ReservedNamespace};
    let long = format!("https://example.com/{}", "x".repeat(600));
    for (name, why) in [
        ("", NotNamespaced),
        ("department", NotNamespaced),
        ("email", NotNamespaced),
        ("urn:example:department", NotNamespaced),
        ("https:///department", NotNamespaced),
        ("https://example.com/two words", NotNamespaced),
        ("https://example.com/\"quoted\"", NotNamespaced),
        (long.as_str(), NotNamespaced),
        ("https://auth0.com/a", ReservedNamespace),
        ("https://AUTH0.com/a", ReservedNamespace),
        ("https://auth0.com./a", ReservedNamespace),
        ("https://tenant.eu.auth0.com/a", ReservedNamespace),
        ("http://webtask.io/a", ReservedNamespace),
        ("https://x.webtask.run:8443/a", ReservedNamespace),
        ("urn:auth0", ReservedNamespace),
        ("URN:auth0:a", ReservedNamespace),
    ] {
        assert_eq!(name.parse::<ClaimName>(), Err(why), "{name}");
    }
    for name in RESERVED {
        assert_eq!(name.parse::<ClaimName>(), Err(Reserved), "{name}");
    }
}
