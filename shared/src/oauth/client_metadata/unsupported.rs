//! Members that would promise what we don't do: refused where a client would rely on it, left out where
//! leaving them out takes nothing from it (RFC 7591 §2).

use super::{RawClientMetadata, raw::refuse};
use crate::oauth::OAuthError;

/// Without what these ask for, answers would be less protected than the client thinks.
pub(super) const REFUSED: [&str; 12] = [
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
];

/// As [`REFUSED`], but for `false`, which asks for nothing.
pub(super) const REFUSED_UNLESS_FALSE: &str = "tls_client_certificate_bound_access_tokens";

/// Whether asking for `member` is refused.
pub(super) fn is_refused(member: &str) -> bool {
    REFUSED.contains(&member) || member == REFUSED_UNLESS_FALSE
}

/// Checks the members that are not registered.
pub(super) fn refuse_unsupported(raw: &RawClientMetadata) -> Result<(), OAuthError> {
    for member in REFUSED {
        if raw.text(member)?.is_some() {
            return Err(refuse(format!("{member} is not supported")));
        }
    }
    if raw.boolean(REFUSED_UNLESS_FALSE)? == Some(true) {
        return Err(refuse(format!("{REFUSED_UNLESS_FALSE} true is not supported")));
    }
    Ok(())
}
