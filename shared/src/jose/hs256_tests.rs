use super::{unverified_claims, verify_hs256};
use crate::jose::sign_hs256;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const SECRET: &[u8] = b"a secret of a client";

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_signature_by_the_secret_alone_is_taken_and_by_this_algorithm_alone() {
    let claims = json!({ "sub": "usr_1" });
    let token = sign_hs256("JWT", &claims, SECRET).unwrap();
    assert_eq!(verify_hs256::<Value>(&token, "JWT", SECRET).unwrap(), claims);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let none = encode(&json!({ "alg": "none", "typ": "JWT" }));
    let critical = encode(&json!({ "alg": "HS256", "typ": "JWT", "crit": ["x"] }));
    let other = encode(&json!({ "sub": "usr_2" }));
    for (forged, typ, secret) in [
        (token.clone(), "JWT", &b"another secret"[..]),
        (token.clone(), "logout+jwt", SECRET),
        (format!("{none}.{payload}."), "JWT", SECRET),
        (format!("{none}.{payload}.{signature}"), "JWT", SECRET),
        (format!("{critical}.{payload}.{signature}"), "JWT", SECRET),
        (format!("{header}.{other}.{signature}"), "JWT", SECRET),
        (format!("{header}.{payload}."), "JWT", SECRET),
        (format!("{header}.{payload}.{signature}="), "JWT", SECRET),
        (signed.to_owned(), "JWT", SECRET),
        (String::new(), "JWT", SECRET),
    ] {
        assert!(verify_hs256::<Value>(&forged, typ, secret).is_err(), "{forged}");
    }
}

#[test]
fn what_a_token_claims_is_read_whatever_signed_it() {
    let payload = encode(&json!({ "aud": "a" }));
    assert_eq!(unverified_claims::<Value>(&format!("x.{payload}.")).unwrap()["aud"], "a");
    for text in ["", "a.b", &format!("x.{payload}"), &format!("x.{payload}.y.z"), "x.*.y"] {
        assert!(unverified_claims::<Value>(text).is_err(), "{text}");
    }
}
