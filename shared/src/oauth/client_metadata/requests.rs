//! How a client hands over its authorization requests: signed, by reference.

use super::{ClientKeys, RawClientMetadata, RegistrationRules, raw::refuse};
use crate::{
    jose::SignatureAlg,
    oauth::{OAuthError, WebUri},
};
use serde::{Deserialize, Serialize};

/// The longest `request_uri`, in characters (RFC 9101 §5.2, OpenID Connect Core §6.2).
const MAX_LENGTH: usize = 512;

/// The members that are about authorization requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestMetadata {
    /// The only algorithm of its request objects; any that we verify, when absent (OpenID Connect Dynamic
    /// Client Registration §2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_object_signing_alg: Option<SignatureAlg>,
    /// Where its request objects are, each as it stands in requests (OpenID Connect Dynamic Client
    /// Registration §2).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub request_uris: Vec<WebUri>,
    /// Whether its requests count only if they are signed (RFC 9101 §10.5).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub require_signed_request_object: Option<bool>,
    /// Whether its requests count only if they are pushed (RFC 9126 §6).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub require_pushed_authorization_requests: Option<bool>,
}

impl RequestMetadata {
    /// The members in `raw`. Where nothing is fetched, `request_uris` are left out: they take nothing from a
    /// client, which can send the same objects itself.
    pub(super) fn verify(
        raw: &RawClientMetadata,
        rules: &RegistrationRules,
        keys: &ClientKeys,
    ) -> Result<Self, OAuthError> {
        let require_signed_request_object = raw.boolean("require_signed_request_object")?;
        let has_keys = keys.jwks.is_some() || keys.jwks_uri.is_some();
        if require_signed_request_object == Some(true) && !has_keys {
            return Err(refuse("require_signed_request_object needs jwks or jwks_uri"));
        }
        Ok(Self {
            request_object_signing_alg: raw.signature_alg("request_object_signing_alg")?,
            request_uris: request_uris(raw, rules)?,
            require_signed_request_object,
            require_pushed_authorization_requests: raw
                .boolean("require_pushed_authorization_requests")?,
        })
    }
}

fn request_uris(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
) -> Result<Vec<WebUri>, OAuthError> {
    let uris = raw.texts("request_uris")?.filter(|_| rules.may_fetch).unwrap_or_default();
    let parse = |uri: &String| {
        let uri: Option<WebUri> = uri.parse().ok().filter(|_| uri.len() <= MAX_LENGTH);
        uri.filter(|uri| uri.is_https() || uri.is_loopback()).ok_or_else(|| {
            refuse(format!("request_uris must be https URIs of at most {MAX_LENGTH} characters"))
        })
    };
    uris.iter().map(parse).collect()
}
