//! Which clients a list shows.

use shared::{
    domain::{AppType, Client},
    management::{self, ManagementError},
    oauth::Parameters,
};

/// What a client must be to be shown; anything, where nothing is asked.
pub(crate) struct Filter {
    is_first_party: Option<bool>,
    is_global: Option<bool>,
    has_external_client_id: bool,
    app_types: Option<Vec<AppType>>,
}

impl Filter {
    pub(crate) const PARAMETERS: [&str; 4] =
        ["is_first_party", "is_global", "external_client_id", "app_type"];

    /// Reads `is_first_party`, `is_global`, `external_client_id`, and `app_type`, kinds separated by commas.
    ///
    /// # Errors
    ///
    /// 400 `invalid_query_string`.
    pub(crate) fn parse(parameters: &Parameters) -> Result<Self, ManagementError> {
        let app_types = parameters.get("app_type").map(|names| {
            let kinds: Option<_> = names.split(',').map(AppType::from_name).collect();
            kinds.ok_or_else(|| {
                let why = "app_type must be native, spa, regular_web or non_interactive";
                ManagementError::invalid_query_string(why)
            })
        });
        Ok(Self {
            is_first_party: management::boolean(parameters, "is_first_party")?,
            is_global: management::boolean(parameters, "is_global")?,
            has_external_client_id: parameters.get("external_client_id").is_some(),
            app_types: app_types.transpose()?,
        })
    }

    /// Whether `client` is shown. None is global here, nor registered with somebody else.
    pub(crate) fn admits(&self, client: &Client) -> bool {
        let is_of_it = self.is_first_party.is_none_or(|is| client.is_first_party == is);
        let is_of_them =
            self.app_types.as_ref().is_none_or(|kinds| kinds.contains(&client.app_type()));
        is_of_it && is_of_them && self.is_global != Some(true) && !self.has_external_client_id
    }
}
