//! Tenants: one issuer each, with its settings.

use super::{
    CustomClaim, IdTokenScopeClaims, RefreshTokenSettings, RegistrationPolicy, SecurityMode,
    SessionCookieSettings, key_set::PUBLISHED_BEFORE_SIGNING,
    registration_policy::serialize_changes,
};
use crate::{
    clock::Timestamp,
    jose::SigningAlg,
    oauth::{ClientMetadata, OAuthError, OAuthErrorCode, RedirectUri, is_loopback},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use url::Url;

/// Names a tenant: the host of its issuer, with the port where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantId(String);

impl TenantId {
    /// The tenant that a request to `host` is for, if the host is written as hosts are.
    #[must_use]
    pub fn from_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let is_of_a_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        let is_written_as_one = (1..=255).contains(&host.len()) && host.bytes().all(is_of_a_host);
        let is_one = is_written_as_one && Url::parse(&format!("http://{host}/")).is_ok();
        is_one.then_some(Self(host))
    }

    /// Whether it is a name of this very machine, where there is no TLS: an issuer is `http` there and
    /// `https` everywhere else.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&format!("http://{}/", self.0)).is_ok_and(|url| is_loopback(&url))
    }

    /// The name, as keys of the table hold it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The URL that tokens name as their issuer: scheme, host, one slash (OpenID Connect Core §2).
///
/// Stored with the tenant and byte-identical everywhere; never built from a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer(String);

/// A URL is not one that an issuer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an issuer is https://HOST/, or http://localhost:PORT/ or another loopback address, and no more"
)]
pub struct InvalidIssuer;

impl Issuer {
    /// The issuer as written, ending in a slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tenant whose issuer it is.
    #[must_use]
    pub fn tenant_id(&self) -> TenantId {
        let authority = self.0.split("://").nth(1).unwrap_or_default();
        TenantId(authority.trim_end_matches('/').to_owned())
    }

    /// Whether it is served without TLS, which only a loopback address may be.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.starts_with("http:")
    }

    /// The identifier of the userinfo endpoint as an audience.
    #[must_use]
    pub fn userinfo_audience(&self) -> String {
        format!("{}userinfo", self.0)
    }

    /// The identifier of the Management API as an audience.
    #[must_use]
    pub fn management_audience(&self) -> String {
        format!("{}api/v2/", self.0)
    }
}

impl FromStr for Issuer {
    type Err = InvalidIssuer;

    /// The slash at the end may be left out, since people leave it out.
    fn from_str(text: &str) -> Result<Self, InvalidIssuer> {
        let issuer = format!("{}/", text.strip_suffix('/').unwrap_or(text));
        let url = Url::parse(&issuer).map_err(|_| InvalidIssuer)?;
        let is_allowed = url.scheme() == if is_loopback(&url) { "http" } else { "https" };
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let is_normal = url.as_str() == issuer && url.path() == "/" && is_bare;
        (is_allowed && is_normal).then_some(Self(issuer)).ok_or(InvalidIssuer)
    }
}

impl TryFrom<String> for Issuer {
    type Error = InvalidIssuer;

    fn try_from(text: String) -> Result<Self, InvalidIssuer> {
        text.parse()
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.0
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant and its settings, by Auth0's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Who its tokens are from.
    pub issuer: Issuer,
    /// Counts its changes, so that no two of them overwrite each other.
    pub version: u64,
    /// The switches.
    #[serde(default)]
    pub flags: Flags,
    /// Its name, shown on the pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture_url: Option<String>,
    /// Where its users find help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_email: Option<String>,
    /// Where its users find help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_url: Option<String>,
    /// The audience of requests that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_audience: Option<String>,
    /// Where browsers may go after signing out, for requests that name no client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_logout_urls: Vec<RedirectUri>,
    /// How long a user stays signed in, in hours.
    pub session_lifetime: u32,
    /// How long a user who does nothing stays signed in, in hours.
    pub idle_session_lifetime: u32,
    /// How the session cookie is set.
    #[serde(default)]
    pub session_cookie: SessionCookieSettings,
    /// What its access tokens are signed with.
    #[serde(default)]
    pub signing_alg: SigningAlg,
    /// Since when it has keys for ES256 beside those for RS256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub es256_since: Option<Timestamp>,
    /// How refresh tokens behave, where a client's owner does not say otherwise.
    #[serde(default, skip_serializing_if = "RefreshTokenSettings::is_default")]
    pub refresh_token: RefreshTokenSettings,
    /// The mode that new clients get.
    pub dynamic_client_registration_security_mode: SecurityMode,
    /// Who may register a client, as what, and how many.
    #[serde(
        default,
        skip_serializing_if = "RegistrationPolicy::is_default",
        serialize_with = "serialize_changes"
    )]
    pub dynamic_client_registration: RegistrationPolicy,
    /// Where the claims go that scopes release.
    #[serde(default)]
    pub id_token_scope_claims: IdTokenScopeClaims,
    /// The claims of its own that its tokens carry.
    #[serde(default)]
    pub custom_claims: Vec<CustomClaim>,
}

/// A tenant's switches; off unless switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flags {
    /// Whether anyone may register a client.
    pub enable_dynamic_client_registration: bool,
    /// Whether authorization requests must be pushed (RFC 9126 §5).
    pub require_pushed_authorization_requests: bool,
}

impl Tenant {
    /// A tenant as it is before its owner changes anything: registration off.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            version: 0,
            flags: Flags::default(),
            friendly_name: None,
            picture_url: None,
            support_email: None,
            support_url: None,
            default_audience: None,
            allowed_logout_urls: Vec::new(),
            session_lifetime: 168,
            idle_session_lifetime: 72,
            session_cookie: SessionCookieSettings::default(),
            signing_alg: SigningAlg::RS256,
            es256_since: None,
            refresh_token: RefreshTokenSettings::default(),
            dynamic_client_registration_security_mode: SecurityMode::Permissive,
            dynamic_client_registration: RegistrationPolicy::default(),
            id_token_scope_claims: IdTokenScopeClaims::default(),
            custom_claims: Vec::new(),
        }
    }

    /// Whether it has keys for `alg`.
    #[must_use]
    pub fn signs_with(&self, alg: SigningAlg) -> bool {
        alg == SigningAlg::RS256 || self.es256_since.is_some()
    }

    /// Whether every verifier can know its keys for `alg`.
    #[must_use]
    pub fn is_known_to_sign_with(&self, alg: SigningAlg, now: Timestamp) -> bool {
        let is_known = |since| now >= since + PUBLISHED_BEFORE_SIGNING;
        alg == SigningAlg::RS256 || self.es256_since.is_some_and(is_known)
    }

    /// Checks that it has keys for what a client registers to be signed to it.
    ///
    /// # Errors
    ///
    /// `invalid_client_metadata`, naming the member.
    pub fn check_signing_algs(&self, metadata: &ClientMetadata) -> Result<(), OAuthError> {
        let id_token = metadata.id_token_signed_response_alg.signing_alg();
        for (member, alg) in [
            ("id_token_signed_response_alg", id_token),
            ("userinfo_signed_response_alg", metadata.userinfo_signed_response_alg),
        ] {
            if alg.is_some_and(|alg| !self.signs_with(alg)) {
                let why =
                    format!("{member} ES256 is not supported, since this tenant has no key for it");
                return Err(OAuthError::new(OAuthErrorCode::InvalidClientMetadata, why));
            }
        }
        Ok(())
    }

    /// What its pages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.friendly_name.as_deref().unwrap_or("Cardea")
    }
}
