//! Members that a tenant can insist on.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::str::FromStr;

/// The client metadata that a registration can bring, all that is kept of any (RFC 7591 §2, OpenID Connect Dynamic Client
/// Registration §2, RP-Initiated Logout §3.1, Back-Channel Logout §2.2, RFC 9101 §10.5, RFC 9126 §6).
const KNOWN: [&str; 34] = [
    "application_type",
    "backchannel_logout_session_required",
    "backchannel_logout_uri",
    "client_name",
    "client_uri",
    "contacts",
    "default_acr_values",
    "default_max_age",
    "dpop_bound_access_tokens",
    "grant_types",
    "id_token_signed_response_alg",
    "initiate_login_uri",
    "jwks",
    "jwks_uri",
    "logo_uri",
    "policy_uri",
    "post_logout_redirect_uris",
    "redirect_uris",
    "request_object_signing_alg",
    "request_uris",
    "require_auth_time",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "response_types",
    "scope",
    "sector_identifier_uri",
    "software_id",
    "software_statement",
    "software_version",
    "subject_type",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "tos_uri",
    "userinfo_signed_response_alg",
];

/// The name of a member that a registration can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RequiredMember(&'static str);

/// A text is not a [`RequiredMember`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a member of client metadata, such as client_uri")]
pub struct UnknownMember;

impl RequiredMember {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for RequiredMember {
    type Err = UnknownMember;

    fn from_str(name: &str) -> Result<Self, UnknownMember> {
        KNOWN.into_iter().find(|known| *known == name).map(Self).ok_or(UnknownMember)
    }
}

impl<'de> Deserialize<'de> for RequiredMember {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
