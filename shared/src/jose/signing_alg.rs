//! How we sign (RFC 7518 §3).

use serde::{Deserialize, Serialize};

/// An algorithm that a tenant has keys for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (§3.3): what every tenant has, and what verifiers can be counted on to know.
    #[default]
    RS256,
    /// ECDSA with P-256 and SHA-256 (§3.4).
    ES256,
}

impl SigningAlg {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::RS256, Self::ES256];

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
            Self::ES256 => "ES256",
        }
    }
}
