//! How the parameters of an authorization request came to us.

use crate::{
    domain::{Client, PushedRequestId, Tenant},
    oauth::{OAuthError, OAuthErrorCode},
};
use serde::{Deserialize, Serialize};

/// What is known of where a request's parameters are from: nothing, when they came in the browser's URL.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// Whether the client signed them (RFC 9101).
    pub is_signed: bool,
    /// The name that they got when the client pushed them (RFC 9126).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed: Option<PushedRequestId>,
}

impl Provenance {
    /// Whether requests may come like that.
    ///
    /// # Errors
    ///
    /// `invalid_request`, if the client registered that its requests are always signed (RFC 9101 §10.5), or if it or
    /// the tenant's owner said that they are always pushed (RFC 9126 §5, §6).
    pub fn check(&self, tenant: &Tenant, client: &Client) -> Result<(), OAuthError> {
        let refuse = |why| Err(OAuthError::new(OAuthErrorCode::InvalidRequest, why));
        let requests = client.metadata.as_ref().map(|metadata| &metadata.requests);
        let must_be_signed = requests.and_then(|requests| requests.require_signed_request_object);
        if must_be_signed == Some(true) && !self.is_signed {
            return refuse(
                "the client registered that it signs its requests (require_signed_request_object)",
            );
        }
        let must_be_pushed =
            requests.and_then(|requests| requests.require_pushed_authorization_requests);
        let all_must_be_pushed = tenant.flags.require_pushed_authorization_requests;
        if (must_be_pushed == Some(true) || all_must_be_pushed) && self.pushed.is_none() {
            return refuse("requests must be pushed first (require_pushed_authorization_requests)");
        }
        Ok(())
    }
}
