//! The Management API's own: who may call it, what its requests may hold, its lists, and Auth0's envelope for errors.

mod access;
mod body;
mod error;
mod listing;
mod paging;

pub use access::{Access, authorize, authorize_reading, record};
pub use body::body;
pub use error::ManagementError;
pub use listing::{Collection, list, query, query_repeating};
pub use paging::{Fields, Paging, Part, boolean};
