//! Which grants a list is to show.

use shared::{
    domain::{ClientGrant, ClientId, DefaultFor, Grantee, SubjectType},
    management::ManagementError,
    oauth::Parameters,
};

/// What each of them must be, as far as the request says it.
pub(crate) struct Filter {
    audience: Option<String>,
    client_id: Option<String>,
    subject_type: Option<SubjectType>,
    default_for: Option<DefaultFor>,
}

impl Filter {
    /// The parameters that say it.
    pub(crate) const PARAMETERS: [&str; 4] =
        ["audience", "client_id", "subject_type", "default_for"];

    /// Reads them.
    ///
    /// # Errors
    ///
    /// 400 `invalid_query_string`.
    pub(crate) fn parse(parameters: &Parameters) -> Result<Self, ManagementError> {
        let text = |name| parameters.get(name).map(str::to_owned);
        let refuse = |why| Err(ManagementError::invalid_query_string(why));
        let subject_type = match parameters.get("subject_type").map(SubjectType::from_name) {
            Some(None) => return refuse("subject_type must be client or user"),
            Some(known) => known,
            None => None,
        };
        let default_for = match parameters.get("default_for") {
            Some(DefaultFor::THIRD_PARTY_CLIENTS) => Some(DefaultFor::ThirdPartyClients),
            Some(_) => return refuse("default_for must be third_party_clients"),
            None => None,
        };
        if parameters.get("client_id").is_some_and(|id| ClientId::parse(id).is_none()) {
            return refuse("client_id must be the id of a client");
        }
        let (audience, client_id) = (text("audience"), text("client_id"));
        Ok(Self { audience, client_id, subject_type, default_for })
    }

    pub(crate) fn lets_through(&self, grant: &ClientGrant) -> bool {
        let client_id = grant.grantee.client_id();
        let default_for = match grant.grantee {
            Grantee::DefaultFor(default_for) => Some(default_for),
            Grantee::ClientId(_) => None,
        };
        self.audience.as_ref().is_none_or(|audience| *audience == grant.audience)
            && self
                .client_id
                .as_deref()
                .is_none_or(|id| client_id.map(ClientId::as_str) == Some(id))
            && self.subject_type.is_none_or(|subject_type| subject_type == grant.subject_type)
            && self.default_for.is_none_or(|wanted| default_for == Some(wanted))
    }
}
