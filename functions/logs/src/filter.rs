//! Which events a part of the log shows.

use serde_json::json;
use shared::{domain::AuditEvent, management::ManagementError, oauth::Parameters};

/// What an event must be to be shown; anything, where nothing is asked.
pub(crate) enum Filter {
    All,
    Type(String),
    ClientId(String),
}

impl Filter {
    pub(crate) const PARAMETERS: [&str; 2] = ["q", "sort"];

    /// Reads `q`, of Auth0's query language `type:TYPE` and `client_id:ID`; and `sort`, which can only be what it is
    /// anyway.
    ///
    /// # Errors
    ///
    /// 400 `invalid_query_string`: other searches are refused, not passed over, lest all events be taken for those found.
    pub(crate) fn parse(parameters: &Parameters) -> Result<Self, ManagementError> {
        if parameters.get("sort").is_some_and(|sort| sort != "date:-1") {
            let why = "sort must be date:-1";
            return Err(ManagementError::invalid_query_string(why));
        }
        let Some(query) = parameters.get("q") else { return Ok(Self::All) };
        let (name, value) = query.split_once(':').unwrap_or_default();
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let value = quoted.unwrap_or(value);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        match name {
            _ if value.is_empty() || !value.bytes().all(is_plain) => Err(unknown_query()),
            "type" => Ok(Self::Type(value.to_owned())),
            "client_id" => Ok(Self::ClientId(value.to_owned())),
            _ => Err(unknown_query()),
        }
    }

    pub(crate) fn admits_all(&self) -> bool {
        matches!(self, Self::All)
    }

    pub(crate) fn admits(&self, event: &AuditEvent) -> bool {
        match self {
            Self::All => true,
            Self::Type(r#type) => json!(event.r#type) == **r#type,
            Self::ClientId(id) => event.client_id.as_ref().is_some_and(|own| own.as_str() == id),
        }
    }

    /// A page that starts at an event is not searched, as in Auth0: a short one must be the last.
    pub(crate) fn refuse_with_checkpoint(&self) -> Result<(), ManagementError> {
        if self.admits_all() {
            return Ok(());
        }
        let why = "q cannot be combined with from and take";
        Err(ManagementError::invalid_query_string(why))
    }
}

fn unknown_query() -> ManagementError {
    ManagementError::invalid_query_string("q must be type:TYPE or client_id:ID")
}
