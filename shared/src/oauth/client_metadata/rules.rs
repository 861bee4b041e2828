//! What a tenant lets a client register.

use crate::oauth::{GrantType, ResponseType, Scopes};

/// What a tenant lets a client register that nobody has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationRules {
    /// The grants that such a client can have; all of them, unless it asks for fewer.
    pub grant_types: Vec<GrantType>,
    /// The response types that such a client can have; all that its grants allow, unless it asks for
    /// fewer.
    pub response_types: Vec<ResponseType>,
    /// Whether its ID Tokens may be signed with its secret.
    pub may_use_hs256: bool,
    /// Whether what it refers to is fetched.
    pub may_fetch: bool,
    /// The scopes that such a client can be limited to; any, when absent.
    pub allowed_scopes: Option<Scopes>,
    /// The scopes that a client which names none is limited to; those allowed, when absent.
    pub default_scopes: Option<Scopes>,
}
