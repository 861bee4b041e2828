//! The vocabulary of OpenID Connect, each type as its specification defines it. Pure.

mod claims;
mod id_token;
mod prompt;
mod provider_metadata;

pub use claims::{Address, StandardClaims};
pub use id_token::{IdTokenClaims, left_half_hash};
pub use prompt::Prompt;
pub use provider_metadata::ProviderMetadata;
