use super::DpopProof;
use crate::{clock::Timestamp, oauth::OAuthErrorCode};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_000_000);
const HERE: (&str, &str) = ("POST", "https://id.example/oauth/token");

/// RFC 9449, figure 2.
const EXAMPLE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

struct Signer(EcdsaKeyPair);

impl Signer {
    fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]) })
    }

    /// A good proof but for these changes; null takes a member away.
    #[expect(clippy::disallowed_methods, reason = "the client of a test signs with its own")]
    fn proof(&self, header: &Value, claims: &Value) -> String {
        let good = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() });
        let header = changed(good, header);
        let good = json!({ "jti": "j", "htm": HERE.0, "htu": HERE.1, "iat": NOW.0 });
        let claims = changed(good, claims);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(&claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn changed(mut value: Value, change: &Value) -> Value {
    value.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    value.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    value
}

fn is_good(proof: &str) -> bool {
    match DpopProof::verify(proof, HERE, NOW) {
        Ok(_) => true,
        Err(why) => {
            assert_eq!(why.error, OAuthErrorCode::InvalidDpopProof);
            false
        }
    }
}

#[test]
fn the_example_of_the_specification_is_a_proof_of_its_key() {
    let there = ("POST", "https://server.example.com/token");
    let iat = Timestamp(1_562_262_616);
    let proof = DpopProof::verify(EXAMPLE, there, iat).unwrap();
    // RFC 9449 §6.1.
    assert_eq!(proof.jkt.as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!((proof.jti.as_str(), proof.nonce.as_deref()), ("-BwC3ESc6acc2lTc", None));
    assert!(!proof.is_for("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"), "it has no ath");
}

#[test]
fn a_proof_is_for_one_request_and_for_now() {
    let signer = Signer::generate();
    let now = NOW.0;
    for (claims, expected) in [
        (json!({}), true),
        (json!({ "iat": now - 299 }), true),
        (json!({ "iat": now - 300 }), false),
        (json!({ "iat": now + 60 }), true),
        (json!({ "iat": now + 61 }), false),
        (json!({ "iat": null }), false),
        (json!({ "iat": "now" }), false),
        (json!({ "jti": null }), false),
        (json!({ "jti": "" }), false),
        (json!({ "jti": "j".repeat(256) }), true),
        (json!({ "jti": "j".repeat(257) }), false),
        (json!({ "htm": null }), false),
        (json!({ "htm": "GET" }), false),
        (json!({ "htm": "post" }), false),
        (json!({ "htu": null }), false),
        (json!({ "htu": "https://id.example/oauth/token?a=b#c" }), true),
        (json!({ "htu": "HTTPS://ID.example:443/oauth/token" }), true),
        (json!({ "htu": "https://id.example/oauth/token/" }), false),
        (json!({ "htu": "https://id.example/OAUTH/token" }), false),
        (json!({ "htu": "http://id.example/oauth/token" }), false),
        (json!({ "htu": "https://evil.example/oauth/token" }), false),
        (json!({ "htu": "oauth/token" }), false),
    ] {
        assert_eq!(is_good(&signer.proof(&json!({}), &claims)), expected, "{claims}");
    }
}

#[test]
fn a_proof_is_signed_by_the_public_key_that_it_brings() {
    let (signer, other) = (Signer::generate(), Signer::generate());
    let with = |member: &str, value: &str| changed(signer.jwk(), &json!({ member: value }));
    for (header, expected) in [
        (json!({}), true),
        (json!({ "jwk": with("alg", "ES256") }), true),
        (json!({ "jwk": with("use", "sig") }), true),
        (json!({ "typ": "JWT" }), false),
        (json!({ "typ": null }), false),
        (json!({ "jwk": null }), false),
        (json!({ "jwk": "x" }), false),
        (json!({ "jwk": other.jwk() }), false),
        (json!({ "jwk": with("d", "AAAA") }), false),
        (json!({ "jwk": with("use", "enc") }), false),
        (json!({ "alg": "none" }), false),
        (json!({ "alg": "HS256" }), false),
        (json!({ "alg": "RS256" }), false),
        (json!({ "crit": ["exp"] }), false),
    ] {
        assert_eq!(is_good(&signer.proof(&header, &json!({}))), expected, "{header}");
    }
    for garbage in ["", "x", "a.b.c", &EXAMPLE[..EXAMPLE.len() - 2]] {
        assert!(!is_good(garbage), "{garbage}");
    }
    let proof = signer.proof(&json!({}), &json!({}));
    assert!(!is_good(&format!("{proof},{proof}")), "two of them");
}

#[test]
fn a_proof_is_for_the_access_token_whose_hash_it_has() {
    let signer = Signer::generate();
    // RFC 9449 §7.1.
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let ath = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";
    let proof = signer.proof(&json!({}), &json!({ "ath": ath, "nonce": "n" }));
    let proof = DpopProof::verify(&proof, HERE, NOW).unwrap();
    assert!(proof.is_for(token));
    assert!(!proof.is_for(&token[1..]));
    assert_eq!(proof.nonce.as_deref(), Some("n"));
    assert_eq!(proof.expires_at, Timestamp(NOW.0 + 300));
}
