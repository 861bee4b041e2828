//! How a client authenticates: `token_endpoint_auth_method`, and the keys that it signs with.

use super::{RawClientMetadata, raw::refuse};
use crate::{
    jose::{JwkSet, SignatureAlg},
    oauth::OAuthError,
};
use serde::{Deserialize, Serialize};

/// How a client authenticates at the token endpoint (RFC 7591 §2).
///
/// A client with a secret may send it either way, whichever it registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// Not at all: a public client.
    None,
    /// With its secret, in the request body. The default, as it is Auth0's; the answer says so.
    #[default]
    ClientSecretPost,
    /// With its secret, in the `Authorization` header.
    ClientSecretBasic,
    /// With a JWT that it signs (OpenID Connect Core §9); it has no secret.
    PrivateKeyJwt,
}

impl TokenEndpointAuthMethod {
    /// Every method that we serve.
    pub const ALL: [Self; 4] =
        [Self::None, Self::ClientSecretPost, Self::ClientSecretBasic, Self::PrivateKeyJwt];

    /// Whether a client that authenticates so has a secret.
    #[must_use]
    pub fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretPost | Self::ClientSecretBasic)
    }
}

/// The public keys of a client, and how it signs with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClientKeys {
    /// Its public keys (RFC 7591 §2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jwks: Option<JwkSet>,
    /// The only algorithm of its assertions; any that we verify, when absent (OpenID Connect Dynamic
    /// Client Registration §2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token_endpoint_auth_signing_alg: Option<SignatureAlg>,
}

pub(super) fn token_endpoint_auth_method(
    raw: &RawClientMetadata,
) -> Result<TokenEndpointAuthMethod, OAuthError> {
    match raw.text("token_endpoint_auth_method")?.as_deref() {
        None => Ok(TokenEndpointAuthMethod::default()),
        Some("none") => Ok(TokenEndpointAuthMethod::None),
        Some("client_secret_post") => Ok(TokenEndpointAuthMethod::ClientSecretPost),
        Some("client_secret_basic") => Ok(TokenEndpointAuthMethod::ClientSecretBasic),
        Some("private_key_jwt") => Ok(TokenEndpointAuthMethod::PrivateKeyJwt),
        Some(_) => Err(refuse(
            "token_endpoint_auth_method must be none, client_secret_post, client_secret_basic or private_key_jwt",
        )),
    }
}

impl ClientKeys {
    /// The keys that `raw` holds, which a client that authenticates by `method` needs.
    pub(super) fn verify(
        raw: &RawClientMetadata,
        method: TokenEndpointAuthMethod,
    ) -> Result<Self, OAuthError> {
        let jwks = raw.value("jwks").map(JwkSet::parse).transpose();
        let jwks = jwks.map_err(|why| refuse(format!("jwks {why}")))?;
        let has_jwks_uri = raw.https_uri("jwks_uri")?.is_some();
        if jwks.is_some() && has_jwks_uri {
            return Err(refuse("jwks and jwks_uri must not be used together"));
        }
        if has_jwks_uri {
            return Err(refuse(
                "jwks_uri is not supported, since this server does not fetch clients' URIs: use jwks",
            ));
        }
        if method != TokenEndpointAuthMethod::PrivateKeyJwt {
            // An algorithm for assertions that it does not make means nothing.
            raw.text("token_endpoint_auth_signing_alg")?;
            return Ok(Self { jwks, token_endpoint_auth_signing_alg: None });
        }
        let alg = raw.signature_alg("token_endpoint_auth_signing_alg")?;
        let has_key_for = |alg: SignatureAlg| jwks.as_ref().is_some_and(|set| set.has_key_for(alg));
        if !alg.map_or_else(|| SignatureAlg::ALL.into_iter().any(has_key_for), has_key_for) {
            return Err(refuse(
                "token_endpoint_auth_method private_key_jwt needs jwks with a key for token_endpoint_auth_signing_alg",
            ));
        }
        Ok(Self { jwks, token_endpoint_auth_signing_alg: alg })
    }
}
