use super::{Address, StandardClaims};

fn released(scopes: &str) -> String {
    let claims = StandardClaims {
        name: Some("Janus".into()),
        email: Some("janus@example.com".into()),
        email_verified: Some(true),
        phone_number: Some("+39 06 1".into()),
        address: Some(Address { locality: Some("Roma".into()), ..Address::default() }),
        ..StandardClaims::default()
    };
    let released = claims.released_by(&scopes.parse().unwrap());
    released.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_scope_releases_its_claims_and_no_others() {
    for (scopes, claims) in [
        ("openid", ""),
        ("openid profile", "name"),
        ("openid email", "email email_verified"),
        ("openid address", "address"),
        ("openid phone", "phone_number"),
        ("profile email", "email email_verified name"),
        ("read:contacts", ""),
    ] {
        assert_eq!(released(scopes), claims, "{scopes}");
    }
}
