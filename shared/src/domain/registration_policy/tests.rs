use super::{
    Admission, ClientRegistrationManagement, InvalidRegistrationPolicy, RegistrationPolicy,
};
use crate::{
    domain::{SecurityMode, Tenant},
    oauth::{ClientMetadata, GrantType, OAuthError, RawClientMetadata, ResponseType},
};
use serde_json::{Value, json};
use std::time::Duration;

/// RFC 7517 appendix A.1.
fn jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "kid": "1",
    })
}

fn issuer(name: &str) -> Value {
    json!({ "issuer": name, "jwks": { "keys": [jwk()] } })
}

fn changed(change: &Value) -> Result<RegistrationPolicy, InvalidRegistrationPolicy> {
    let mut policy = RegistrationPolicy::default();
    policy.change(change.as_object().unwrap()).map(|()| policy)
}

fn tenant(policy: RegistrationPolicy) -> Tenant {
    let friendly_name = Some("Acme Bank".to_owned());
    let tenant = Tenant::new("https://tenant.example/".parse().unwrap());
    Tenant { friendly_name, dynamic_client_registration: policy, ..tenant }
}

/// What a tenant with this change of the default policy says about this registration.
fn check(change: &Value, metadata: &Value) -> Result<(), OAuthError> {
    let tenant = tenant(changed(change).unwrap());
    let raw = RawClientMetadata::parse(metadata.to_string().as_bytes()).unwrap();
    let rules = SecurityMode::Permissive.registration_rules();
    let verified = ClientMetadata::verify(&raw, &rules).unwrap();
    tenant.dynamic_client_registration.check(&verified, &tenant)
}

/// A good value of each member that is not its default.
fn good_values() -> Vec<(&'static str, Value)> {
    vec![
        ("admission", json!("initial_access_token")),
        ("allow_fetching", json!(true)),
        ("allowed_grant_types", json!(["authorization_code", "refresh_token"])),
        ("allowed_ip_ranges", json!(["203.0.113.0/24", "2001:db8::/32"])),
        ("allowed_redirect_hosts", json!(["app.example.com", "*.example.com", "localhost"])),
        ("allowed_redirect_schemes", json!(["https", "cursor"])),
        ("allowed_response_types", json!(["code"])),
        ("allowed_scopes", json!(["openid", "read:things"])),
        ("client_name_max_length", json!(40)),
        ("client_name_may_resemble_tenant", json!(true)),
        ("client_name_refused_patterns", json!(["*official*", "Bank of *"])),
        ("client_registration_management", json!("full")),
        ("client_secret_overlap", json!(0)),
        ("deduplicate_public_clients", json!(false)),
        ("default_scopes", json!(["openid"])),
        ("refused_ip_ranges", json!(["198.51.100.0/24"])),
        ("registrations_per_source", json!(5)),
        ("registrations_per_tenant", json!(1_000)),
        ("required_members", json!(["client_uri", "client_name"])),
        (
            "software_statement_issuers",
            json!([issuer("https://a.example"), issuer("https://b.example")]),
        ),
        ("unused_client_lifetime", json!(3_600)),
        ("unused_clients", json!(500)),
    ]
}

#[test]
fn each_member_can_be_set_shown_stored_and_reset() {
    let defaults = serde_json::to_value(RegistrationPolicy::default()).unwrap();
    let names: Vec<_> = good_values().iter().map(|(member, _)| *member).collect();
    assert_eq!(names, RegistrationPolicy::MEMBERS);
    let mut all = RegistrationPolicy::default();
    for (member, value) in good_values() {
        let mut policy = changed(&json!({ (member): value })).expect(member);
        assert!(!policy.is_default(), "{member}");
        all.change(json!({ (member): value }).as_object().unwrap()).expect(member);

        let shown = serde_json::to_value(&policy).unwrap();
        let mut expected = defaults.clone();
        expected[member] = value.clone();
        assert_eq!(shown, expected, "{member}");

        let stored = serde_json::to_value(tenant(policy.clone())).unwrap();
        assert_eq!(stored["dynamic_client_registration"], json!({ (member): value }), "{member}");
        let read: Tenant = serde_json::from_value(stored).unwrap();
        assert_eq!(read.dynamic_client_registration, policy, "{member}");

        policy.change(json!({ (member): null }).as_object().unwrap()).expect(member);
        assert!(policy.is_default(), "{member}");
    }
    let shown = serde_json::to_value(&all).unwrap();
    assert_eq!(changed(&shown).unwrap(), all, "what is shown can be sent back");
}

