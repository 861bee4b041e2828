//! The vocabulary of OpenID Connect, each type as its specification defines it. Pure.

mod acr;
mod claims;
mod claims_request;
mod id_token;
mod languages;
mod logout_token;
mod prompt;
mod provider_metadata;

pub use acr::PASSWORD_PROTECTED_TRANSPORT;
pub use claims::{Address, OFFLINE_ACCESS, StandardClaims};
pub use claims_request::{ClaimsRequest, InvalidClaimsRequest, RequestedClaim, RequestedClaims};
pub use id_token::{IdTokenClaims, left_half_hash};
pub use languages::Languages;
pub use logout_token::{LogoutEvents, LogoutTokenClaims};
pub use prompt::Prompt;
pub use provider_metadata::{Offers, ProviderMetadata};
