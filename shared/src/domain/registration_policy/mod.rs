//! Who may register a client, as what, and how many: a tenant's settings under
//! `dynamic_client_registration`.
//!
//! RFC 7591 §3 leaves it to the server whom it lets in, §5 warns of those whom nobody has checked. Each
//! member is read by [`RegistrationPolicy::change`] alone, so that holding a policy is proof that it is
//! one; `Deserialize` is for reading back what was stored.

mod accept;
mod change;
mod check;
mod ip_range;
mod lifetime;
mod name_pattern;
mod name_skeleton;
mod redirect_target;
mod required_member;

pub use accept::Accepted;
pub use change::InvalidRegistrationPolicy;
pub use ip_range::{InvalidIpRange, IpRange};
pub use name_pattern::{InvalidNamePattern, NamePattern};
pub use name_skeleton::NameSkeleton;
pub use redirect_target::{
    InvalidRedirectHost, InvalidRedirectScheme, RedirectHost, RedirectScheme,
};
pub use required_member::{RequiredMember, UnknownMember};

use super::SecurityMode;
use crate::oauth::{GrantType, RegistrationRules, ResponseType, Scope, SoftwareStatementIssuer};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::{net::IpAddr, time::Duration};

/// A tenant's rules for clients that register themselves. The default lets everyone in, within limits.
///
/// Its `Serialize` shows every member that has a value; [`serialize_changes`] is what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrationPolicy {
    /// What a registration must bring (RFC 7591 §3).
    pub admission: Admission,
    /// What a client may do with its registration afterwards (RFC 7592).
    pub client_registration_management: ClientRegistrationManagement,
    /// The hosts of `https` and `http` redirect URIs; any, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_redirect_hosts: Option<Vec<RedirectHost>>,
    /// The schemes of redirect URIs; any that the rules of redirect URIs allow, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_redirect_schemes: Option<Vec<RedirectScheme>>,
    /// The scopes that a client can be limited to; any, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_scopes: Option<Vec<Scope>>,
    /// The scopes that a client which names none is limited to; those allowed, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_scopes: Option<Vec<Scope>>,
    /// The grants that a client can have; all of the tenant's mode, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_grant_types: Option<Vec<GrantType>>,
    /// The response types that a client can have; all of the tenant's mode, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_response_types: Option<Vec<ResponseType>>,
    /// How long a `client_name` may be, in characters.
    pub client_name_max_length: usize,
    /// What a `client_name` must not look like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_name_refused_patterns: Vec<NamePattern>,
    /// Whether a `client_name` may be mistaken for the tenant's own name.
    pub client_name_may_resemble_tenant: bool,
    /// The members that each registration must have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_members: Vec<RequiredMember>,
    /// Where registrations may come from; anywhere, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_ip_ranges: Option<Vec<IpRange>>,
    /// Where registrations may not come from, whatever is allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused_ip_ranges: Vec<IpRange>,
    /// Whose software statements count (RFC 7591 §2.3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub software_statement_issuers: Vec<SoftwareStatementIssuer>,
    /// Whether what clients refer to is fetched (`jwks_uri`, `sector_identifier_uri`).
    pub allow_fetching: bool,
    /// How many registrations one source may make in a minute.
    pub registrations_per_source: u64,
    /// How many registrations the tenant takes in a minute.
    pub registrations_per_tenant: u64,
    /// How many clients the tenant keeps that have never got a token.
    pub unused_clients: u64,
    /// How long a client that has never got a token is kept; for ever, when `None`, which is written 0.
    #[serde(with = "lifetime::zero_is_for_ever")]
    pub unused_client_lifetime: Option<Duration>,
    /// Whether a public client that registers the same again gets the `client_id` that it has.
    pub deduplicate_public_clients: bool,
    /// How long the old secret stays good when a client gets a new one.
    #[serde(with = "lifetime::seconds")]
    pub client_secret_overlap: Duration,
}

/// What a registration must bring (RFC 7591 §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// Nothing: open registration (RFC 7591 §1.2).
    #[default]
    Open,
    /// A token that the tenant's owner gave out (RFC 7591 §3, "initial access token").
    InitialAccessToken,
    /// The word of an issuer that the tenant trusts (RFC 7591 §2.3).
    SoftwareStatement,
}

