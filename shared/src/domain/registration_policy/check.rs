//! What a policy says about one registration.

use super::{NameSkeleton, RegistrationPolicy};
use crate::{
    domain::Tenant,
    oauth::{ClientMetadata, OAuthError, OAuthErrorCode, RedirectUri},
};
use std::net::IpAddr;
use url::Url;

impl RegistrationPolicy {
    /// Checks that a registration may come from `source`; one that is not known is on no list.
    ///
    /// # Errors
    ///
    /// `access_denied`.
    pub fn check_source(&self, source: Option<IpAddr>) -> Result<(), OAuthError> {
        let unknown_is_admitted = self.allowed_ip_ranges.is_none();
        if source.map_or(unknown_is_admitted, |source| self.admits_source(source)) {
            return Ok(());
        }
        let description = "this tenant takes no registrations from your network";
        Err(OAuthError::new(OAuthErrorCode::RegistrationRefused, description))
    }

    /// Checks what is about to be registered with `tenant`.
    ///
    /// # Errors
    ///
    /// `invalid_redirect_uri` or `invalid_client_metadata`, naming the member and the rule (RFC 7591
    /// §3.2.2).
    pub fn check(&self, metadata: &ClientMetadata, tenant: &Tenant) -> Result<(), OAuthError> {
        self.check_redirect_uris("redirect_uris", &metadata.redirect_uris)?;
        let after_logout = &metadata.logout.post_logout_redirect_uris;
        self.check_redirect_uris("post_logout_redirect_uris", after_logout)?;
        let in_other_languages = metadata.in_other_languages.iter();
        let in_other_languages =
            in_other_languages.filter(|(member, _)| member.starts_with("client_name#"));
        let names = metadata.client_name.iter().chain(in_other_languages.map(|(_, name)| name));
        names.into_iter().try_for_each(|name| self.check_name(name, tenant))
    }

    /// Checks that a registration has what this tenant insists on; `is_there` tells whether it said
    /// something by the member of that name.
    ///
    /// # Errors
    ///
    /// `invalid_client_metadata`, naming the first that is missing.
    pub fn check_required(&self, is_there: impl Fn(&str) -> bool) -> Result<(), OAuthError> {
        match self.required_members.iter().find(|member| !is_there(member.as_str())) {
            Some(member) => Err(refuse(format!("{} is required by this tenant", member.as_str()))),
            None => Ok(()),
        }
    }

    /// Errors tell the position of the bad one.
    fn check_redirect_uris(&self, member: &str, uris: &[RedirectUri]) -> Result<(), OAuthError> {
        for (index, uri) in uris.iter().enumerate() {
            self.check_redirect_uri(uri).map_err(|what| {
                let description =
                    format!("{member}[{index}] has a {what} that this tenant refuses");
                OAuthError::new(OAuthErrorCode::InvalidRedirectUri, description)
            })?;
        }
        Ok(())
    }

    fn check_redirect_uri(&self, uri: &RedirectUri) -> Result<(), &'static str> {
        // A redirect URI is what a URL parser reads back unchanged: this is how browsers read it.
        let url = Url::parse(uri.as_str()).map_err(|_| "form")?;
        let has_scheme = |allowed: &[_]| {
            allowed.iter().any(|scheme: &super::RedirectScheme| scheme.as_str() == url.scheme())
        };
        if !self.allowed_redirect_schemes.as_deref().is_none_or(has_scheme) {
            return Err("scheme");
        }
        // With a private-use scheme there is no host: what stands in its place leads nowhere.
        let host = (!uri.is_private_use()).then(|| url.host_str().unwrap_or_default());
        let is_allowed = match (host, &self.allowed_redirect_hosts) {
            (Some(host), Some(allowed)) => allowed.iter().any(|one| one.admits(host)),
            _ => true,
        };
        is_allowed.then_some(()).ok_or("host")
    }

    fn check_name(&self, name: &str, tenant: &Tenant) -> Result<(), OAuthError> {
        let most = self.client_name_max_length;
        if name.chars().count() > most {
            let description = format!("client_name must be at most {most} characters long");
            return Err(refuse(description));
        }
        let skeleton = NameSkeleton::of(name);
        if self.client_name_refused_patterns.iter().any(|pattern| pattern.matches(&skeleton)) {
            return Err(refuse("client_name is one that this tenant refuses".to_owned()));
        }
        let own_name = NameSkeleton::of(tenant.name());
        if !self.client_name_may_resemble_tenant && skeleton.contains(&own_name) {
            let description = "client_name must not resemble the name of this tenant";
            return Err(refuse(description.to_owned()));
        }
        Ok(())
    }
}

fn refuse(description: String) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description)
}
