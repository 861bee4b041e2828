//! Whatever is sent: the validator ends, and what it registers can be registered again.

use super::{ClientMetadata, RawClientMetadata, members, permissive, strict};
use crate::oauth::RegistrationRules;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const MEMBERS: [&str; 44] = [
    "redirect_uris",
    "response_types",
    "grant_types",
    "application_type",
    "contacts",
    "client_name",
    "client_name#ja",
    "client_name#",
    "logo_uri",
    "client_uri",
    "client_uri#fr",
    "policy_uri",
    "tos_uri",
    "jwks_uri",
    "jwks",
    "sector_identifier_uri",
    "subject_type",
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "request_object_encryption_alg",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "initiate_login_uri",
    "request_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "scope",
    "software_id",
    "software_version",
    "software_statement",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
    "authorization_signed_response_alg",
    "client_id",
    "keys",
    "",
];

fn text() -> impl Strategy<Value = String> {
    let known = [
        "",
        " ",
        "web",
        "native",
        "none",
        "code",
        "token",
        "id_token token",
        "implicit",
        "authorization_code",
        "refresh_token",
        "client_secret_basic",
        "private_key_jwt",
        "public",
        "pairwise",
        "RS256",
        "PS256",
        "ES256",
        "HS256",
        "openid read:contacts",
        "https://app.example/cb",
        "https://app.example/logout",
        "http://localhost:3000/cb",
        "https://other.example/",
        "cursor://app.example/cb",
        "javascript:alert(1)",
        "https://[::1]/",
        "http://[",
        "https://a#b",
        "e\u{301}",
        "\u{202e}",
        "\u{0}",
    ];
    prop_oneof![
        8 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => ".{0,40}",
        1 => "[a-z]{2,8}:/{0,3}[a-z%@:.\\[\\]0-9]{0,12}(/[a-z?#]{0,6})?",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let keys = [
        json!({ "keys": [members::rsa("a")] }),
        json!({ "keys": [members::p256("a"), members::p384("b")] }),
        json!({ "keys": [members::p256("a"), members::rsa("a")] }),
    ];
    let leaf = prop_oneof![
        6 => text().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => (0_u32..100_000).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => Just(Value::Null),
        2 => proptest::sample::select(keys.to_vec()),
    ];
    leaf.prop_recursive(2, 12, 5, |inner| {
        prop_oneof![
            4 => proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            1 => proptest::collection::hash_map("keys|kty|[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn uris() -> impl Strategy<Value = Value> {
    proptest::collection::vec(text(), 0..4).prop_map(Value::from)
}

/// Mostly acceptable members, so that most of the rules are reached.
fn metadata() -> impl Strategy<Value = Map<String, Value>> {
    let member = proptest::sample::select(MEMBERS.to_vec()).prop_map(str::to_owned);
    let good = json!(["https://app.example/cb", "http://localhost:3000/cb"]);
    let redirect_uris = prop_oneof![
        2 => Just(json!(["https://app.example/cb"])),
        1 => Just(good),
        1 => Just(json!(["cursor://app.example/cb"])),
        2 => uris(),
    ];
    let others = proptest::collection::vec((member, value()), 0..6);
    (redirect_uris, others).prop_map(|(redirect_uris, others)| {
        let mut metadata: Map<_, _> = others.into_iter().collect();
        metadata.entry("redirect_uris").or_insert(redirect_uris);
        metadata
    })
}

fn rules() -> impl Strategy<Value = RegistrationRules> {
    let scopes = || {
        prop_oneof![
            Just(None),
            Just(Some("openid".parse().unwrap())),
            Just(Some("read:contacts x".parse().unwrap()))
        ]
    };
    (any::<bool>(), scopes(), scopes()).prop_map(|(is_strict, allowed_scopes, default_scopes)| {
        let rules = if is_strict { strict() } else { permissive() };
        RegistrationRules { allowed_scopes, default_scopes, ..rules }
    })
}

fn register(metadata: &Value, rules: &RegistrationRules) -> Option<Value> {
    let raw = RawClientMetadata::parse(metadata.to_string().as_bytes()).ok()?;
    let verified = ClientMetadata::verify(&raw, rules).ok()?;
    let registered = serde_json::to_value(&verified).unwrap();
    let stored: ClientMetadata = serde_json::from_value(registered.clone()).unwrap();
    assert_eq!(stored, verified, "what is stored is read back as it was");
    Some(registered)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_registered_can_be_registered_again_with_the_same_result(
        metadata in metadata(), rules in rules(),
    ) {
        if let Some(once) = register(&Value::Object(metadata), &rules) {
            prop_assert_eq!(register(&once, &rules), Some(once));
        }
    }

    #[test]
    fn nothing_that_is_sent_makes_the_validator_panic(bytes in any::<Vec<u8>>(), text in "[\\[\\]{}\":,a-z0-9\\\\ ]{0,60}") {
        for body in [&bytes[..], text.as_bytes()] {
            if let Ok(raw) = RawClientMetadata::parse(body) {
                let _ = ClientMetadata::verify(&raw, &permissive());
            }
        }
    }
}