#[test]
fn a_tenant_from_before_there_were_policies_has_the_default_and_stores_none() {
    let stored = serde_json::to_value(tenant(RegistrationPolicy::default())).unwrap();
    assert_eq!(stored.get("dynamic_client_registration"), None);
    let read: Tenant = serde_json::from_value(stored).unwrap();
    let policy = read.dynamic_client_registration;
    assert_eq!(policy.admission, Admission::Open);
    assert_eq!(policy.client_registration_management, ClientRegistrationManagement::None);
    assert_eq!((policy.registrations_per_source, policy.registrations_per_tenant), (60, 300));
    assert_eq!((policy.unused_clients, policy.deduplicate_public_clients), (10_000, true));
    assert_eq!(policy.unused_client_lifetime, Some(Duration::from_hours(720)));
    assert_eq!(policy.client_secret_overlap, Duration::from_hours(24));
    assert_eq!(
        changed(&json!({ "unused_client_lifetime": 0 })).unwrap().unused_client_lifetime,
        None
    );
}

#[test]
fn a_bad_value_is_refused_by_the_member_and_changes_nothing() {
    let many = |count: usize, text: &'static str| vec![text; count];
    for (member, value) in [
        ("admission", json!("closed")),
        ("admission", json!(["open"])),
        ("admission", json!({ "open": null })),
        ("allow_fetching", json!("true")),
        ("allow_fetching", json!(1)),
        ("allowed_grant_types", json!([])),
        ("allowed_grant_types", json!("authorization_code")),
        ("allowed_grant_types", json!(["password"])),
        ("allowed_grant_types", json!([1])),
        ("allowed_ip_ranges", json!([])),
        ("allowed_ip_ranges", json!(["203.0.113.7"])),
        ("allowed_ip_ranges", json!("203.0.113.0/24")),
        ("allowed_redirect_hosts", json!([])),
        ("allowed_redirect_hosts", json!(["https://app.example.com"])),
        ("allowed_redirect_hosts", json!([null])),
        ("allowed_redirect_hosts", json!(many(101, "a.example"))),
        ("allowed_redirect_hosts", json!({ "0": "a.example" })),
        ("allowed_redirect_schemes", json!(["HTTPS"])),
        ("allowed_response_types", json!(["code none"])),
        ("allowed_scopes", json!(["two words"])),
        ("allowed_scopes", json!("openid")),
        ("allowed_scopes", json!([""])),
        ("client_name_max_length", json!(0)),
        ("client_name_max_length", json!(101)),
        ("client_name_max_length", json!("40")),
        ("client_name_max_length", json!(1.5)),
        ("client_name_may_resemble_tenant", json!("true")),
        ("client_name_may_resemble_tenant", json!(1)),
        ("client_name_refused_patterns", json!(["*"])),
        ("client_name_refused_patterns", json!(many(51, "a"))),
        ("client_registration_management", json!("write")),
        ("client_secret_overlap", json!(-1)),
        ("client_secret_overlap", json!(2_592_001)),
        ("deduplicate_public_clients", json!("no")),
        ("default_scopes", json!([])),
        ("refused_ip_ranges", json!(["::/129"])),
        ("registrations_per_source", json!(0)),
        ("registrations_per_source", json!(30_001)),
        ("registrations_per_tenant", json!(0)),
        ("required_members", json!(["client_id"])),
        ("required_members", json!(["client_name#ja"])),
        ("software_statement_issuers", json!([{ "issuer": "https://a.example" }])),
        (
            "software_statement_issuers",
            json!([issuer("https://a.example"), issuer("https://a.example")]),
        ),
        (
            "software_statement_issuers",
            json!((0..11).map(|n| issuer(&n.to_string())).collect::<Vec<_>>()),
        ),
        ("unused_client_lifetime", json!(31_536_001)),
        ("unused_clients", json!(0)),
    ] {
        let before = changed(&json!({ "client_name_max_length": 7 })).unwrap();
        let mut policy = before.clone();
        let change = json!({ "admission": "software_statement", (member): value });
        let error = policy.change(change.as_object().unwrap()).expect_err(&change.to_string());
        assert!(error.to_string().starts_with(member), "{change}: {error}");
        assert_eq!(policy, before, "{change}");
    }
}

