//! Tokens: how they are made and how they are recognised.

mod issue;
mod recognise;
mod subject;

pub use issue::Issuance;
pub use recognise::{PresentedToken, claimed_client, verify_jwt};
pub use subject::subject;
