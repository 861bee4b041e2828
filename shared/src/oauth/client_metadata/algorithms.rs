//! How what a client gets is signed.

use super::{RawClientMetadata, RegistrationRules, TokenEndpointAuthMethod, raw::refuse};
use crate::{jose::SigningAlg, oauth::OAuthError};
use serde::{Deserialize, Serialize};

/// How ID Tokens are signed (OpenID Connect Dynamic Client Registration §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdTokenSignedResponseAlg {
    /// With the tenant's RSA key.
    #[default]
    RS256,
    /// With the tenant's key on P-256, if it has one.
    ES256,
    /// With the client's secret.
    HS256,
}

impl IdTokenSignedResponseAlg {
    /// The tenant's algorithm, unless the client's secret signs.
    #[must_use]
    pub fn signing_alg(self) -> Option<SigningAlg> {
        match self {
            Self::RS256 => Some(SigningAlg::RS256),
            Self::ES256 => Some(SigningAlg::ES256),
            Self::HS256 => None,
        }
    }
}

pub(super) fn id_token_signed_response_alg(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
    method: TokenEndpointAuthMethod,
) -> Result<IdTokenSignedResponseAlg, OAuthError> {
    match raw.text("id_token_signed_response_alg")?.as_deref() {
        None | Some("RS256") => Ok(IdTokenSignedResponseAlg::RS256),
        Some("ES256") => Ok(IdTokenSignedResponseAlg::ES256),
        Some("HS256") if rules.may_use_hs256 && method.has_secret() => {
            Ok(IdTokenSignedResponseAlg::HS256)
        }
        Some("HS256") => Err(refuse(
            "id_token_signed_response_alg HS256 needs a client with a secret, in permissive mode",
        )),
        Some(_) => Err(refuse("id_token_signed_response_alg must be RS256, ES256 or HS256")),
    }
}

/// How the userinfo endpoint's answer is signed, where it is (OpenID Connect Core §5.3.2).
pub(super) fn userinfo_signed_response_alg(
    raw: &RawClientMetadata,
) -> Result<Option<SigningAlg>, OAuthError> {
    let Some(name) = raw.text("userinfo_signed_response_alg")? else { return Ok(None) };
    let alg = SigningAlg::from_name(&name);
    alg.map(Some).ok_or_else(|| refuse("userinfo_signed_response_alg must be RS256 or ES256"))
}
