//! Clients: the applications that users sign in to, and the programs that act for themselves.

use super::identifier::is_identifier;
use crate::{
    clock::Timestamp,
    entropy::Entropy,
    oauth::{
        ClientMetadata, ClientSecret, GrantType, RegistrationRules, ResponseType, Scopes,
        TokenEndpointAuthMethod,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names a client; chosen by the provider and never changed (RFC 6749 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// The id in a request, if it is written as ours are: letters, digits and `_`, at most 64.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_identifier(text).then(|| Self(text.to_owned()))
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How far a client that registered itself is trusted. It keeps the mode it was registered under.
///
/// Everything that differs between the modes is in this type's methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityMode {
    /// What the feature has always done: implicit grant, PKCE only for public clients.
    Permissive,
    /// Codes only, PKCE always, errors on our own page.
    Strict,
}

impl SecurityMode {
    /// What a client may register.
    #[must_use]
    pub fn registration_rules(self) -> RegistrationRules {
        use GrantType::{AuthorizationCode, Implicit, RefreshToken};
        match self {
            Self::Permissive => RegistrationRules {
                grant_types: &[AuthorizationCode, Implicit, RefreshToken],
                may_use_hs256: true,
            },
            Self::Strict => RegistrationRules {
                grant_types: &[AuthorizationCode, RefreshToken],
                may_use_hs256: false,
            },
        }
    }

    /// A new client's id; the prefix tells the mode apart, as Auth0's does.
    fn client_id(self, entropy: &dyn Entropy) -> ClientId {
        ClientId(match self {
            Self::Permissive => entropy.alphanumerics(32),
            Self::Strict => format!("tpc_{}", entropy.alphanumerics(22)),
        })
    }

    fn always_requires_pkce(self) -> bool {
        self == Self::Strict
    }

    /// Whether errors are shown on our own page, lest a stranger's registration make us an open
    /// redirector (RFC 9700 §4.11.2).
    #[must_use]
    pub fn keeps_errors(self) -> bool {
        self == Self::Strict
    }
}

/// What is kept of a client's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedSecret {
    /// HMAC-SHA-256 under the tenant's sealing key, base64url.
    pub mac: String,
    /// The secret itself, sealed: only for clients whose ID Tokens it signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

impl std::fmt::Debug for ProtectedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProtectedSecret(…)")
    }
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its name to the provider.
    pub client_id: ClientId,
    /// When it was registered.
    pub client_id_issued_at: Timestamp,
    /// What is kept of its secret, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<ProtectedSecret>,
    /// Whether it is the tenant's own. Whoever registered itself is not, for ever.
    pub is_first_party: bool,
    /// The mode it was registered under.
    pub third_party_security_mode: SecurityMode,
    /// What it registered; absent for a program that no user signs in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ClientMetadata>,
    /// What it may do in its own name: scopes by the identifier of the API.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_grants: BTreeMap<String, Scopes>,
}

impl Client {
    /// A client that registered itself: third party, no client grants; and its secret unless it is
    /// public. `protect` makes of a secret what is kept of it.
    pub fn register(
        metadata: ClientMetadata,
        mode: SecurityMode,
        entropy: &dyn Entropy,
        now: Timestamp,
        protect: impl FnOnce(&ClientId, &ClientSecret) -> ProtectedSecret,
    ) -> (Self, Option<ClientSecret>) {
        let client_id = mode.client_id(entropy);
        let is_public = metadata.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
        let client_secret = (!is_public).then(|| ClientSecret::generate(entropy));
        let client = Self {
            client_secret: client_secret.as_ref().map(|secret| protect(&client_id, secret)),
            client_id,
            client_id_issued_at: now,
            is_first_party: false,
            third_party_security_mode: mode,
            metadata: Some(metadata),
            client_grants: BTreeMap::new(),
        };
        (client, client_secret)
    }

    /// A program of the tenant's own that acts for itself, with its secret.
    pub fn machine_to_machine(
        client_grants: BTreeMap<String, Scopes>,
        entropy: &dyn Entropy,
        now: Timestamp,
        protect: impl FnOnce(&ClientId, &ClientSecret) -> ProtectedSecret,
    ) -> (Self, ClientSecret) {
        let client_id = SecurityMode::Permissive.client_id(entropy);
        let client_secret = ClientSecret::generate(entropy);
        let client = Self {
            client_secret: Some(protect(&client_id, &client_secret)),
            client_id,
            client_id_issued_at: now,
            is_first_party: true,
            third_party_security_mode: SecurityMode::Permissive,
            metadata: None,
            client_grants,
        };
        (client, client_secret)
    }

    /// Whether it has no secret to prove itself with (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.client_secret.is_none()
    }

    /// Whether its authorization requests must carry a code challenge.
    #[must_use]
    pub fn requires_pkce(&self) -> bool {
        self.is_public() || self.third_party_security_mode.always_requires_pkce()
    }

    /// Whether it registered `response_type`.
    #[must_use]
    pub fn may_ask_for(&self, response_type: ResponseType) -> bool {
        self.metadata
            .as_ref()
            .is_some_and(|metadata| metadata.response_types.contains(&response_type))
    }

    /// Whether it may obtain tokens in this way.
    #[must_use]
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        match grant_type {
            GrantType::ClientCredentials => !self.client_grants.is_empty(),
            other => {
                self.metadata.as_ref().is_some_and(|metadata| metadata.grant_types.contains(&other))
            }
        }
    }
}
