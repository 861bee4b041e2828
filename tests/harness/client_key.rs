//! A key that a client signs with: its assertions (OpenID Connect Core §9) and its requests (RFC 9101). Nothing of
//! it is shared with the product.

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
        RsaEncoding, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use shared::entropy::{Entropy, SystemEntropy};

/// The one value of `client_assertion_type` (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key for one algorithm.
pub(crate) struct ClientKey {
    kid: &'static str,
    alg: &'static str,
    pair: Pair,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl ClientKey {
    /// A key on P-256.
    pub(crate) fn new(kid: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid, alg: "ES256", pair: Pair::Ec(pair) }
    }

    /// An RSA key for `alg`, RS256 or PS256.
    pub(crate) fn rsa(kid: &'static str, alg: &'static str) -> Self {
        Self { kid, alg, pair: Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()) }
    }

    /// Its public half.
    pub(crate) fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
                json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
            }
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let n = encode(public.modulus().big_endian_without_leading_zero());
                let e = encode(public.exponent().big_endian_without_leading_zero());
                json!({ "kty": "RSA", "n": n, "e": e })
            }
        };
        jwk["kid"] = self.kid.into();
        jwk["alg"] = self.alg.into();
        jwk
    }

    /// What names it (RFC 7638).
    pub(crate) fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let required: &[&str] = match &self.pair {
            Pair::Ec(_) => &["crv", "kty", "x", "y"],
            Pair::Rsa(_) => &["e", "kty", "n"],
        };
        let members: Vec<_> =
            required.iter().map(|member| format!("\"{member}\":{}", jwk[*member])).collect();
        let input = format!("{{{}}}", members.join(","));
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, input.as_bytes()))
    }

    /// A proof of possession for a request (RFC 9449 §4.2), with these claims besides or instead.
    pub(crate) fn proof(&self, (htm, htu): (&str, &str), now: i64, more: &Value) -> String {
        let entropy: &dyn Entropy = &SystemEntropy;
        let mut claims =
            json!({ "jti": entropy.alphanumerics(22), "htm": htm, "htu": htu, "iat": now });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut jwk = self.jwk();
        jwk.as_object_mut().unwrap().retain(|member, _| member != "kid" && member != "alg");
        let header = json!({ "typ": "dpop+jwt", "alg": self.alg, "jwk": jwk });
        self.sign_with(&header, &claims)
    }

    /// `claims` as a JWT of this type, signed.
    pub(crate) fn sign(&self, typ: &str, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": self.alg, "kid": self.kid, "typ": typ }), claims)
    }

    fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.signature(input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[expect(clippy::disallowed_methods, reason = "the client of a test signs with its own")]
    fn signature(&self, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, input).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let padding: &dyn RsaEncoding =
                    if self.alg == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, input, &mut signature).unwrap();
                signature
            }
        }
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
        let jwt = self.sign("JWT", &claims);
        [("client_assertion_type", ASSERTION_TYPE.to_owned()), ("client_assertion", jwt)]
    }
}
