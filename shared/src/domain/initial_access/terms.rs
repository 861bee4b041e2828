//! What an owner lays down for whoever registers with an initial access token. It holds for the client's own
//! changes too (RFC 7592 §2.2), or a token's holder could register one thing and make another of it; and so does what the
//! owner changes afterwards.

use crate::{
    domain::{RegistrationPolicy, RequiredMember, Tenant},
    oauth::{ClientMetadata, OAuthError, RawClientMetadata},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What stands for the redirect URI that only the registrant knows.
const SOME_REDIRECT_URI: &str = "https://client.example/";

/// The terms of a registration; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationTerms {
    /// Members whose values win over what the registrant sends; `null` leaves one out.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub client_metadata: Map<String, Value>,
    /// The members that the registrant may send besides; any, when absent. Others are left out, as RFC 7591 §2 allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_members: Option<Vec<RequiredMember>>,
}

/// Why terms are none. It names the member.
#[derive(Debug, thiserror::Error)]
pub enum InvalidTerms {
    /// There is no such member of client metadata. Its name is the request's.
    #[error("client_metadata has a member that does not exist")]
    UnknownMember(String),
    /// Nobody could register what is pinned.
    #[error("client_metadata: {}", .0.error_description)]
    Metadata(#[source] OAuthError),
    /// Nobody could register, since this member is needed and may not be sent.
    #[error("allowed_members must have {0}, unless client_metadata has it")]
    Needed(&'static str),
}

impl RegistrationTerms {
    /// Whether nothing is laid down.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Leaves out of `raw` what its sender may not say.
    pub fn limit(&self, raw: &mut RawClientMetadata) {
        if self.allowed_members.is_some() {
            raw.retain(|member| self.may_be_sent(member));
        }
    }

    /// Sets what is pinned, whatever it was.
    pub fn pin(&self, raw: &mut RawClientMetadata) {
        raw.set_all(&self.client_metadata);
    }

    /// In each language, where a member has several (RFC 7591 §2.2).
    fn may_be_sent(&self, member: &str) -> bool {
        let is_it = |allowed: &RequiredMember| allowed.as_str() == without_language(member);
        self.allowed_members.as_ref().is_none_or(|allowed| allowed.iter().any(is_it))
    }

    fn pins(&self, member: &str) -> bool {
        self.client_metadata.get(member).is_some_and(|value| !value.is_null())
    }

    /// Checks that somebody could register with `tenant` under these terms, as far as it does not depend on what that
    /// would be.
    ///
    /// # Errors
    ///
    /// [`InvalidTerms`].
    pub fn check(&self, tenant: &Tenant) -> Result<(), InvalidTerms> {
        let is_known = |name: &str| {
            name != "software_statement" && without_language(name).parse::<RequiredMember>().is_ok()
        };
        if let Some(unknown) = self.client_metadata.keys().find(|name| !is_known(name)) {
            return Err(InvalidTerms::UnknownMember(unknown.clone()));
        }
        let policy = &tenant.dynamic_client_registration;
        let can_be_there = |member: &str| self.pins(member) || self.can_be_sent(member);
        let needed = policy.required_members.iter().map(|member| member.as_str());
        let needed = std::iter::once("redirect_uris").chain(needed);
        if let Some(missing) = needed.into_iter().find(|member| !can_be_there(member)) {
            return Err(InvalidTerms::Needed(missing));
        }
        self.check_metadata(policy, tenant).map_err(InvalidTerms::Metadata)
    }

    /// Whether sending `member` would have an effect.
    fn can_be_sent(&self, member: &str) -> bool {
        !self.client_metadata.contains_key(member) && self.may_be_sent(member)
    }

    fn check_metadata(
        &self,
        policy: &RegistrationPolicy,
        tenant: &Tenant,
    ) -> Result<(), OAuthError> {
        let mode = tenant.dynamic_client_registration_security_mode;
        let sample = Value::Object(self.sample()).to_string();
        let raw = RawClientMetadata::parse(sample.as_bytes())?;
        let mut metadata = ClientMetadata::verify(&raw, &policy.rules(mode))?;
        if !self.pins("redirect_uris") {
            // What stands for them need not be allowed.
            metadata.redirect_uris.clear();
        }
        policy.check(&metadata, tenant)
    }

    /// What is pinned, completed by what a registrant would have to send.
    fn sample(&self) -> Map<String, Value> {
        let mut sample = self.client_metadata.clone();
        if !self.pins("redirect_uris") {
            sample.insert("redirect_uris".to_owned(), json!([SOME_REDIRECT_URI]));
        }
        let method = sample.get("token_endpoint_auth_method").and_then(Value::as_str);
        if method == Some("private_key_jwt") && self.can_be_sent("jwks") {
            sample.remove("token_endpoint_auth_method");
        }
        sample
    }
}

fn without_language(member: &str) -> &str {
    member.split('#').next().unwrap_or_default()
}
