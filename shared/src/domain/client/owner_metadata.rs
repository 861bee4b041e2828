//! What a tenant's owner alone says about a client and lets it do, by Auth0's names.

use super::{Client, SecurityMode};
use crate::domain::RefreshTokenSettings;
use crate::oauth::{
    ApplicationType, GrantType, RegistrationRules, TokenEndpointAuthMethod, WebOrigin,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of application a client is, as Auth0 tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppType {
    /// It runs on its user's device (RFC 8252).
    Native,
    /// It runs in a browser alone, where it can keep no secret.
    Spa,
    /// It runs on a web server.
    RegularWeb,
    /// It acts for itself: no user signs in to it (RFC 6749 §4.4).
    NonInteractive,
}

impl AppType {
    /// The kind called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "native" => Some(Self::Native),
            "spa" => Some(Self::Spa),
            "regular_web" => Some(Self::RegularWeb),
            "non_interactive" => Some(Self::NonInteractive),
            _ => None,
        }
    }
}

/// What a tenant's owner notes of a client, and lets its pages do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnerMetadata {
    /// What kind of application it is, where the owner has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_type: Option<AppType>,
    /// What it is there for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The origins whose pages may be sent responses as messages (`web_message`); none, unless the owner says
    /// so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub web_origins: Vec<WebOrigin>,
    /// Whatever else is worth keeping.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub client_metadata: BTreeMap<String, String>,
    /// How its refresh tokens behave, where that is not as the tenant says of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<RefreshTokenSettings>,
}

impl OwnerMetadata {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Client {
    /// What kind of application it is: the owner's word, or else what its registration comes to.
    #[must_use]
    pub fn app_type(&self) -> AppType {
        let registered = || {
            let Some(metadata) = &self.metadata else { return AppType::NonInteractive };
            let is_public = metadata.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
            match metadata.application_type {
                _ if metadata.response_types.is_empty() => AppType::NonInteractive,
                ApplicationType::Native => AppType::Native,
                ApplicationType::Web if is_public => AppType::Spa,
                ApplicationType::Web => AppType::RegularWeb,
            }
        };
        self.owner_metadata.app_type.unwrap_or_else(registered)
    }
}

impl SecurityMode {
    /// What a client's owner may have it registered with: what its mode allows, and for one of the tenant's own also to
    /// act for itself. The tenant's policy for registrations is no part of it: that is for strangers, and does not bind
    /// the owner.
    #[must_use]
    pub fn rules_for_the_owner(self, is_first_party: bool) -> RegistrationRules {
        let mut rules = self.registration_rules();
        if is_first_party {
            rules.grant_types.push(GrantType::ClientCredentials);
        }
        rules
    }
}