/// What a client may do with its own registration (RFC 7592 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientRegistrationManagement {
    /// Nothing: whoever wants a change asks the tenant's owner.
    #[default]
    None,
    /// Read it (RFC 7592 §2.1).
    Read,
    /// Read, replace and delete it (RFC 7592 §2).
    Full,
}

impl Default for RegistrationPolicy {
    fn default() -> Self {
        Self {
            admission: Admission::default(),
            client_registration_management: ClientRegistrationManagement::default(),
            allowed_redirect_hosts: None,
            allowed_redirect_schemes: None,
            allowed_scopes: None,
            default_scopes: None,
            allowed_grant_types: None,
            allowed_response_types: None,
            client_name_max_length: 100,
            client_name_refused_patterns: Vec::new(),
            client_name_may_resemble_tenant: false,
            required_members: Vec::new(),
            allowed_ip_ranges: None,
            refused_ip_ranges: Vec::new(),
            software_statement_issuers: Vec::new(),
            allow_fetching: false,
            registrations_per_source: 60,
            registrations_per_tenant: 300,
            unused_clients: 10_000,
            unused_client_lifetime: Some(Duration::from_hours(30 * 24)),
            deduplicate_public_clients: true,
            client_secret_overlap: Duration::from_hours(24),
        }
    }
}

impl RegistrationPolicy {
    /// Whether a registration may come from `source`. What is refused is refused though it be allowed
    /// too; an IPv4 address stays one however it is written (RFC 4291 §2.5.5.2).
    #[must_use]
    pub fn admits_source(&self, source: IpAddr) -> bool {
        let is_in = |ranges: &[IpRange]| ranges.iter().any(|range| range.contains(source));
        !is_in(&self.refused_ip_ranges) && self.allowed_ip_ranges.as_deref().is_none_or(is_in)
    }

    /// What a client of this tenant may register in `mode`.
    #[must_use]
    pub fn rules(&self, mode: SecurityMode) -> RegistrationRules {
        let of_mode = mode.registration_rules();
        let scopes = |scopes: &Vec<Scope>| scopes.iter().cloned().collect();
        RegistrationRules {
            grant_types: self.allowed_grant_types(&of_mode.grant_types),
            response_types: self.allowed_response_types(&of_mode.response_types),
            allowed_scopes: self.allowed_scopes.as_ref().map(scopes),
            default_scopes: self.default_scopes.as_ref().map(scopes),
            may_fetch: self.allow_fetching,
            ..of_mode
        }
    }

    /// Those of a mode's grants that are allowed.
    fn allowed_grant_types(&self, of_mode: &[GrantType]) -> Vec<GrantType> {
        allowed(self.allowed_grant_types.as_ref(), of_mode)
    }

    /// Those of a mode's response types that are allowed, and whose grants are (RFC 7591 §2.1).
    fn allowed_response_types(&self, of_mode: &[ResponseType]) -> Vec<ResponseType> {
        let mut response_types = allowed(self.allowed_response_types.as_ref(), of_mode);
        response_types.retain(|response_type| {
            response_type.grant_types().iter().all(|grant| self.allows_grant(*grant))
        });
        response_types
    }

    fn allows_grant(&self, grant_type: GrantType) -> bool {
        self.allowed_grant_types.as_ref().is_none_or(|allowed| allowed.contains(&grant_type))
    }

    /// Whether nothing in it differs from the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// In the order of the mode, which is the order in which answers name them.
fn allowed<T: Copy + PartialEq>(allowed: Option<&Vec<T>>, of_mode: &[T]) -> Vec<T> {
    let is_allowed = |one: &T| allowed.is_none_or(|allowed| allowed.contains(one));
    of_mode.iter().copied().filter(is_allowed).collect()
}

/// What is stored of a policy: the members that differ from the default, so that a better default
/// reaches every tenant whose owner left it alone.
///
/// # Errors
///
/// When the serializer fails.
pub(super) fn serialize_changes<S: Serializer>(
    policy: &RegistrationPolicy,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let members = |policy: &RegistrationPolicy| {
        serde_json::to_value(policy).map_err(serde::ser::Error::custom)
    };
    let (mut changes, defaults) = (members(policy)?, members(&RegistrationPolicy::default())?);
    if let Value::Object(changes) = &mut changes {
        changes.retain(|member, value| defaults.get(member) != Some(value));
    }
    changes.serialize(serializer)
}

#[cfg(test)]
mod tests;
