//! JSON Object Signing and Encryption: the little of it that signing by somebody else's key needs.
//! Pure: private keys are ring 3's.

mod jwk;
mod jws;

pub use jwk::RsaPublicJwk;
pub use jws::{InvalidJws, Jws, SigningInput, sign_hs256};
