//! A key that a client signs its assertions with (OpenID Connect Core §9).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use shared::entropy::{Entropy, SystemEntropy};

/// The one value of `client_assertion_type` (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key on P-256.
pub(crate) struct ClientKey {
    kid: &'static str,
    pair: EcdsaKeyPair,
}

impl ClientKey {
    pub(crate) fn new(kid: &'static str) -> Self {
        Self { kid, pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    /// Its public half.
    pub(crate) fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "EC",
            "crv": "P-256",
            "x": coordinate(&point[1..33]),
            "y": coordinate(&point[33..]),
            "kid": self.kid,
            "alg": "ES256",
        })
    }

    /// What proves to `audience` at `now` that it is `client_id`, as parameters of the token endpoint.
    pub(crate) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: i64,
    ) -> [(&'static str, String); 2] {
        let entropy: &dyn Entropy = &SystemEntropy;
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "exp": now + 300,
            "jti": entropy.alphanumerics(22),
        });
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(Algorithm::ES256) };
        let der = self.pair.to_pkcs8v1().unwrap();
        let jwt = encode(&header, &claims, &EncodingKey::from_ec_der(der.as_ref())).unwrap();
        [("client_assertion_type", ASSERTION_TYPE.to_owned()), ("client_assertion", jwt)]
    }
}
