//! Public keys of clients (RFC 7517, RFC 7518 §6): what verifies that which they sign.

use super::JwkThumbprint;
use aws_lc_rs::{rsa, signature};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest modulus that is verified with, in bits: time grows with its square.
const MAX_RSA_BITS: usize = 8_192;

/// The shortest modulus that is safe (RFC 7518 §3.3), in bits.
const MIN_RSA_BITS: usize = 2_048;

/// The longest `kid` or `alg`, in bytes.
const MAX_NAME: usize = 200;

/// The members that only private and symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// How a client signs (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (§3.3).
    RS256,
    /// RSASSA-PSS with SHA-256 (§3.5).
    PS256,
    /// ECDSA with P-256 and SHA-256 (§3.4).
    ES256,
}

impl SignatureAlg {
    /// Every algorithm that we verify.
    pub const ALL: [Self; 3] = [Self::RS256, Self::PS256, Self::ES256];

    /// The algorithm called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }

    /// Its name in headers and metadata.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
        }
    }
}

/// A public key of a client, of a kind that we can verify with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationJwk {
    #[serde(flatten)]
    material: Material,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none", default)]
    public_key_use: Option<PublicKeyUse>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    kid: Option<String>,
}

/// What a public key is for (RFC 7517 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PublicKeyUse {
    Sig,
    Enc,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: Curve, x: String, y: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Curve {
    #[serde(rename = "P-256")]
    P256,
    #[serde(rename = "P-384")]
    P384,
}

/// Why a value is not a [`VerificationJwk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwk {
    /// Whoever sends one has told the world a secret.
    #[error("must not have private or symmetric keys (d, p, q, dp, dq, qi, oth, k)")]
    Secret,
    /// Of another kind, too short, or no point of its curve.
    #[error(
        "must have keys of kty RSA with 2048 to 8192 bits, or of kty EC on P-256 or P-384, in base64url without padding"
    )]
    Unsupported,
    /// `use`, `alg` or `kid` is not what RFC 7517 §4 says.
    #[error("must have keys whose use is sig or enc, and whose alg and kid are short texts")]
    BadDescription,
}

impl InvalidJwk {
    /// Whether the key harms nobody, and is only of no use to us (RFC 7517 §5).
    pub(super) fn is_of_no_use_only(self) -> bool {
        match self {
            Self::Secret => false,
            Self::Unsupported | Self::BadDescription => true,
        }
    }
}

impl VerificationJwk {
    /// The key that `jwk` holds. Members that mean nothing here are left out.
    ///
    /// # Errors
    ///
    /// [`InvalidJwk`].
    pub fn parse(jwk: &Map<String, Value>) -> Result<Self, InvalidJwk> {
        if SECRET_MEMBERS.iter().any(|member| jwk.contains_key(*member)) {
            return Err(InvalidJwk::Secret);
        }
        let public_key_use = match jwk.get("use") {
            None => None,
            Some(name) if name == "sig" => Some(PublicKeyUse::Sig),
            Some(name) if name == "enc" => Some(PublicKeyUse::Enc),
            Some(_) => return Err(InvalidJwk::BadDescription),
        };
        let material = Material::parse(jwk).ok_or(InvalidJwk::Unsupported)?;
        Ok(Self { material, public_key_use, alg: name(jwk, "alg")?, kid: name(jwk, "kid")? })
    }

    /// What names it wherever it is not called anything (RFC 7638 §3).
    #[must_use]
    pub fn thumbprint(&self) -> JwkThumbprint {
        JwkThumbprint::of(&match &self.material {
            Material::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Material::Ec { crv, x, y } => {
                let crv = crv.name();
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        })
    }

    /// The key's name, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether it is for signatures made with `alg` (RFC 7517 §4.2, §4.4).
    #[must_use]
    pub fn is_for(&self, alg: SignatureAlg) -> bool {
        let is_of_the_kind = matches!(
            (&self.material, alg),
            (Material::Rsa { .. }, SignatureAlg::RS256 | SignatureAlg::PS256)
                | (Material::Ec { crv: Curve::P256, .. }, SignatureAlg::ES256)
        );
        let is_for_signatures = self.public_key_use != Some(PublicKeyUse::Enc);
        let is_for_another = self.alg.as_deref().is_some_and(|name| name != alg.as_str());
        is_of_the_kind && is_for_signatures && !is_for_another
    }

    /// Whether `signature` is this key's signature of `message`, made with `alg`.
    #[must_use]
    pub fn verifies(&self, alg: SignatureAlg, message: &[u8], signature: &[u8]) -> bool {
        if !self.is_for(alg) {
            return false;
        }
        match &self.material {
            Material::Rsa { n, e } => {
                let (Some(n), Some(e)) = (decode(n), decode(e)) else { return false };
                let parameters = match alg {
                    SignatureAlg::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => &signature::RSA_PKCS1_2048_8192_SHA256,
                };
                rsa::PublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }
            Material::Ec { crv, x, y } => {
                crv.key(x, y).is_some_and(|key| key.verify_sig(message, signature).is_ok())
            }
        }
    }
}

impl Material {
    fn parse(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |member: &str| jwk.get(member).and_then(Value::as_str);
        match text("kty")? {
            "RSA" => {
                let (n, e) = (text("n")?, text("e")?);
                is_rsa_key(&decode(n)?, &decode(e)?)
                    .then(|| Self::Rsa { n: n.to_owned(), e: e.to_owned() })
            }
            "EC" => {
                let crv = match text("crv")? {
                    "P-256" => Curve::P256,
                    "P-384" => Curve::P384,
                    _ => return None,
                };
                let (x, y) = (text("x")?, text("y")?);
                crv.key(x, y)?;
                Some(Self::Ec { crv, x: x.to_owned(), y: y.to_owned() })
            }
            _ => None,
        }
    }
}

impl Curve {
    fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The key whose point has these coordinates, each of the curve's full length (RFC 7518 §6.2.1.2),
    /// if the curve has such a point.
    fn key(self, x: &str, y: &str) -> Option<signature::ParsedPublicKey> {
        let (length, algorithm) = match self {
            Self::P256 => (32, &signature::ECDSA_P256_SHA256_FIXED),
            Self::P384 => (48, &signature::ECDSA_P384_SHA384_FIXED),
        };
        let (x, y) = (decode(x)?, decode(y)?);
        let uncompressed = [&[4], &x[..], &y[..]].concat();
        let is_of_full_length = x.len() == length && y.len() == length;
        is_of_full_length.then(|| signature::ParsedPublicKey::new(algorithm, uncompressed).ok())?
    }
}

/// Both big-endian in as few bytes as they need (RFC 7518 §6.3.1).
fn is_rsa_key(n: &[u8], e: &[u8]) -> bool {
    let is_minimal = |number: &[u8]| number.first().is_some_and(|first| *first != 0);
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
    let is_possible = [n, e].into_iter().all(|number| is_minimal(number) && is_odd(number));
    is_possible && (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) && e.len() <= 4 && e != [1]
}

fn name(jwk: &Map<String, Value>, member: &str) -> Result<Option<String>, InvalidJwk> {
    let Some(value) = jwk.get(member) else { return Ok(None) };
    let is_printable = |text: &&str| !text.chars().any(char::is_control);
    let text = value.as_str().filter(|text| (1..=MAX_NAME).contains(&text.len()));
    let text = text.filter(is_printable).ok_or(InvalidJwk::BadDescription)?;
    Ok(Some(text.to_owned()))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
