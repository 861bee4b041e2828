//! The API that a path names: by its id, or by its identifier.

use lambda_http::{Request, RequestExt};
use percent_encoding::percent_decode_str;
use shared::{
    App,
    domain::{ResourceServer, ResourceServerId},
    management::{self, Access, ManagementError},
    storage::keys,
};

/// What a path says, which may be either.
pub(crate) struct Named {
    id: Option<ResourceServerId>,
    identifier: String,
}

impl Named {
    /// What the path of `request` names, if it names one.
    ///
    /// API Gateway may have decoded it already. Doing it twice does no harm: no identifier has a `%`.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let parameters = request.path_parameters();
        let text = parameters.first("id")?;
        let identifier = percent_decode_str(text).decode_utf8_lossy().into_owned();
        Some(Self { id: ResourceServerId::parse(text), identifier })
    }

    /// The API, for a bearer of `scope`. One round trip.
    ///
    /// # Errors
    ///
    /// 401, 403, 404 `inexistent_resource_server`.
    pub(crate) async fn read(
        &self,
        app: &App,
        request: &Request,
        scope: &str,
    ) -> Result<(Access, ResourceServer), ManagementError> {
        let reading = management::authorize_reading(app, request, scope, |t| {
            let by_id = self.id.as_ref().map(|id| keys::resource_server_by_id(t, id));
            (by_id, keys::resource_server(t, &self.identifier))
        });
        let (access, (by_id, by_identifier)) = reading.await?;
        Ok((access, by_id.or(by_identifier).ok_or_else(inexistent)?))
    }
}

/// The error for what is not there.
pub(crate) fn inexistent() -> ManagementError {
    let message = "The resource server does not exist";
    ManagementError::not_found("inexistent_resource_server", message)
}
