//! The settings as the Management API shows them, and changes of them.

use crate::{
    custom_claims, flags,
    values::{hours, is_email, is_web_uri, logout_urls, refresh_token, session_cookie, text},
};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::{
    domain::{
        CustomClaim, Flags, IdTokenScopeClaims, InvalidRegistrationPolicy, RefreshTokenSettings,
        RegistrationPolicy, SecurityMode, SessionCookieSettings, Tenant,
    },
    jose::SigningAlg,
    management::ManagementError,
    oauth::{JsonObject, RedirectUri},
};

/// What the owner may see.
#[derive(Serialize)]
pub(crate) struct Settings<'a> {
    flags: Flags,
    #[serde(skip_serializing_if = "Option::is_none")]
    friendly_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    support_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    support_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_audience: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    allowed_logout_urls: &'a [RedirectUri],
    session_lifetime: u32,
    idle_session_lifetime: u32,
    session_cookie: SessionCookieSettings,
    refresh_token: RefreshTokenSettings,
    id_token_scope_claims: IdTokenScopeClaims,
    signing_alg: SigningAlg,
    custom_claims: Vec<Value>,
    dynamic_client_registration_security_mode: SecurityMode,
    dynamic_client_registration: &'a RegistrationPolicy,
}

impl<'a> Settings<'a> {
    pub(crate) fn of(tenant: &'a Tenant) -> Self {
        Self {
            flags: tenant.flags,
            friendly_name: tenant.friendly_name.as_deref(),
            picture_url: tenant.picture_url.as_deref(),
            support_email: tenant.support_email.as_deref(),
            support_url: tenant.support_url.as_deref(),
            default_audience: tenant.default_audience.as_deref(),
            allowed_logout_urls: &tenant.allowed_logout_urls,
            session_lifetime: tenant.session_lifetime,
            idle_session_lifetime: tenant.idle_session_lifetime,
            session_cookie: tenant.session_cookie,
            refresh_token: tenant.refresh_token,
            id_token_scope_claims: tenant.id_token_scope_claims,
            signing_alg: tenant.signing_alg,
            custom_claims: custom_claims::shown_of(tenant),
            dynamic_client_registration_security_mode: tenant
                .dynamic_client_registration_security_mode,
            dynamic_client_registration: &tenant.dynamic_client_registration,
        }
    }
}

/// One member's new value, checked.
pub(crate) enum Member {
    EnableDynamicClientRegistration(bool),
    RequirePushedAuthorizationRequests(bool),
    FriendlyName(Option<String>),
    PictureUrl(Option<String>),
    SupportEmail(Option<String>),
    SupportUrl(Option<String>),
    DefaultAudience(Option<String>),
    AllowedLogoutUrls(Vec<RedirectUri>),
    SessionLifetime(u32),
    IdleSessionLifetime(u32),
    SessionCookie(SessionCookieSettings),
    RefreshToken(RefreshTokenSettings),
    IdTokenScopeClaims(IdTokenScopeClaims),
    SigningAlg(SigningAlg),
    CustomClaims(Vec<CustomClaim>),
    SecurityMode(SecurityMode),
    /// What changes of the policy; all of it goes back to the default, when absent.
    RegistrationPolicy(Option<Map<String, Value>>),
}

/// What a request changes. `null` or an empty text clears what can be absent.
pub(crate) struct Change(Vec<Member>);

impl Change {
    /// Reads a request's body.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member: settings that do not exist are refused, not passed over, lest
    /// a misspelt one be thought to hold.
    pub(crate) fn parse(body: JsonObject) -> Result<Self, ManagementError> {
        let mut change = Vec::new();
        for (name, value) in body.into_members() {
            match name.as_str() {
                "flags" => change.extend(flags::parse(value)?),
                "dynamic_client_registration" => change.push(policy(value)?),
                _ => change.push(member(&name, &value)?),
            }
        }
        if change.is_empty() {
            return Err(refuse("Too few properties defined (0), minimum 1"));
        }
        Ok(Self(change))
    }

    /// The default audience that it sets, if it sets one.
    pub(crate) fn default_audience(&self) -> Option<&str> {
        self.0.iter().find_map(|member| match member {
            Member::DefaultAudience(audience) => audience.as_deref(),
            _ => None,
        })
    }

    /// The signing algorithm that it sets, if it sets one.
    pub(crate) fn signing_alg(&self) -> Option<SigningAlg> {
        self.0.iter().find_map(|member| match member {
            Member::SigningAlg(alg) => Some(*alg),
            _ => None,
        })
    }

