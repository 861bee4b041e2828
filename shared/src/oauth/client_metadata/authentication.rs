//! How a client authenticates: `token_endpoint_auth_method`, and the keys that it signs with.

use super::{ClientMetadata, RawClientMetadata, RegistrationRules, raw::refuse};
use crate::{
    jose::{JwkSet, SignatureAlg},
    oauth::{OAuthError, WebUri},
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

    /// Those by which a client proves who it is.
    pub const CONFIDENTIAL: [Self; 3] =
        [Self::ClientSecretPost, Self::ClientSecretBasic, Self::PrivateKeyJwt];

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
    /// Where they are instead (RFC 7591 §2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jwks_uri: Option<WebUri>,
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
    /// The keys that `raw` holds or refers to, which a client that authenticates by `method` needs.
    pub(super) fn verify(
        raw: &RawClientMetadata,
        rules: &RegistrationRules,
        method: TokenEndpointAuthMethod,
    ) -> Result<Self, OAuthError> {
        let jwks = raw.value("jwks").map(JwkSet::parse).transpose();
        let jwks = jwks.map_err(|why| refuse(format!("jwks {why}")))?;
        if jwks.is_some() && raw.text("jwks_uri")?.is_some() {
            return Err(refuse("jwks and jwks_uri must not be used together"));
        }
        let jwks_uri = raw.fetched_uri("jwks_uri", rules)?;
        if method != TokenEndpointAuthMethod::PrivateKeyJwt {
            // An algorithm for assertions that it does not make means nothing.
            raw.text("token_endpoint_auth_signing_alg")?;
            return Ok(Self { jwks, jwks_uri, token_endpoint_auth_signing_alg: None });
        }
        let alg = raw.signature_alg("token_endpoint_auth_signing_alg")?;
        let keys = Self { jwks, jwks_uri, token_endpoint_auth_signing_alg: alg };
        // What a URI leads to is seen later.
        let can_sign =
            keys.jwks_uri.is_some() || keys.jwks.as_ref().is_some_and(|set| keys.suit(set));
        can_sign.then_some(keys).ok_or_else(|| {
            refuse(
                "token_endpoint_auth_method private_key_jwt needs jwks with a key for token_endpoint_auth_signing_alg, or jwks_uri",
            )
        })
    }

    /// Whether `set` has a key for the client's assertions.
    fn suit(&self, set: &JwkSet) -> bool {
        match self.token_endpoint_auth_signing_alg {
            Some(alg) => set.has_key_for(alg),
            None => SignatureAlg::ALL.into_iter().any(|alg| set.has_key_for(alg)),
        }
    }
}

impl ClientMetadata {
    /// Whether `json`, which its `jwks_uri` leads to, is a key set that it can authenticate by.
    ///
    /// # Errors
    ///
    /// What it must lead to, in words that go after the member's name.
    pub fn check_jwks(&self, json: &str) -> Result<(), String> {
        let value = serde_json::from_str(json).unwrap_or_default();
        let set = JwkSet::parse_published(&value);
        let set = set.map_err(|why| format!("leads to a key set that {why}"))?;
        let signs = self.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt;
        if signs && !self.keys.suit(&set) {
            return Err("must lead to a key for token_endpoint_auth_signing_alg".to_owned());
        }
        Ok(())
    }
}
