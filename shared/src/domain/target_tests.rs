use super::{FoundAudience, GrantedAudience, Target};
use crate::{
    clock::Timestamp,
    domain::{
        Client, Grant, Incarnation, Issuer, ProtectedSecret, RequestedApi, ResourceServer,
        ResourceServerId, ResourceServerScope,
    },
    entropy::CountingEntropy,
    oauth::{Parameters, RequestedAudiences, Scopes},
};
use std::collections::BTreeSet;

const A: &str = "https://a.example/";
const B: &str = "https://b.example/mcp";

fn issuer() -> Issuer {
    "https://id.example/".parse().unwrap()
}

/// An API with these scopes, of which the user has agreed to some.
fn found(identifier: &str, scopes: &[&str], agreed: Option<&str>) -> FoundAudience {
    let scope = |value: &&str| ResourceServerScope {
        value: (*value).to_owned(),
        description: String::new(),
    };
    let api = ResourceServer {
        identifier: identifier.into(),
        name: identifier.into(),
        scopes: scopes.iter().map(scope).collect(),
        is_system: false,
        token_lifetime: 3_600,
        token_lifetime_for_web: 900,
        allow_offline_access: true,
        created_at: Timestamp(0),
        incarnation: Incarnation::generate(&CountingEntropy::default()),
        version: 0,
    };
    let grant = |scope: &str| Grant {
        scope: scope.parse().unwrap(),
        claims: BTreeSet::new(),
        granted_at: Timestamp(0),
    };
    FoundAudience {
        id: ResourceServerId::of(identifier),
        api: RequestedApi { api: Some(api), ..RequestedApi::default() },
        consent: agreed.map(grant),
    }
}

fn asked(query: &str) -> RequestedAudiences {
    RequestedAudiences::parse(&Parameters::from_form(query.as_bytes()).unwrap()).unwrap()
}

fn resolve(query: &str, found: &[FoundAudience]) -> Option<Target> {
    let protect = |_: &_, _: &_| ProtectedSecret { mac: String::new(), sealed: None };
    let client = Client::machine_to_machine(&CountingEntropy::default(), Timestamp(0), protect).0;
    Target::resolve(&issuer(), &client, &asked(query), found).ok()
}

fn identifiers(target: &Target) -> String {
    let granted = target.granted(&Scopes::default());
    granted.iter().map(|one| one.identifier.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_resource_means_the_registered_api_however_it_is_spelled() {
    let found = [found(A, &[], None), found(B, &[], None)];
    for (query, expected) in [
        ("", Some(String::new())),
        ("audience=https://a.example/", Some(A.into())),
        ("audience=https://a.example", None),
        ("resource=https://a.example", Some(A.into())),
        ("resource=HTTPS://A.example:443/", Some(A.into())),
        ("resource=https://b.example/mcp/", Some(B.into())),
        ("resource=https://b.example/MCP", None),
        ("resource=https://b.example/", None),
        ("resource=https://b.example/mcp&resource=https://a.example", Some(format!("{B} {A}"))),
        ("resource=https://a.example&resource=https://a.example/", Some(A.into())),
        ("resource=https://a.example&resource=https://c.example", None),
        ("audience=https://id.example/userinfo", Some(String::new())),
        ("resource=https://ID.example/userinfo", Some(String::new())),
        ("resource=https://id.example/userinfo&resource=https://a.example", Some(A.into())),
    ] {
        assert_eq!(resolve(query, &found).as_ref().map(identifiers), expected, "{query}");
    }
}

#[test]
fn of_two_apis_whose_names_differ_in_a_slash_the_one_as_written_is_meant() {
    let found = [found("https://a.example", &[], None), found(A, &[], None)];
    for identifier in ["https://a.example", A] {
        let target = resolve(&format!("resource={identifier}"), &found).unwrap();
        assert_eq!(identifiers(&target), identifier);
    }
}

#[test]
fn each_token_has_the_scopes_of_its_api_and_those_of_none() {
    let found = [found(A, &["read", "a"], None), found(B, &["read", "b"], None)];
    let target = resolve(&format!("resource={A}&resource={B}"), &found).unwrap();
    let granted = target.granted(&"openid read a b email".parse().unwrap());
    let scopes: Vec<_> = granted.iter().map(|one| one.scope.to_string()).collect();
    assert_eq!(scopes, ["openid read a email", "openid read b email"]);
    assert!(target.scope("b").is_some() && target.scope("openid").is_none());
}

#[test]
fn consent_is_needed_at_each_api_for_what_concerns_it() {
    for (at_a, at_b, expected) in [
        (None, None, None),
        (Some("openid a"), None, None),
        (Some("openid a"), Some("openid b"), Some("openid a b")),
        (Some("openid a"), Some("b"), Some("a b")),
        (Some("openid a b"), Some("openid"), Some("openid a")),
    ] {
        let found = [found(A, &["a"], at_a), found(B, &["b"], at_b)];
        let target = resolve(&format!("resource={A}&resource={B}"), &found).unwrap();
        let consent = target.consent(&"openid a b".parse().unwrap(), &found);
        let consent = consent.map(|grant| grant.scope.to_string());
        assert_eq!(consent.as_deref(), expected, "{at_a:?} {at_b:?}");
    }
}

#[test]
fn a_token_is_for_one_of_what_was_granted() {
    let found = [found(A, &[], None), found(B, &[], None)];
    let both = resolve(&format!("resource={A}&resource={B}"), &found).unwrap();
    let with_openid = both.granted(&"openid".parse().unwrap());
    let both = both.granted(&Scopes::default());
    for (granted, query, expected) in [
        (&both[..], "", Ok(Some(A))),
        (&both[..], "resource=https://b.example/mcp/", Ok(Some(B))),
        (&both[..], "audience=https://a.example/", Ok(Some(A))),
        (&both[1..], "", Ok(Some(B))),
        (&both[1..], "resource=https://a.example/", Err("invalid_target")),
        (
            &both[..],
            "resource=https://a.example/&resource=https://b.example/mcp",
            Err("invalid_target"),
        ),
        (&both[..], "audience=https://id.example/userinfo", Err("invalid_target")),
        (&with_openid[..], "audience=https://id.example/userinfo", Ok(None)),
        (&with_openid[..], "", Ok(Some(A))),
        (&[], "", Ok(None)),
        (&[], "audience=https://id.example/userinfo", Ok(None)),
        (&[], "audience=https://a.example/", Err("invalid_target")),
    ] {
        let chosen = GrantedAudience::choose(granted, &asked(query), &issuer());
        let chosen = chosen.map(|one| one.map(|one| one.identifier.as_str()));
        assert_eq!(chosen.map_err(|error| error.error.as_str()), expected, "{query}");
    }
}
