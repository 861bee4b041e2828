//! How what a client gets is signed.

use super::{RawClientMetadata, RegistrationRules, TokenEndpointAuthMethod, raw::refuse};
use crate::oauth::OAuthError;
use serde::{Deserialize, Serialize};

/// How ID Tokens are signed (OpenID Connect Dynamic Client Registration §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdTokenSignedResponseAlg {
    /// With the tenant's RSA key.
    #[default]
    RS256,
    /// With the client's secret.
    HS256,
}

/// How the userinfo endpoint's answer is signed, where it is (OpenID Connect Core §5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserinfoSignedResponseAlg {
    /// With the tenant's RSA key.
    RS256,
}

pub(super) fn id_token_signed_response_alg(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
    method: TokenEndpointAuthMethod,
) -> Result<IdTokenSignedResponseAlg, OAuthError> {
    match raw.text("id_token_signed_response_alg")?.as_deref() {
        None | Some("RS256") => Ok(IdTokenSignedResponseAlg::RS256),
        Some("HS256") if rules.may_use_hs256 && method.has_secret() => {
            Ok(IdTokenSignedResponseAlg::HS256)
        }
        Some("HS256") => Err(refuse(
            "id_token_signed_response_alg HS256 needs a client with a secret, in permissive mode",
        )),
        Some(_) => Err(refuse("id_token_signed_response_alg must be RS256 or HS256")),
    }
}

pub(super) fn userinfo_signed_response_alg(
    raw: &RawClientMetadata,
) -> Result<Option<UserinfoSignedResponseAlg>, OAuthError> {
    match raw.text("userinfo_signed_response_alg")?.as_deref() {
        None => Ok(None),
        Some("RS256") => Ok(Some(UserinfoSignedResponseAlg::RS256)),
        Some(_) => Err(refuse("userinfo_signed_response_alg must be RS256")),
    }
}
