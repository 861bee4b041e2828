//! What the owner of a new tenant is handed, once: in a file on a laptop, in Secrets Manager on AWS.

use serde::{Deserialize, Serialize};
use shared::domain::Issuer;

/// The credentials of a new tenant. Without `Debug`, since that is all they are.
#[derive(Serialize, Deserialize)]
pub struct Credentials {
    pub(crate) issuer: Issuer,
    pub(crate) management: ManagementCredentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<UserCredentials>,
}

/// What a client of the Management API needs.
#[derive(Serialize, Deserialize)]
pub(crate) struct ManagementCredentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) audience: String,
}

/// What the example's user signs in with.
#[derive(Serialize, Deserialize)]
pub(crate) struct UserCredentials {
    pub(crate) email: String,
    pub(crate) password: String,
}
