//! What would be registered: the request's metadata under the tenant's policy. The same for a registration
//! and for its dry run.

use lambda_http::Request;
use shared::{
    clock::Timestamp,
    domain::{
        Accepted, Admission, ClientRegistrationManagement, InitialAccess, SecurityMode, Tenant,
    },
    http,
    oauth::{ClientMetadata, OAuthError, TokenEndpointAuthMethod},
};

/// A registration that nothing is wrong with.
pub(crate) struct Candidate {
    pub(crate) metadata: ClientMetadata,
    pub(crate) mode: SecurityMode,
    /// What its registrant brought to be let in, where that is needed.
    pub(crate) initial_access: Option<InitialAccess>,
    /// The statement about its software that it brought and that counts.
    pub(crate) software_statement: Option<String>,
    /// Whether it gets a registration access token (RFC 7592 §3).
    pub(crate) is_managed: bool,
    /// Whether it gets the `client_id` of a client that registered the same.
    pub(crate) is_deduplicated: bool,
}

impl Candidate {
    /// Checks the request against everything that the tenant asks for, under the terms of `initial_access`.
    ///
    /// # Errors
    ///
    /// Why it can't be registered (RFC 7591 §3.2.2, RFC 6750 §3.1).
    pub(crate) fn parse(
        tenant: &Tenant,
        initial_access: Option<InitialAccess>,
        request: &Request,
        now: Timestamp,
    ) -> Result<Self, OAuthError> {
        let policy = &tenant.dynamic_client_registration;
        let raw = http::client_metadata(request)?;
        let mode = tenant.dynamic_client_registration_security_mode;
        let accepted = match &initial_access {
            Some(access) => tenant.accept_registration_under(&access.terms, raw, mode, now)?,
            None => tenant.accept_registration(raw, mode, now)?,
        };
        let Accepted { metadata, software_statement, .. } = accepted;
        let is_public = metadata.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
        let is_managed =
            policy.client_registration_management != ClientRegistrationManagement::None;
        // Who shares an id must not be able to change it; and a token's uses are counted one by one.
        let may_share = policy.admission != Admission::InitialAccessToken && !is_managed;
        Ok(Self {
            metadata,
            mode,
            initial_access,
            software_statement,
            is_managed,
            is_deduplicated: policy.deduplicate_public_clients && is_public && may_share,
        })
    }
}
