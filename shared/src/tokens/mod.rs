//! Tokens: how they are made and how they are recognised.

mod id_token_hint;
mod issue;
mod logout_token;
mod recognise;
mod subject;

pub use id_token_hint::IdTokenHint;
pub use issue::{Beside, Issuance};
pub use logout_token::Ended;
pub use recognise::{PresentedToken, Told, claimed_client, verify_jwt};
pub use subject::{public_sid, subject};
