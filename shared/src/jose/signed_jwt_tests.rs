use super::SignedJwt;
use crate::jose::{JwkSet, SignatureAlg};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{self, EcdsaKeyPair, KeyPair, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

struct Keys {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
}

impl Keys {
    fn generate() -> Self {
        let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        Self {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            ec: EcdsaKeyPair::generate(curve).unwrap(),
        }
    }

    fn set(&self) -> JwkSet {
        let rsa = self.rsa.public_key();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (n, e) = (
            encode(rsa.modulus().big_endian_without_leading_zero()),
            encode(rsa.exponent().big_endian_without_leading_zero()),
        );
        let point = self.ec.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        let keys = json!({ "keys": [
            { "kty": "RSA", "kid": "rsa", "n": n, "e": e },
            { "kty": "EC", "kid": "ec", "crv": "P-256", "x": x, "y": y },
        ] });
        JwkSet::parse(&keys).unwrap()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the client of a test signs with randomness of its own"
    )]
    fn sign(&self, header: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(&json!({ "sub": "app" })));
        let random = SystemRandom::new();
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        match header["alg"].as_str() {
            Some("ES256") => {
                signature = self.ec.sign(&random, input.as_bytes()).unwrap().as_ref().to_vec();
            }
            alg => {
                let padding: &dyn signature::RsaEncoding = match alg {
                    Some("PS256") => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                self.rsa.sign(padding, &random, input.as_bytes(), &mut signature).unwrap();
            }
        }
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[test]
fn each_algorithm_is_verified_by_the_key_that_is_named_or_could_have_signed() {
    let (keys, others) = (Keys::generate(), Keys::generate());
    for (header, is_signed) in [
        (json!({ "alg": "RS256", "kid": "rsa" }), true),
        (json!({ "alg": "PS256", "kid": "rsa", "typ": "JWT" }), true),
        (json!({ "alg": "ES256", "kid": "ec" }), true),
        (json!({ "alg": "RS256" }), true),
        (json!({ "alg": "ES256" }), true),
        (json!({ "alg": "RS256", "kid": "ec" }), false),
        (json!({ "alg": "ES256", "kid": "unknown" }), false),
    ] {
        let text = keys.sign(&header);
        let jwt = SignedJwt::parse(&text).unwrap();
        assert_eq!(jwt.alg().as_str(), header["alg"], "{header}");
        assert_eq!(jwt.typ(), header["typ"].as_str(), "{header}");
        assert_eq!(jwt.is_signed_by(&keys.set()), is_signed, "{header}");
        assert!(!jwt.is_signed_by(&others.set()), "{header}");
        assert_eq!(jwt.unverified_claims::<Value>().unwrap(), json!({ "sub": "app" }));
    }
}

#[test]
fn a_signature_is_of_one_algorithm_and_one_text() {
    let keys = Keys::generate();
    let text = keys.sign(&json!({ "alg": "RS256" }));
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let (_, payload) = signed.split_once('.').unwrap();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for changed in [
        format!("{}.{payload}.{signature}", part(json!({ "alg": "PS256" }))),
        format!("{}.{payload}.{signature}", part(json!({ "alg": "ES256" }))),
        format!("{}.{payload}.{signature}", part(json!({ "alg": "RS256", "kid": "rsa" }))),
        format!(
            "{}.{}.{signature}",
            part(json!({ "alg": "RS256" })),
            part(json!({ "sub": "evil" }))
        ),
        format!("{signed}."),
        format!("{signed}.AAAA"),
    ] {
        assert!(!SignedJwt::parse(&changed).unwrap().is_signed_by(&keys.set()), "{changed}");
    }
}

#[test]
fn what_is_no_jwt_of_a_known_algorithm_is_not_even_taken_apart() {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let with = |header: Value| format!("{}.{}.AAAA", part(header), part(json!({})));
    for text in [
        String::new(),
        "a.b".to_owned(),
        "a.b.c".to_owned(),
        "a.b.c.d".to_owned(),
        with(json!({ "alg": "none" })),
        with(json!({ "alg": "HS256" })),
        with(json!({ "alg": "rs256" })),
        with(json!({ "alg": 1 })),
        with(json!({ "kid": "a" })),
        with(json!({ "alg": "RS256", "crit": ["b64"], "b64": false })),
        with(json!({ "alg": "RS256" })) + "=",
        format!("{}AAAA", with(json!({ "alg": "RS256", "x": "a".repeat(8 * 1024) }))),
    ] {
        assert!(SignedJwt::parse(&text).is_err(), "{text:.100}");
    }
    for alg in SignatureAlg::ALL {
        assert_eq!(SignatureAlg::from_name(alg.as_str()), Some(alg));
    }
}