    /// Makes the settings of `tenant` what they are afterwards.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member, when a policy is none or does not go with the mode. The
    /// settings are to be thrown away then.
    pub(crate) fn apply(&self, tenant: &mut Tenant) -> Result<(), ManagementError> {
        for member in &self.0 {
            match member {
                Member::EnableDynamicClientRegistration(is_enabled) => {
                    tenant.flags.enable_dynamic_client_registration = *is_enabled;
                }
                Member::RequirePushedAuthorizationRequests(is_required) => {
                    tenant.flags.require_pushed_authorization_requests = *is_required;
                }
                Member::FriendlyName(name) => tenant.friendly_name.clone_from(name),
                Member::PictureUrl(url) => tenant.picture_url.clone_from(url),
                Member::SupportEmail(email) => tenant.support_email.clone_from(email),
                Member::SupportUrl(url) => tenant.support_url.clone_from(url),
                Member::DefaultAudience(audience) => tenant.default_audience.clone_from(audience),
                Member::AllowedLogoutUrls(urls) => tenant.allowed_logout_urls.clone_from(urls),
                Member::SessionLifetime(hours) => tenant.session_lifetime = *hours,
                Member::IdleSessionLifetime(hours) => tenant.idle_session_lifetime = *hours,
                Member::SessionCookie(settings) => tenant.session_cookie = *settings,
                Member::RefreshToken(settings) => tenant.refresh_token = *settings,
                Member::IdTokenScopeClaims(setting) => tenant.id_token_scope_claims = *setting,
                Member::SigningAlg(alg) => tenant.signing_alg = *alg,
                Member::CustomClaims(claims) => tenant.custom_claims.clone_from(claims),
                Member::SecurityMode(mode) => {
                    tenant.dynamic_client_registration_security_mode = *mode;
                }
                Member::RegistrationPolicy(None) => {
                    tenant.dynamic_client_registration = RegistrationPolicy::default();
                }
                Member::RegistrationPolicy(Some(change)) => {
                    tenant.dynamic_client_registration.change(change).map_err(invalid_policy)?;
                }
            }
        }
        // Of the whole: the mode and the policy may each be changed alone.
        let mode = tenant.dynamic_client_registration_security_mode;
        tenant.dynamic_client_registration.check_mode(mode).map_err(invalid_policy)
    }
}

fn policy(value: Value) -> Result<Member, ManagementError> {
    match value {
        Value::Null => Ok(Member::RegistrationPolicy(None)),
        Value::Object(change) => Ok(Member::RegistrationPolicy(Some(change))),
        _ => Err(refuse("dynamic_client_registration must be an object or null")),
    }
}

fn invalid_policy(why: InvalidRegistrationPolicy) -> ManagementError {
    match why {
        InvalidRegistrationPolicy::UnknownMember(name) => refuse(&format!(
            "Additional properties not allowed: dynamic_client_registration.{}",
            shown(&name)
        )),
        InvalidRegistrationPolicy::Member(why) => {
            refuse(&format!("dynamic_client_registration.{why}"))
        }
    }
}

fn member(name: &str, value: &Value) -> Result<Member, ManagementError> {
    Ok(match name {
        "friendly_name" => Member::FriendlyName(text(name, value, |_| true)?),
        "picture_url" => Member::PictureUrl(text(name, value, is_web_uri)?),
        "support_email" => Member::SupportEmail(text(name, value, is_email)?),
        "support_url" => Member::SupportUrl(text(name, value, is_web_uri)?),
        "default_audience" => Member::DefaultAudience(text(name, value, |_| true)?),
        "allowed_logout_urls" => Member::AllowedLogoutUrls(logout_urls(value)?),
        "session_lifetime" => Member::SessionLifetime(hours(name, value)?),
        "session_cookie" => Member::SessionCookie(session_cookie(value)?),
        "refresh_token" => Member::RefreshToken(refresh_token(value)?),
        "idle_session_lifetime" => Member::IdleSessionLifetime(hours(name, value)?),
        "id_token_scope_claims" => {
            let setting = value.as_str().and_then(IdTokenScopeClaims::from_name);
            let why = "id_token_scope_claims must be always or without_access_token";
            Member::IdTokenScopeClaims(setting.ok_or_else(|| refuse(why))?)
        }
        "custom_claims" => Member::CustomClaims(custom_claims::parse(value)?),
        "signing_alg" => match value.as_str().and_then(SigningAlg::from_name) {
            Some(alg) => Member::SigningAlg(alg),
            None => return Err(refuse("signing_alg must be RS256 or ES256")),
        },
        "dynamic_client_registration_security_mode" => match value.as_str() {
            Some("permissive") => Member::SecurityMode(SecurityMode::Permissive),
            Some("strict") => Member::SecurityMode(SecurityMode::Strict),
            _ => return Err(refuse(&format!("{name} must be permissive or strict"))),
        },
        _ => return Err(refuse(&format!("Additional properties not allowed: {}", shown(name)))),
    })
}

/// A name from the request, cut to what can be a name.
pub(crate) fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect()
}

pub(crate) fn refuse(why: &str) -> ManagementError {
    ManagementError::invalid_body(why)
}
