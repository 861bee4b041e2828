//! JSON Web Keys (RFC 7517), of the two kinds that we publish.

use super::SigningAlg;
use aws_lc_rs::{digest, rsa, signature};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// A public key that we sign with (RFC 7518 §6.2, §6.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    #[serde(flatten)]
    material: Material,
    #[serde(rename = "use")]
    public_key_use: String,
    alg: SigningAlg,
    kid: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    P256 { crv: String, x: String, y: String },
}

impl PublicJwk {
    /// The RSA key with this modulus and exponent, both big-endian without leading zeros; for RS256.
    #[must_use]
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
        // RFC 7638 §3.2: the required members, in lexicographic order, without white space.
        let thumbprint_input = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        Self::new(Material::Rsa { n, e }, SigningAlg::RS256, &thumbprint_input)
    }

    /// The key on P-256 whose public point this is, uncompressed: the byte 4 and two coordinates of 32 bytes each (SEC 1
    /// §2.3.3); for ES256. None for anything else.
    #[must_use]
    pub fn p256(point: &[u8]) -> Option<Self> {
        let is_point = |point: &&[u8]| point.len() == 65 && point[0] == 4;
        let coordinates = Some(point).filter(is_point)?.get(1..)?;
        signature::ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).ok()?;
        let (x, y) = coordinates.split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let thumbprint_input = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let material = Material::P256 { crv: "P-256".to_owned(), x, y };
        Some(Self::new(material, SigningAlg::ES256, &thumbprint_input))
    }

    fn new(material: Material, alg: SigningAlg, thumbprint_input: &str) -> Self {
        let thumbprint = digest::digest(&digest::SHA256, thumbprint_input.as_bytes());
        let kid = URL_SAFE_NO_PAD.encode(thumbprint);
        Self { material, public_key_use: "sig".to_owned(), alg, kid }
    }

    /// The key's name: its SHA-256 thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm that it signs with.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// Whether `signature` is this key's signature of `message`, made with its algorithm (RFC 7518 §3.3, §3.4).
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text);
        match &self.material {
            Material::Rsa { n, e } => {
                let (Ok(n), Ok(e)) = (decode(n), decode(e)) else { return false };
                let key = rsa::PublicKeyComponents { n, e };
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            Material::P256 { x, y, .. } => {
                let (Ok(x), Ok(y)) = (decode(x), decode(y)) else { return false };
                let point = [&[4], &x[..], &y[..]].concat();
                let algorithm = &signature::ECDSA_P256_SHA256_FIXED;
                let key = signature::ParsedPublicKey::new(algorithm, point);
                key.is_ok_and(|key| key.verify_sig(message, signature).is_ok())
            }
        }
    }
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
