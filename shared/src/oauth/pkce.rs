//! Proof Key for Code Exchange (RFC 7636), with `S256` only: `plain` protects nothing that leaks.

use super::Parameters;
use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// The hash of a secret that only the client knows: base64url of SHA-256, so always 43 characters
/// (RFC 7636 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

/// The secret behind a [`CodeChallenge`]: 43 to 128 unreserved characters (RFC 7636 §4.1).
pub struct CodeVerifier(String);

impl CodeChallenge {
    /// The challenge of an authorization request, if it has one (RFC 7636 §4.3).
    ///
    /// # Errors
    ///
    /// What is wrong with it, for `invalid_request` (RFC 7636 §4.4.1).
    pub fn from_parameters(parameters: &Parameters) -> Result<Option<Self>, &'static str> {
        match (parameters.get("code_challenge"), parameters.get("code_challenge_method")) {
            (None, None) => Ok(None),
            (Some(challenge), Some("S256")) => match URL_SAFE_NO_PAD.decode(challenge) {
                Ok(hash) if hash.len() == digest::SHA256_OUTPUT_LEN => {
                    Ok(Some(Self(challenge.to_owned())))
                }
                _ => {
                    Err("code_challenge must be the base64url-encoded SHA-256 of the code_verifier")
                }
            },
            (_, Some("S256")) => Err("code_challenge_method needs a code_challenge"),
            _ => Err("code_challenge_method must be S256"),
        }
    }

    /// Whether `verifier` is the secret behind this challenge (RFC 7636 §4.6).
    #[must_use]
    pub fn is_met_by(&self, verifier: &CodeVerifier) -> bool {
        let hash = digest::digest(&digest::SHA256, verifier.0.as_bytes());
        let expected = URL_SAFE_NO_PAD.encode(hash);
        constant_time::verify_slices_are_equal(expected.as_bytes(), self.0.as_bytes()).is_ok()
    }
}

impl CodeVerifier {
    /// The verifier in `text`, if it is well-formed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        ((43..=128).contains(&text.len()) && text.bytes().all(is_unreserved))
            .then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeVerifier(…)")
    }
}

#[cfg(test)]
#[path = "pkce_tests.rs"]
mod tests;
