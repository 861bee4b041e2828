//! A private signing key in this process.

use super::KeyError;
use crate::jose::{PublicJwk, SigningAlg};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};

/// A key with both halves, for one algorithm.
pub(super) enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Pair {
    pub(super) fn generate(alg: SigningAlg) -> Result<Self, KeyError> {
        let because = |why: &dyn ToString| KeyError::because("making a key", why.to_string());
        match alg {
            SigningAlg::RS256 => {
                RsaKeyPair::generate(KeySize::Rsa2048).map(Self::Rsa).map_err(|why| because(&why))
            }
            SigningAlg::ES256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .map(Self::P256)
                .map_err(|why| because(&why)),
        }
    }

    /// The key in `der` (PKCS #8), of whichever kind.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            return Ok(Self::P256(pair));
        }
        let pair = RsaKeyPair::from_pkcs8(der).map(Self::Rsa);
        pair.map_err(|why| KeyError::because("reading a signing key", why.to_string()))
    }

    pub(super) fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair)
                .map(|der| der.as_ref().to_vec())
                .map_err(|why| KeyError::because("writing a key", why.to_string())),
            Self::P256(pair) => pair
                .to_pkcs8v1()
                .map(|der| der.as_ref().to_vec())
                .map_err(|why| KeyError::because("writing a key", why.to_string())),
        }
    }

    pub(super) fn jwk(&self) -> Result<PublicJwk, KeyError> {
        match self {
            Self::Rsa(pair) => {
                let public = pair.public_key();
                Ok(PublicJwk::rsa(
                    public.modulus().big_endian_without_leading_zero(),
                    public.exponent().big_endian_without_leading_zero(),
                ))
            }
            Self::P256(pair) => PublicJwk::p256(pair.public_key().as_ref())
                .ok_or_else(|| KeyError::new("reading the public half of a key")),
        }
    }

    /// The signature of `message` with `alg`, if that is what the key is for.
    #[expect(
        clippy::disallowed_methods,
        reason = "asked for by the API: PKCS #1 v1.5 draws nothing, and what ECDSA draws must come from the system"
    )]
    pub(super) fn signature(&self, alg: SigningAlg, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let because =
            |why: aws_lc_rs::error::Unspecified| KeyError::because("signing", why.to_string());
        let random = SystemRandom::new();
        match (self, alg) {
            (Self::Rsa(pair), SigningAlg::RS256) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(because)?;
                Ok(signature)
            }
            (Self::P256(pair), SigningAlg::ES256) => {
                pair.sign(&random, message).map(|it| it.as_ref().to_vec()).map_err(because)
            }
            _ => Err(KeyError::new("signing with a key that is for another algorithm")),
        }
    }
}
