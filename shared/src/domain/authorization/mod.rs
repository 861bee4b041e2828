//! Authorization: from a request's parameters to what the user agreed to.
//!
//! In this order: [`ReturnAddress::resolve`] proves where answers may go,
//! [`AuthorizationRequest::parse`] checks everything else, [`next_step`] decides what comes next.

mod claims;
mod next_step;
mod provenance;
mod request;
mod response;
mod return_address;

pub use next_step::{Authorized, Situation, Step, next_step};
pub use provenance::Provenance;
pub use request::AuthorizationRequest;
pub use response::AuthorizationResponse;
pub use return_address::{AuthorizationError, ReturnAddress};
