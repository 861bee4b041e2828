//! How the parameters of an authorization request came to us.

use crate::{
    domain::Client,
    oauth::{OAuthError, OAuthErrorCode},
};
use serde::{Deserialize, Serialize};

/// What is known of where a request's parameters are from: nothing, when they came in the browser's URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The client signed them (RFC 9101).
    pub is_signed: bool,
}

impl Provenance {
    /// Whether requests may come like that.
    ///
    /// # Errors
    ///
    /// `invalid_request`, if the client registered that its requests are always signed (RFC 9101 §10.5).
    pub fn check(self, client: &Client) -> Result<(), OAuthError> {
        let requests = client.metadata.as_ref().map(|metadata| &metadata.requests);
        let must_be_signed =
            requests.and_then(|requests| requests.require_signed_request_object) == Some(true);
        if must_be_signed && !self.is_signed {
            let description =
                "the client registered that it signs its requests (require_signed_request_object)";
            return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
        }
        Ok(())
    }
}
