//! The Management API's own: who may call it, and Auth0's envelope for errors.

mod access;
mod error;

pub use access::{Access, authorize};
pub use error::ManagementError;
