use super::*;
use crate::{
    domain::{Issuer, RequiredMember, SecurityMode, Tenant},
    entropy::{CountingEntropy, SystemEntropy},
    oauth::RawClientMetadata,
};
use serde_json::{Map, Value, json};

const NOW: Timestamp = Timestamp(1_800_000_000);

fn tenant() -> Tenant {
    Tenant::new("https://login.example.com".parse::<Issuer>().unwrap())
}

fn members(names: &[&str]) -> Vec<RequiredMember> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value}") };
    members
}

fn pinned(client_metadata: Value) -> RegistrationTerms {
    RegistrationTerms { client_metadata: object(client_metadata), allowed_members: None }
}

fn registered(terms: &RegistrationTerms, sent: &Value) -> Result<Value, String> {
    let raw = RawClientMetadata::parse(sent.to_string().as_bytes()).unwrap();
    let mode = SecurityMode::Permissive;
    match tenant().accept_registration_under(terms, raw, mode, NOW) {
        Ok(accepted) => Ok(serde_json::to_value(accepted.metadata).unwrap()),
        Err(error) => Err(error.error_description.into_owned()),
    }
}

#[test]
fn a_token_is_read_back_as_it_was_written_and_nothing_else_is_one() {
    let token = InitialAccessToken::generate(&SystemEntropy);
    let text = token.expose();
    let read = InitialAccessToken::parse(&text).unwrap();
    assert_eq!((read.id(), read.hash()), (token.id(), token.hash()));
    assert!(read.has_hash(&token.hash()));
    assert_eq!(InitialAccessTokenId::parse(token.id().as_str()).as_ref(), Some(token.id()));
    let shown = format!("{token:?}");
    // Which may have an underscore in it.
    let (_, secret) = text.split_at(text.len() - 43);
    assert!(shown.contains(token.id().as_str()) && !shown.contains(secret), "{shown}");
    for bad in [
        "",
        "iat_",
        &text[1..],
        &text[..text.len() - 1],
        &format!("{text}A"),
        &text.replacen("iat_", "IAT_", 1),
        &text.replacen("iat_", "iat-", 1),
        &format!("iat_{}#{}", "a".repeat(15), "_".repeat(44)),
        &format!("iat_{}€", "a".repeat(15)),
        &format!("iat_{}_{}", "a".repeat(16), "é".repeat(21) + "a"),
    ] {
        assert!(InitialAccessToken::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_token_admits_by_its_secret_and_while_it_has_uses() {
    let (token, other) = (
        InitialAccessToken::generate(&CountingEntropy::default()),
        InitialAccessToken::generate(&SystemEntropy),
    );
    let access = |max_uses, uses| InitialAccess {
        id: token.id().clone(),
        secret_hash: token.hash(),
        description: None,
        created_at: NOW,
        expires_at: NOW + InitialAccess::DEFAULT_LIFETIME,
        max_uses,
        uses,
        terms: RegistrationTerms::default(),
    };
    for (max_uses, uses, admits) in [
        (Some(1), 0, true),
        (Some(1), 1, false),
        (Some(10), 9, true),
        (Some(10), 10, false),
        (None, 1_000_000_000, true),
    ] {
        assert_eq!(access(max_uses, uses).admits(&token), admits, "{uses} of {max_uses:?}");
        assert!(!access(max_uses, uses).admits(&other));
    }
}

#[test]
fn what_is_pinned_wins_and_what_is_not_allowed_is_left_out() {
    let sent = json!({
        "redirect_uris": ["https://app.example/cb"],
        "client_name": "Mine",
        "client_name#ja": "私の",
        "client_uri": "https://app.example/",
        "tos_uri#ja": "https://app.example/ja",
        "scope": "openid admin",
    });
    let terms = RegistrationTerms {
        client_metadata: object(json!({
            "client_name": "Partner", "scope": "openid", "token_endpoint_auth_method": "none",
        })),
        allowed_members: Some(members(&["redirect_uris", "client_name", "tos_uri"])),
    };
    let found = registered(&terms, &sent).unwrap();
    assert_eq!(found["client_name"], "Partner");
    assert_eq!(found.get("client_name#ja"), None, "no language of what is pinned");
    assert_eq!(found["tos_uri#ja"], sent["tos_uri#ja"], "each language of what is allowed");
    assert_eq!(found["scope"], "openid");
    assert_eq!(found["token_endpoint_auth_method"], "none");
    assert_eq!(found["redirect_uris"], sent["redirect_uris"]);
    assert_eq!(found.get("client_uri"), None);

    let found = registered(&pinned(json!({ "client_uri": null })), &sent).unwrap();
    assert_eq!(found.get("client_uri"), None, "null pins that there is none");
    assert_eq!(found["client_name"], "Mine");
}

#[test]
fn what_a_client_would_rely_on_is_refused_and_not_left_out() {
    let terms = RegistrationTerms {
        allowed_members: Some(members(&["redirect_uris"])),
        ..Default::default()
    };
    let sent = json!({
        "redirect_uris": ["https://app.example/cb"], "userinfo_encrypted_response_alg": "RSA-OAEP",
    });
    assert!(registered(&terms, &sent).unwrap_err().contains("userinfo_encrypted_response_alg"));
}

#[test]
fn terms_under_which_nobody_could_register_are_none() {
    let mut strict = tenant();
    strict.dynamic_client_registration.required_members = vec!["client_uri".parse().unwrap()];
    strict.dynamic_client_registration.allowed_redirect_hosts =
        Some(vec!["app.example".parse().unwrap()]);
    let limited = |names: &[&str]| RegistrationTerms {
        allowed_members: Some(members(names)),
        ..RegistrationTerms::default()
    };
    for (terms, said) in [
        (pinned(json!({ "client_nmae": "A" })), "does not exist"),
        (pinned(json!({ "is_first_party": true })), "does not exist"),
        (pinned(json!({ "software_statement": "a.b.c" })), "does not exist"),
        (pinned(json!({ "redirect_uris": ["javascript:alert(1)"] })), "redirect_uris[0]"),
        (pinned(json!({ "redirect_uris": ["https://other.example/"] })), "redirect_uris[0]"),
        (pinned(json!({ "redirect_uris": null })), "redirect_uris"),
        (pinned(json!({ "grant_types": ["client_credentials"] })), "grant_types"),
        (pinned(json!({ "client_name": 1 })), "client_name"),
        (pinned(json!({ "token_endpoint_auth_method": "magic" })), "token_endpoint_auth_method"),
        (
            pinned(json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": null })),
            "needs jwks",
        ),
        (limited(&["client_name"]), "redirect_uris"),
        (limited(&["redirect_uris"]), "client_uri"),
    ] {
        let why = terms.check(&strict).expect_err(said).to_string();
        assert!(why.contains(said), "{terms:?}: {why}");
    }
    for terms in [
        RegistrationTerms::default(),
        pinned(json!({ "redirect_uris": ["https://app.example/cb"] })),
        pinned(json!({ "token_endpoint_auth_method": "private_key_jwt" })),
        pinned(json!({ "client_name#fr": "Le client", "default_max_age": 60, "logo_uri": null })),
        limited(&["redirect_uris", "client_uri"]),
    ] {
        assert!(terms.check(&strict).is_ok(), "{terms:?}");
    }
}
