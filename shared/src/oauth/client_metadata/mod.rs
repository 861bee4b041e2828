//! Client metadata (RFC 7591 §2, OpenID Connect Dynamic Client Registration §2).
//!
//! [`RawClientMetadata`] is what arrives; [`ClientMetadata::verify`] makes of it what is registered,
//! with every default filled in. What a client may not set, such as being first party, has no field.

mod human_text;
mod raw;
mod verify;

pub use raw::RawClientMetadata;
pub use verify::RegistrationRules;

use super::{GrantType, RedirectUri, ResponseType, Scopes, WebUri};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Client metadata that registration accepts.
///
/// Endpoints can make one only by [`ClientMetadata::verify`], so holding one is proof that the rules
/// hold; `Deserialize` is for reading back what was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClientMetadata {
    /// Where responses may be sent; never empty.
    pub redirect_uris: Vec<RedirectUri>,
    /// How the client proves who it is at the token endpoint.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// How the client may obtain tokens; never empty.
    pub grant_types: Vec<GrantType>,
    /// What the client may ask the authorization endpoint for.
    pub response_types: Vec<ResponseType>,
    /// Whether it runs on a web server or on its user's device.
    pub application_type: ApplicationType,
    /// How its ID Tokens are signed.
    pub id_token_signed_response_alg: IdTokenSignedResponseAlg,
    /// The name shown to users when they are asked to consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The client's home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<WebUri>,
    /// The client's logo, which we never show: fetching it would tell its server about our users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<WebUri>,
    /// How the client says it uses data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<WebUri>,
    /// The client's terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<WebUri>,
    /// People responsible for the client, mostly e-mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub contacts: Vec<String>,
    /// The scopes that the client wants to be limited to; any, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scopes>,
    /// How long ago the user may have signed in, in seconds, where a request has no `max_age`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    /// Whether `auth_time` is required in ID Tokens. It is always there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_auth_time: Option<bool>,
    /// Names the software, over all its instances and versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The software's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Where the user may be sent after signing out.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where a third party may have the client start signing in; always `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<WebUri>,
    /// The human-readable members in other languages, such as `client_name#ja` (RFC 7591 §2.2).
    #[serde(flatten)]
    pub in_other_languages: BTreeMap<String, String>,
}

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
}

/// Where a client runs (OpenID Connect Dynamic Client Registration §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// On a web server, or in a browser.
    Web,
    /// On its user's device (RFC 8252).
    Native,
}

/// How ID Tokens are signed (OpenID Connect Dynamic Client Registration §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdTokenSignedResponseAlg {
    /// With the tenant's RSA key.
    #[default]
    RS256,
    /// With the client's secret.
    HS256,
}

#[cfg(test)]
mod tests;
