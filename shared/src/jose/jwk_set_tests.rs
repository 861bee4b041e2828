use super::{InvalidJwkSet, JwkSet};
use crate::jose::{InvalidJwk, SignatureAlg};
use serde_json::{Value, json};

/// RFC 7517, appendix A.1, with these members besides or instead.
fn p256(more: &Value) -> Value {
    let key = json!({
        "kty": "EC", "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    });
    with(key, more)
}

/// RFC 8037, appendix A.2, with these members besides or instead.
fn ed25519(more: &Value) -> Value {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    with(json!({ "kty": "OKP", "crv": "Ed25519", "x": x }), more)
}

fn with(mut key: Value, more: &Value) -> Value {
    key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    key
}

fn set(keys: &[Value]) -> Value {
    json!({ "keys": keys })
}

/// Keys of no use to us, and why.
fn useless() -> Vec<(Value, InvalidJwk)> {
    let (unsupported, undescribed) = (InvalidJwk::Unsupported, InvalidJwk::BadDescription);
    vec![
        (ed25519(&json!({ "kid": "other" })), unsupported),
        (p256(&json!({ "kid": "other", "crv": "P-521" })), unsupported),
        (p256(&json!({ "kid": "other", "kty": "AKP" })), unsupported),
        (p256(&json!({ "kid": "other", "kty": null })), unsupported),
        (p256(&json!({ "kid": "other", "y": null })), unsupported),
        (json!({ "kid": "other", "kty": "RSA", "n": "AQAB", "e": "AQAB" }), unsupported),
        (json!({}), unsupported),
        (p256(&json!({ "kid": "other", "use": "tls" })), undescribed),
        (p256(&json!({ "kid": "other", "use": 1 })), undescribed),
        (p256(&json!({ "kid": "other", "alg": ["ES256"] })), undescribed),
        (p256(&json!({ "kid": 1 })), undescribed),
    ]
}

#[test]
fn of_what_a_client_publishes_the_keys_of_no_use_to_us_are_as_good_as_not_there() {
    let good = p256(&json!({ "kid": "good" }));
    let alone = JwkSet::parse(&set(std::slice::from_ref(&good))).unwrap();
    for (key, why) in useless() {
        for keys in [[good.clone(), key.clone()], [key.clone(), good.clone()]] {
            assert_eq!(JwkSet::parse_published(&set(&keys)), Ok(alone.clone()), "{key}");
            let refused = Err(InvalidJwkSet::Jwk(why));
            assert_eq!(JwkSet::parse(&set(&keys)), refused, "{key} in what is registered");
        }
        let none = JwkSet::parse_published(&set(&[key.clone(), key.clone()]));
        assert_eq!(none, Err(InvalidJwkSet::Jwk(why)), "nothing but {key}");
    }
}

#[test]
fn a_name_that_one_key_of_use_has_is_no_ones_else() {
    let published = |keys: &[Value]| JwkSet::parse_published(&set(keys));
    let both = published(&[ed25519(&json!({ "kid": "a" })), p256(&json!({ "kid": "a" }))]).unwrap();
    assert!(both.has_kid("a") && both.has_key_for(SignatureAlg::ES256));
    let unnamed = published(&[ed25519(&json!({})), p256(&json!({}))]);
    assert!(unnamed.is_ok_and(|set| set.has_key_for(SignatureAlg::ES256)));
    for kids in [[json!({ "kid": "a" }), json!({ "kid": "a" })], [json!({ "kid": "a" }), json!({})]]
    {
        let keys = [p256(&kids[0]), ed25519(&json!({ "kid": "b" })), p256(&kids[1])];
        assert_eq!(published(&keys), Err(InvalidJwkSet::AmbiguousKid), "{kids:?}");
    }
}

#[test]
fn what_must_never_be_published_refuses_the_whole_set() {
    let good = p256(&json!({ "kid": "good" }));
    for secret in [
        p256(&json!({ "kid": "other", "d": "AA" })),
        ed25519(&json!({ "kid": "other", "d": "AA" })),
        json!({ "kid": "other", "kty": "oct", "k": "c2VjcmV0" }),
        json!({ "kid": "other", "kty": "RSA", "p": "AA" }),
    ] {
        let refused = Err(InvalidJwkSet::Jwk(InvalidJwk::Secret));
        assert_eq!(JwkSet::parse_published(&set(&[good.clone(), secret.clone()])), refused);
        assert_eq!(JwkSet::parse(&set(&[secret, good.clone()])), refused);
    }
}

#[test]
fn what_is_no_set_is_none_whoever_publishes_it() {
    let good = p256(&json!({ "kid": "good" }));
    for value in [
        json!([]),
        json!({}),
        set(&[]),
        json!({ "keys": {} }),
        set(&[good.clone(), json!("key")]),
        set(&vec![good; 11]),
    ] {
        assert_eq!(JwkSet::parse_published(&value), Err(InvalidJwkSet::NotASet), "{value}");
        assert_eq!(JwkSet::parse(&value), Err(InvalidJwkSet::NotASet), "{value}");
    }
}
