//! The two modes of dynamic registration: everything that differs between them.

use super::ClientId;
use crate::{
    entropy::Entropy,
    oauth::{GrantType, RegistrationRules, ResponseType},
};
use serde::{Deserialize, Serialize};

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
                grant_types: vec![AuthorizationCode, Implicit, RefreshToken],
                response_types: ResponseType::ALL.to_vec(),
                may_use_hs256: true,
                may_fetch: false,
                allowed_scopes: None,
                default_scopes: None,
            },
            Self::Strict => RegistrationRules {
                grant_types: vec![AuthorizationCode, RefreshToken],
                response_types: vec![ResponseType::Code],
                may_use_hs256: false,
                may_fetch: false,
                allowed_scopes: None,
                default_scopes: None,
            },
        }
    }

    /// A new client's id; the prefix tells the mode apart, as Auth0's does.
    pub(super) fn client_id(self, entropy: &dyn Entropy) -> ClientId {
        ClientId(match self {
            Self::Permissive => entropy.alphanumerics(32),
            Self::Strict => format!("tpc_{}", entropy.alphanumerics(22)),
        })
    }

    pub(super) fn always_requires_pkce(self) -> bool {
        self == Self::Strict
    }

    /// Whether refresh tokens end even if they are used, whatever the settings say.
    pub(in crate::domain) fn limits_refresh_tokens(self) -> bool {
        self == Self::Strict
    }

    /// Whether errors are shown on our own page, lest a stranger's registration make us an open
    /// redirector (RFC 9700 §4.11.2).
    #[must_use]
    pub fn keeps_errors(self) -> bool {
        self == Self::Strict
    }
}
