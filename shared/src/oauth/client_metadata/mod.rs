//! Client metadata (RFC 7591 §2, OpenID Connect Dynamic Client Registration §2).
//!
//! [`RawClientMetadata`] is what arrives; [`ClientMetadata::verify`] makes of it what is registered,
//! with every default filled in. What a client may not set, such as being first party, has no field.

mod algorithms;
mod authentication;
mod grants;
mod human_text;
mod logout;
mod raw;
mod requests;
mod rules;
mod subject_type;
mod telling;
mod unsupported;
mod verify;

pub use algorithms::IdTokenSignedResponseAlg;
pub use authentication::{ClientKeys, TokenEndpointAuthMethod};
pub use human_text::is_invisible;
pub use logout::LogoutMetadata;
pub use raw::RawClientMetadata;
pub use requests::RequestMetadata;
pub use rules::RegistrationRules;
pub use subject_type::SubjectType;

use super::{GrantType, RedirectUri, ResponseType, Scopes, WebUri};
use crate::jose::SigningAlg;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Client metadata that registration accepts.
///
/// Endpoints can make one only by [`ClientMetadata::verify`], so holding one is proof that the rules
/// hold; `Deserialize` is for reading back what was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClientMetadata {
    /// Where responses may be sent; empty only for a client that acts for itself alone.
    pub redirect_uris: Vec<RedirectUri>,
    /// How the client proves who it is at the token endpoint.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// The keys that it proves it with, where it has no secret.
    #[serde(flatten)]
    pub keys: ClientKeys,
    /// How the client may obtain tokens; never empty.
    pub grant_types: Vec<GrantType>,
    /// What the client may ask the authorization endpoint for; empty only for one that acts for itself alone.
    pub response_types: Vec<ResponseType>,
    /// Whether it runs on a web server or on its user's device.
    pub application_type: ApplicationType,
    /// How its ID Tokens are signed.
    pub id_token_signed_response_alg: IdTokenSignedResponseAlg,
    /// How the userinfo endpoint's answer is signed; not at all, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlg>,
    /// What it knows users by.
    #[serde(default)]
    pub subject_type: SubjectType,
    /// The list of redirect URIs whose clients know a user by the same `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<WebUri>,
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
    /// How it wants users to be authenticated, by preference; kept, though there is but one way.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub default_acr_values: Vec<String>,
    /// Names the software, over all its instances and versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The software's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Where a third party may have the client start signing in; always `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<WebUri>,
    /// Whether its access tokens must be bound to a key (RFC 9449 §5.2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dpop_bound_access_tokens: Option<bool>,
    /// How it hands over its authorization requests.
    #[serde(flatten)]
    pub requests: RequestMetadata,
    /// What happens when its users sign out.
    #[serde(flatten)]
    pub logout: LogoutMetadata,
    /// The human-readable members in other languages, such as `client_name#ja` (RFC 7591 §2.2).
    #[serde(flatten)]
    pub in_other_languages: BTreeMap<String, String>,
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

#[cfg(test)]
mod tests;
