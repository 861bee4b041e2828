use super::{InvalidRequestObject as Invalid, RequestObject};
use crate::{
    clock::Timestamp,
    jose::{JwkSet, SignatureAlg},
    oauth::Parameters,
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_000_000);
const ISSUER: &str = "https://id.example/";

struct Signer(EcdsaKeyPair);

impl Signer {
    fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn keys(&self) -> JwkSet {
        let point = self.0.public_key().as_ref();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        let keys = json!({ "keys": [{ "kty": "EC", "kid": "a", "crv": "P-256", "x": x, "y": y }] });
        JwkSet::parse(&keys).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "the client of a test signs with its own")]
    fn sign(&self, header: &Value, claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let input = format!("{}.{}", part(&header.to_string()), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What becomes of this object, beside these parameters.
fn read(claims: &str, outer: &str) -> Result<String, Invalid> {
    let signer = Signer::generate();
    let jwt = signer.sign(&json!({ "alg": "ES256" }), claims);
    let object = RequestObject::parse(&jwt, Some(SignatureAlg::ES256))?;
    let verified = object.signed_by(&signer.keys()).unwrap();
    let outer = Parameters::from_form(outer.as_bytes()).unwrap();
    verified.parameters(&outer, "app", ISSUER, NOW).map(|parameters| parameters.to_query())
}

fn with(change: &Value) -> Result<String, Invalid> {
    let mut claims = json!({ "client_id": "app", "response_type": "code", "scope": "openid" });
    claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    read(&claims.to_string(), "client_id=app&response_type=code&scope=profile&state=outer")
}

#[test]
fn parameters_are_those_of_the_object_and_no_others() {
    for (change, expected) in [
        (json!({}), "client_id=app&response_type=code&scope=openid"),
        (
            json!({ "iss": "app", "sub": "x", "aud": ISSUER, "exp": NOW.0, "nbf": NOW.0, "iat": 1, "jti": "j" }),
            "client_id=app&response_type=code&scope=openid",
        ),
        (
            json!({ "aud": ["x", ISSUER], "state": "a&b", "max_age": 0, "scope": null, "nonce": "" }),
            "client_id=app&max_age=0&response_type=code&state=a%26b",
        ),
        (
            json!({ "scope": null, "claims": { "userinfo": { "name": null } } }),
            "claims=%7B%22userinfo%22%3A%7B%22name%22%3Anull%7D%7D&client_id=app&response_type=code",
        ),
    ] {
        assert_eq!(with(&change).unwrap(), expected, "{change}");
    }
}

#[test]
fn an_object_is_of_its_client_for_us_and_for_now() {
    let now = NOW.0;
    for (change, expected) in [
        (json!({ "exp": now - 59, "nbf": now + 60, "iat": now + 60 }), None),
        (json!({ "exp": now - 60 }), Some(Invalid::NotNow)),
        (json!({ "nbf": now + 61 }), Some(Invalid::NotNow)),
        (json!({ "iat": now + 61 }), Some(Invalid::NotNow)),
        (json!({ "exp": "tomorrow" }), Some(Invalid::NotNow)),
        (json!({ "exp": 1.5 }), Some(Invalid::NotNow)),
        (json!({ "iss": "other" }), Some(Invalid::WrongIssuer)),
        (json!({ "iss": ["app"] }), Some(Invalid::WrongIssuer)),
        (json!({ "sub": "app" }), Some(Invalid::LikeAnAssertion)),
        (json!({ "aud": "https://other.example/" }), Some(Invalid::WrongAudience)),
        (json!({ "aud": "https://id.example" }), Some(Invalid::WrongAudience)),
        (json!({ "aud": [] }), Some(Invalid::WrongAudience)),
        (json!({ "aud": { "a": ISSUER } }), Some(Invalid::WrongAudience)),
        (json!({ "client_id": "other" }), Some(Invalid::WrongClient)),
        (json!({ "client_id": null }), Some(Invalid::WrongClient)),
        (json!({ "response_type": "token" }), Some(Invalid::WrongResponseType)),
        (json!({ "request": "a.b.c" }), Some(Invalid::Nested)),
        (json!({ "request_uri": "https://app.example/" }), Some(Invalid::Nested)),
        (json!({ "scope": ["openid"] }), Some(Invalid::WrongValue)),
        (json!({ "prompt": true }), Some(Invalid::WrongValue)),
        (json!({ "scope": { "a": 1 } }), Some(Invalid::WrongValue)),
        (json!({ "registration": { "client_name": "A" } }), Some(Invalid::WrongValue)),
        (json!({ "authorization_details": [{ "type": "a" }], "made_up": true }), None),
        (json!({ "state": "a".repeat(4_100) }), Some(Invalid::TooLong)),
    ] {
        assert_eq!(with(&change).err(), expected, "{change}");
    }
}

#[test]
fn what_two_parsers_could_read_differently_is_refused() {
    for claims in [
        r#"{"client_id":"app","response_type":"code","scope":"a","scope":"b"}"#,
        r#"{"client_id":"app","response_type":"code","claims":{"a":1,"a":2}}"#,
        r#"["client_id"]"#,
        "client_id=app",
    ] {
        assert_eq!(read(claims, "").err(), Some(Invalid::NotAnObject), "{claims}");
    }
}

#[test]
fn the_words_of_a_response_type_may_be_in_another_order_or_left_to_the_object() {
    let claims = r#"{"client_id":"app","response_type":"id_token token"}"#;
    for outer in ["", "response_type=token+id_token"] {
        assert!(read(claims, outer).is_ok(), "{outer}");
    }
    assert_eq!(read(claims, "response_type=token").err(), Some(Invalid::WrongResponseType));
}

#[test]
fn type_and_algorithm_are_known_beforehand_and_only_registered_keys_count() {
    let signer = Signer::generate();
    for (header, alg, expected) in [
        (json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt" }), None, None),
        (json!({ "alg": "ES256", "typ": "jwt" }), Some(SignatureAlg::ES256), None),
        (json!({ "alg": "ES256", "typ": "at+jwt" }), None, Some(Invalid::WrongType)),
        (
            json!({ "alg": "ES256", "typ": "client-authentication+jwt" }),
            None,
            Some(Invalid::WrongType),
        ),
        (json!({ "alg": "ES256" }), Some(SignatureAlg::RS256), Some(Invalid::WrongAlg)),
        (json!({ "alg": "none" }), None, Some(Invalid::Unsigned)),
        (json!({ "alg": "NONE" }), None, Some(Invalid::Unsigned)),
        (json!({ "alg": "HS256" }), None, Some(Invalid::NotASignedJwt)),
        (json!({ "alg": "ES256", "crit": ["exp"] }), None, Some(Invalid::NotASignedJwt)),
    ] {
        let jwt = signer.sign(&header, "{}");
        assert_eq!(RequestObject::parse(&jwt, alg).err(), expected, "{header}");
    }
    assert_eq!(RequestObject::parse("a.b", None).err(), Some(Invalid::NotASignedJwt));
    let jwt = signer.sign(&json!({ "alg": "ES256", "kid": "a" }), "{}");
    let object = RequestObject::parse(&jwt, None).unwrap();
    let stranger = Signer::generate().keys();
    assert!(object.names_one_of(&stranger) && object.signed_by(&stranger).is_none());
    assert!(object.signed_by(&signer.keys()).is_some());
}
