//! JSON Object Signing and Encryption: the little of it that signing by somebody else's key, and
//! verifying what clients sign, needs. Pure: private keys are ring 3's.

mod ecdsa;
mod hs256;
mod jwk;
mod jwk_set;
mod jws;
mod signed_jwt;
mod signing_alg;
mod thumbprint;
mod verification_jwk;

pub use ecdsa::raw_p256_signature;
pub use hs256::{unverified_claims, verify_hs256};
pub use jwk::PublicJwk;
pub use jwk_set::{InvalidJwkSet, JwkSet};
pub use jws::{InvalidJws, Jws, SigningInput, sign_hs256};
pub use signed_jwt::SignedJwt;
pub use signing_alg::SigningAlg;
pub use thumbprint::JwkThumbprint;
pub use verification_jwk::{InvalidJwk, SignatureAlg, VerificationJwk};