#[test]
fn a_member_that_does_not_exist_is_refused() {
    for member in ["", "Admission", "limits", "allowed_redirect_host", "__proto__"] {
        let error = changed(&json!({ (member): null })).unwrap_err();
        assert_eq!(error, InvalidRegistrationPolicy::UnknownMember(member.to_owned()));
    }
}

#[test]
fn the_position_of_a_bad_element_is_told() {
    for (change, said) in [
        (json!({ "refused_ip_ranges": ["::/0", "x"] }), "refused_ip_ranges[1] must be"),
        (json!({ "software_statement_issuers": [1] }), "software_statement_issuers[0] must be"),
    ] {
        let error = changed(&change).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn default_scopes_are_among_the_allowed_ones_in_whatever_order_they_are_set() {
    let mut policy =
        changed(&json!({ "default_scopes": ["b", "a"], "allowed_scopes": ["a", "b"] })).unwrap();
    for change in [json!({ "allowed_scopes": ["a"] }), json!({ "default_scopes": ["c"] })] {
        let error = policy.change(change.as_object().unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("default_scopes"), "{change}");
    }
    for change in [
        json!({ "allowed_scopes": ["a"], "default_scopes": ["a"] }),
        json!({ "allowed_scopes": null }),
        json!({ "default_scopes": ["c"] }),
    ] {
        policy.change(change.as_object().unwrap()).unwrap();
    }
}

#[test]
fn grants_and_response_types_are_of_the_mode() {
    use SecurityMode::{Permissive, Strict};
    for (change, mode, refused) in [
        (json!({}), Permissive, None),
        (json!({}), Strict, None),
        (json!({ "allowed_grant_types": ["implicit"] }), Permissive, None),
        (json!({ "allowed_grant_types": ["implicit"] }), Strict, Some("allowed_grant_types")),
        (
            json!({ "allowed_grant_types": ["client_credentials"] }),
            Permissive,
            Some("allowed_grant_types"),
        ),
        (
            json!({ "allowed_grant_types": ["refresh_token"] }),
            Permissive,
            Some("allowed_grant_types"),
        ),
        (json!({ "allowed_response_types": ["token id_token"] }), Permissive, None),
        (json!({ "allowed_response_types": ["id_token"] }), Strict, Some("allowed_response_types")),
        (
            json!({ "allowed_response_types": ["code", "token"], "allowed_grant_types": ["implicit"] }),
            Permissive,
            Some("allowed_response_types"),
        ),
        (
            json!({ "allowed_response_types": ["code token"], "allowed_grant_types": ["authorization_code"] }),
            Permissive,
            Some("allowed_response_types"),
        ),
        (json!({ "allowed_response_types": ["code token"] }), Permissive, None),
        (
            json!({ "allowed_response_types": ["code token"] }),
            Strict,
            Some("allowed_response_types"),
        ),
    ] {
        let checked = changed(&change).unwrap().check_mode(mode);
        let member =
            checked.err().map(|error| error.to_string().split(' ').next().unwrap().to_owned());
        assert_eq!(member.as_deref(), refused, "{change} {mode:?}");
    }
}

#[test]
fn what_is_not_allowed_of_a_mode_is_left_out() {
    use GrantType::{AuthorizationCode, Implicit, RefreshToken};
    let of_mode = [AuthorizationCode, Implicit, RefreshToken];
    for (change, grants, responses) in [
        (json!({}), &of_mode[..], &ResponseType::ALL[..]),
        (
            json!({ "allowed_grant_types": ["refresh_token", "authorization_code"] }),
            &[AuthorizationCode, RefreshToken],
            &[ResponseType::Code],
        ),
        (
            json!({ "allowed_response_types": ["id_token token", "code"] }),
            &of_mode,
            &[ResponseType::Code, ResponseType::IdTokenToken],
        ),
        (
            json!({ "allowed_grant_types": ["implicit"], "allowed_response_types": ["code", "token"] }),
            &[Implicit],
            &[ResponseType::Token],
        ),
    ] {
        let policy = changed(&change).unwrap();
        assert_eq!(policy.allowed_grant_types(&of_mode), grants, "{change}");
        assert_eq!(policy.allowed_response_types(&ResponseType::ALL), responses, "{change}");
    }
}

#[test]
fn a_source_is_admitted_where_it_is_allowed_and_not_refused() {
    let allowed = json!({ "allowed_ip_ranges": ["203.0.113.0/24", "2001:db8::/32"] });
    let refused = json!({ "refused_ip_ranges": ["203.0.113.128/25", "2001:db8:1::/48"] });
    let both =
        json!({ "allowed_ip_ranges": ["203.0.113.0/24"], "refused_ip_ranges": ["203.0.113.0/24"] });
    for (change, source, is_admitted) in [
        (&json!({}), "198.51.100.1", true),
        (&allowed, "203.0.113.200", true),
        (&allowed, "::ffff:203.0.113.200", true),
        (&allowed, "2001:db8:1::1", true),
        (&allowed, "198.51.100.1", false),
        (&allowed, "2001:db9::1", false),
        (&refused, "203.0.113.127", true),
        (&refused, "203.0.113.128", false),
        (&refused, "::ffff:203.0.113.128", false),
        (&refused, "2001:db8:1::1", false),
        (&refused, "2001:db8:2::1", true),
        (&both, "203.0.113.1", false),
    ] {
        let policy = changed(change).unwrap();
        assert_eq!(policy.admits_source(source.parse().unwrap()), is_admitted, "{change} {source}");
    }
}

#[test]
fn redirect_uris_lead_to_allowed_hosts_by_allowed_schemes() {
    let hosts = json!({ "allowed_redirect_hosts": ["app.example.com", "*.gateway.example"] });
    let schemes = json!({ "allowed_redirect_schemes": ["https", "cursor"] });
    for (change, uri, refused) in [
        (&json!({}), "cursor://x/cb", None),
        (&hosts, "https://app.example.com/cb", None),
        (&hosts, "https://app.example.com:8443/cb", None),
        (&hosts, "https://eu.gateway.example/cb", None),
        (&hosts, "https://gateway.example/cb", Some("host")),
        (&hosts, "https://app.example.com.evil.example/cb", Some("host")),
        (&hosts, "https://evil.example/app.example.com", Some("host")),
        (&hosts, "https://evil.example/?https://app.example.com", Some("host")),
        (&hosts, "http://localhost:3000/cb", Some("host")),
        (&hosts, "http://[::1]/cb", Some("host")),
        (&hosts, "cursor://app/cb", None),
        (&schemes, "https://evil.example/cb", None),
        (&schemes, "cursor://x/cb", None),
        (&schemes, "vscode://x/cb", Some("scheme")),
        (&schemes, "http://localhost/cb", Some("scheme")),
    ] {
        let expected = |index: usize, member: &str| {
            refused.map(|what| {
                (
                    "invalid_redirect_uri",
                    format!("{member}[{index}] has a {what} that this tenant refuses"),
                )
            })
        };
        let good =
            if change == &hosts { "https://app.example.com/" } else { "https://good.example/" };
        let actual = |metadata: Value| {
            check(change, &metadata)
                .err()
                .map(|error| (error.error.as_str(), error.error_description.into_owned()))
        };
        let native = json!({ "application_type": "native", "redirect_uris": [good, uri] });
        assert_eq!(actual(native), expected(1, "redirect_uris"), "{change} {uri}");
        let after_logout = json!({ "redirect_uris": [good], "post_logout_redirect_uris": [uri] });
        assert_eq!(
            actual(after_logout),
            expected(0, "post_logout_redirect_uris"),
            "{change} {uri}"
        );
    }
}

#[test]
fn a_name_is_judged_in_every_language() {
    let patterns = json!({ "client_name_refused_patterns": ["*official*"] });
    for (change, name, said) in [
        (&json!({}), "Weather", None),
        (&json!({}), "Acme Bank", Some("resemble")),
        (&json!({}), "\u{410}cm\u{435} B\u{430}nk Login", Some("resemble")),
        (&json!({}), "Acme", None),
        (&json!({ "client_name_may_resemble_tenant": true }), "Acme Bank", None),
        (&json!({ "client_name_max_length": 7 }), "Weather", None),
        (&json!({ "client_name_max_length": 7 }), "天気天気天気天", None),
        (&json!({ "client_name_max_length": 6 }), "Weather", Some("at most 6")),
        (&patterns, "The 0fficial app", Some("refuses")),
        (&patterns, "Weather", None),
    ] {
        for member in ["client_name", "client_name#ja", "client_name#pt-BR"] {
            let metadata = json!({ "redirect_uris": ["https://a.example/"], (member): name });
            let error = check(change, &metadata).err();
            assert_eq!(error.is_some(), said.is_some(), "{change} {metadata}");
            if let (Some(error), Some(said)) = (error, said) {
                assert_eq!(error.error.as_str(), "invalid_client_metadata");
                assert!(error.error_description.contains(said), "{}", error.error_description);
                assert!(!error.error_description.contains(name), "{}", error.error_description);
            }
        }
    }
    let other_member = json!({ "redirect_uris": ["https://a.example/"], "client_uri#ja": "https://acme-bank.example/" });
    assert!(check(&json!({}), &other_member).is_ok());
}

#[test]
fn a_tenant_without_a_name_goes_by_that_of_its_pages() {
    let unnamed = Tenant::new("https://tenant.example/".parse().unwrap());
    for (name, resembles) in [("Cardea", true), ("C\u{430}rdea Login", true), ("Weather", false)] {
        let body = json!({ "redirect_uris": ["https://a.example/"], "client_name": name });
        let raw = RawClientMetadata::parse(body.to_string().as_bytes());
        let rules = SecurityMode::Permissive.registration_rules();
        let metadata = ClientMetadata::verify(&raw.unwrap(), &rules).unwrap();
        let checked = unnamed.dynamic_client_registration.check(&metadata, &unnamed);
        assert_eq!(checked.is_err(), resembles, "{name}");
    }
}

#[test]
fn what_a_tenant_requires_must_have_been_sent() {
    let policy = changed(&json!({ "required_members": ["client_name", "jwks"] })).unwrap();
    for (sent, missing) in [
        (&["client_name", "jwks", "scope"][..], None),
        (&["jwks"], Some("client_name is required by this tenant")),
        (&["client_name"], Some("jwks is required by this tenant")),
        (&[], Some("client_name is required by this tenant")),
    ] {
        let checked = policy.check_required(|member| sent.contains(&member)).err();
        let said = checked.map(|error| {
            assert_eq!(error.error.as_str(), "invalid_client_metadata");
            error.error_description.into_owned()
        });
        assert_eq!(said.as_deref(), missing, "{sent:?}");
    }
    assert!(RegistrationPolicy::default().check_required(|_| false).is_ok());
}
