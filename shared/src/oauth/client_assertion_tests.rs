use super::{ClientAssertion, VerifiedAssertion};
use crate::{
    clock::Timestamp,
    jose::{JwkSet, SignatureAlg},
    oauth::{ClientCredentials, OAuthErrorCode, Parameters},
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_000_000);
const OURS: [&str; 2] = ["https://id.example/", "https://id.example/oauth/token"];

struct Signer(EcdsaKeyPair);

impl Signer {
    fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn keys(&self) -> JwkSet {
        let point = self.0.public_key().as_ref();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] });
        JwkSet::parse(&keys).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "the client of a test signs with its own")]
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Good claims but for `change`; null takes one away.
fn claims(change: &Value) -> Value {
    let mut claims =
        json!({ "iss": "app", "sub": "app", "aud": OURS[0], "exp": NOW.0 + 60, "jti": "j" });
    claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

#[test]
fn an_assertion_is_of_its_client_for_us_and_for_now() {
    let signer = Signer::generate();
    let keys = signer.keys();
    let now = NOW.0;
    for (change, is_good) in [
        (json!({}), true),
        (json!({ "aud": OURS[1] }), true),
        (json!({ "aud": OURS }), true),
        (json!({ "exp": now + 3_660, "iat": now + 60, "nbf": now + 60 }), true),
        (json!({ "exp": now - 59, "iat": now - 9_999 }), true),
        (json!({ "extra": [1] }), true),
        (json!({ "iss": "other" }), false),
        (json!({ "sub": "other" }), false),
        (json!({ "iss": null }), false),
        (json!({ "aud": null }), false),
        (json!({ "aud": "https://other.example/" }), false),
        (json!({ "aud": [OURS[0], "https://other.example/"] }), false),
        (json!({ "aud": [] }), false),
        (json!({ "aud": "https://id.example" }), false),
        (json!({ "exp": null }), false),
        (json!({ "exp": "soon" }), false),
        (json!({ "exp": now - 60 }), false),
        (json!({ "exp": now + 3_661 }), false),
        (json!({ "exp": i64::MAX }), false),
        (json!({ "exp": i64::MIN }), false),
        (json!({ "nbf": now + 61 }), false),
        (json!({ "iat": now + 61 }), false),
        (json!({ "jti": null }), false),
        (json!({ "jti": "" }), false),
        (json!({ "jti": 1 }), false),
    ] {
        let jwt = signer.sign(&json!({ "alg": "ES256" }), &claims(&change));
        let verified = ClientAssertion(jwt).verify("app", (&keys, None), &OURS, NOW);
        assert_eq!(verified.is_some(), is_good, "{change}");
    }
    let jwt = signer.sign(&json!({ "alg": "ES256" }), &claims(&json!({})));
    let verified = ClientAssertion(jwt).verify("app", (&keys, None), &OURS, NOW);
    let expected = VerifiedAssertion { jti: "j".to_owned(), expires_at: Timestamp(now + 120) };
    assert_eq!(verified, Some(expected));
}

#[test]
fn an_assertion_is_of_the_registered_keys_and_algorithm_and_no_other_kind_of_jwt() {
    let (signer, stranger) = (Signer::generate(), Signer::generate());
    let es256 = Some(SignatureAlg::ES256);
    for (header, keys, alg, is_good) in [
        (json!({ "alg": "ES256" }), signer.keys(), es256, true),
        (json!({ "alg": "ES256", "typ": "jwt" }), signer.keys(), None, true),
        (json!({ "alg": "ES256", "typ": "client-authentication+jwt" }), signer.keys(), None, true),
        (json!({ "alg": "ES256", "typ": "at+jwt" }), signer.keys(), None, false),
        (json!({ "alg": "ES256" }), signer.keys(), Some(SignatureAlg::RS256), false),
        (json!({ "alg": "RS256" }), signer.keys(), None, false),
        (json!({ "alg": "none" }), signer.keys(), None, false),
        (json!({ "alg": "ES256" }), stranger.keys(), es256, false),
    ] {
        let jwt = signer.sign(&header, &claims(&json!({})));
        let verified = ClientAssertion(jwt).verify("app", (&keys, alg), &OURS, NOW);
        assert_eq!(verified.is_some(), is_good, "{header} {alg:?}");
    }
}

#[test]
fn credentials_are_read_from_an_assertion_alone() {
    use OAuthErrorCode::{InvalidClient, InvalidRequest};
    let jwt = Signer::generate().sign(&json!({ "alg": "ES256" }), &claims(&json!({})));
    let typ =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let both = format!("{typ}&client_assertion={jwt}");
    for (authorization, form, read) in [
        (None, both.clone(), Ok("app")),
        (None, format!("{both}&client_id=app"), Ok("app")),
        (None, format!("{both}&client_id=other"), Err(InvalidClient)),
        (None, format!("{both}&client_secret=s"), Err(InvalidRequest)),
        (Some("Basic YXBwOnM="), both.clone(), Err(InvalidRequest)),
        (None, format!("client_id=app&client_assertion={jwt}"), Err(InvalidClient)),
        (None, format!("client_id=app&{typ}"), Err(InvalidClient)),
        (None, format!("{typ}&client_assertion=evil"), Err(InvalidClient)),
        (None, format!("client_assertion_type=saml&client_assertion={jwt}"), Err(InvalidClient)),
    ] {
        let parameters = Parameters::from_form(form.as_bytes()).unwrap();
        let credentials = ClientCredentials::parse(authorization, &parameters);
        let found = credentials.map(|found| {
            assert!(found.client_assertion.is_some() && !format!("{found:?}").contains(&jwt));
            found.client_id
        });
        let found = found.map_err(|error| error.error);
        assert_eq!(found, read.map(str::to_owned), "{form}");
    }
}
