//! Clients: the applications that users sign in to, and the programs that act for themselves.

mod owner_metadata;
mod replacement;
mod secrets;
mod security_mode;

pub use owner_metadata::{AppType, OwnerMetadata};
pub use secrets::{ProtectedSecret, RotatedSecret};
pub use security_mode::SecurityMode;

use super::{InitialAccess, InitialAccessTokenId, RegistrationTerms, identifier::is_identifier};
use crate::{
    clock::Timestamp,
    entropy::{self, Entropy},
    jose::{JwkSet, SignatureAlg},
    oauth::{
        ClientMetadata, ClientSecret, GrantType, RegistrationAccessToken, ResponseType, Scopes,
        TokenEndpointAuthMethod, WebUri,
    },
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

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

    /// A new client's id.
    #[must_use]
    pub fn generate(mode: SecurityMode, entropy: &dyn Entropy) -> Self {
        mode.client_id(entropy)
    }

    /// The id that everybody gets who registers what `fingerprint` is the hash of.
    #[must_use]
    pub fn derive(mode: SecurityMode, fingerprint: &[u8; 32]) -> Self {
        mode.client_id(&entropy::Derived::from(*fingerprint))
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its name to the provider.
    pub client_id: ClientId,
    /// When it was registered.
    pub client_id_issued_at: Timestamp,
    /// Counts its changes, so that no two of them overwrite each other.
    pub version: u64,
    /// What is kept of its secret, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<ProtectedSecret>,
    /// The secret before that, for as long as it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated_client_secret: Option<RotatedSecret>,
    /// The hash of what it can read and change its registration with (RFC 7592 §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_access_token: Option<String>,
    /// Whether it is the tenant's own. Whoever registered itself is not, for ever.
    pub is_first_party: bool,
    /// Whether its owner has stopped it: it is refused everywhere, as if it were not there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_disabled: bool,
    /// The mode it was registered under.
    pub third_party_security_mode: SecurityMode,
    /// What it registered; absent for a program that no user signs in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ClientMetadata>,
    /// What only its tenant's owner says about it.
    #[serde(default, skip_serializing_if = "OwnerMetadata::is_empty")]
    pub owner_metadata: OwnerMetadata,
    /// The statement about its software that it brought, as it was (RFC 7591 §2.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
    /// The initial access token that it was registered with (RFC 7591 §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_access_token: Option<InitialAccessTokenId>,
    /// The terms that hold for its own changes: those that it registered under, and what its owner has changed since.
    #[serde(default, skip_serializing_if = "RegistrationTerms::is_empty")]
    pub registration_terms: RegistrationTerms,
    /// When it was last used, counted in days from 1970-01-01; absent for one that never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_on: Option<i64>,
    /// When it is forgotten unless it is used before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it last got a redirect URI that it had not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uris_added_at: Option<Timestamp>,
}

/// Where a client's keys are.
#[derive(Clone, Copy, Debug)]
pub enum AssertionKeys<'a> {
    /// With its registration.
    Held(&'a JwkSet),
    /// Where it publishes them.
    At(&'a WebUri),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde wants")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What a registration is made of, everything checked.
pub struct Registration<'a> {
    /// The id that the client gets.
    pub client_id: ClientId,
    /// What it registers.
    pub metadata: ClientMetadata,
    /// The mode that holds for it.
    pub mode: SecurityMode,
    /// What it may manage its registration with.
    pub registration_access_token: Option<&'a RegistrationAccessToken>,
    /// The statement about its software that it brought.
    pub software_statement: Option<String>,
    /// What its registrant brought to be let in.
    pub initial_access: Option<&'a InitialAccess>,
    /// How long it is kept without being used.
    pub unused_lifetime: Option<Duration>,
}

impl Client {
    /// A client that registered itself: third party; and its secret unless it is public. `protect` makes of a secret what is kept of it.
    pub fn register(
        registration: Registration<'_>,
        entropy: &dyn Entropy,
        now: Timestamp,
        protect: impl FnOnce(&ClientId, &ClientSecret) -> ProtectedSecret,
    ) -> (Self, Option<ClientSecret>) {
        let Registration { client_id, metadata, mode, .. } = registration;
        let has_secret = metadata.token_endpoint_auth_method.has_secret();
        let client_secret = has_secret.then(|| ClientSecret::generate(entropy));
        let token = registration.registration_access_token;
        let access = registration.initial_access;
        let client = Self {
            client_secret: client_secret.as_ref().map(|secret| protect(&client_id, secret)),
            registration_access_token: token.map(RegistrationAccessToken::hash),
            software_statement: registration.software_statement,
            initial_access_token: access.map(|access| access.id.clone()),
            registration_terms: access.map(|access| access.terms.clone()).unwrap_or_default(),
            expires_at: registration.unused_lifetime.map(|lifetime| now + lifetime),
            ..Self::new(client_id, mode, Some(metadata), now)
        };
        (client, client_secret)
    }

    /// A program of the tenant's own that acts for itself, with its secret.
    pub fn machine_to_machine(
        entropy: &dyn Entropy,
        now: Timestamp,
        protect: impl FnOnce(&ClientId, &ClientSecret) -> ProtectedSecret,
    ) -> (Self, ClientSecret) {
        let mode = SecurityMode::Permissive;
        let client_id = ClientId::generate(mode, entropy);
        let client_secret = ClientSecret::generate(entropy);
        let client = Self {
            client_secret: Some(protect(&client_id, &client_secret)),
            is_first_party: true,
            ..Self::new(client_id, mode, None, now)
        };
        (client, client_secret)
    }

    fn new(
        client_id: ClientId,
        mode: SecurityMode,
        metadata: Option<ClientMetadata>,
        now: Timestamp,
    ) -> Self {
        Self {
            client_id,
            client_id_issued_at: now,
            version: 0,
            client_secret: None,
            rotated_client_secret: None,
            registration_access_token: None,
            is_first_party: false,
            is_disabled: false,
            third_party_security_mode: mode,
            metadata,
            owner_metadata: OwnerMetadata::default(),
            software_statement: None,
            initial_access_token: None,
            registration_terms: RegistrationTerms::default(),
            last_used_on: None,
            expires_at: None,
            redirect_uris_added_at: None,
        }
    }

    /// The secrets that are good now.
    pub fn good_secrets(&self, now: Timestamp) -> impl Iterator<Item = &ProtectedSecret> {
        let rotated = self.rotated_client_secret.iter().filter(move |old| now < old.good_until);
        self.client_secret.iter().chain(rotated.map(|old| &old.secret))
    }

    /// Where it is told that a session has ended (OpenID Connect Back-Channel Logout §2.2), if it wants to be.
    #[must_use]
    pub fn backchannel_logout_uri(&self) -> Option<&WebUri> {
        self.metadata.as_ref()?.logout.backchannel_logout_uri.as_ref()
    }

    /// Whether being used now is worth a note: for the first time, which keeps it, or for the first time today.
    #[must_use]
    pub fn is_use_worth_noting(&self, now: Timestamp) -> bool {
        self.last_used_on.is_none_or(|day| day < now.days())
    }

    /// Its new secret, with the one before it still good until then.
    pub fn rotate_secret(&mut self, secret: ProtectedSecret, old_good_until: Timestamp) {
        let old = self.client_secret.replace(secret);
        let rotated = |secret| RotatedSecret { secret, good_until: old_good_until };
        self.rotated_client_secret = old.map(rotated);
    }

    /// Whether it has neither a secret nor a key to prove itself with (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.client_secret.is_none() && self.assertion_keys().is_none()
    }

    /// The keys that it proves itself with, if it does so with keys (`private_key_jwt`, OpenID Connect
    /// Core §9), and the one algorithm that it is held to, if any.
    #[must_use]
    pub fn assertion_keys(&self) -> Option<(AssertionKeys<'_>, Option<SignatureAlg>)> {
        let metadata = self.metadata.as_ref()?;
        let signs = metadata.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt;
        let keys = self.keys().filter(|_| signs)?;
        Some((keys, metadata.keys.token_endpoint_auth_signing_alg))
    }

    /// Its public keys, whatever it signs with them.
    #[must_use]
    pub fn keys(&self) -> Option<AssertionKeys<'_>> {
        let keys = &self.metadata.as_ref()?.keys;
        let held = keys.jwks.as_ref().map(AssertionKeys::Held);
        held.or_else(|| keys.jwks_uri.as_ref().map(AssertionKeys::At))
    }

    /// Whether its authorization requests must carry a code challenge.
    #[must_use]
    pub fn requires_pkce(&self) -> bool {
        self.is_public() || self.third_party_security_mode.always_requires_pkce()
    }

    /// Whether its access tokens must be bound to a key (RFC 9449 §5.2).
    #[must_use]
    pub fn requires_dpop(&self) -> bool {
        self.metadata.as_ref().is_some_and(|it| it.dpop_bound_access_tokens == Some(true))
    }

    /// Whether it registered `response_type`.
    #[must_use]
    pub fn may_ask_for(&self, response_type: ResponseType) -> bool {
        self.metadata
            .as_ref()
            .is_some_and(|metadata| metadata.response_types.contains(&response_type))
    }

    /// The scopes that it is limited to; any, when absent (RFC 7591 §2).
    #[must_use]
    pub fn registered_scope(&self) -> Option<&Scopes> {
        self.metadata.as_ref()?.scope.as_ref()
    }

    /// Whether it may obtain tokens in this way; in its own name only if it is the tenant's own.
    #[must_use]
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        let registered = self.metadata.as_ref().map(|metadata| &metadata.grant_types);
        match grant_type {
            GrantType::ClientCredentials => {
                self.is_first_party && registered.is_none_or(|own| own.contains(&grant_type))
            }
            other => registered.is_some_and(|own| own.contains(&other)),
        }
    }
}
