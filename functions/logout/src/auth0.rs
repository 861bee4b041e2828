//! Auth0's `GET /v2/logout`: for its libraries, which have no ID Token at hand. Nobody is asked, as there.

use crate::{
    found::{Found, client_id, refuse},
    page,
    sign_out::{Extent, Out},
};
use lambda_http::Request;
use shared::{
    App,
    domain::{AuthorizationError, PostLogoutAddress},
    http::Response,
    interaction::Interaction,
};

/// Signs out whoever is signed in, and sends the browser to `returnTo`: one of the client's addresses, or without
/// `client_id` one of the tenant's. Without `returnTo` to the client's first. Two round trips at least.
///
/// # Errors
///
/// A page, for an address that was not registered.
pub(crate) async fn log_out(
    app: &App,
    request: &Request,
    interaction: &Interaction,
) -> Result<Response, AuthorizationError> {
    let parameters = &interaction.parameters;
    let client_id = parameters.get("client_id").map(client_id).transpose()?;
    let found = Found::load(app, request, interaction, client_id.as_ref()).await?;
    let address = match (parameters.get("returnTo"), &found.client) {
        (None, client) => client.as_ref().and_then(PostLogoutAddress::first_of_client),
        (Some(uri), Some(client)) => {
            Some(registered(PostLogoutAddress::of_client(client, uri, None))?)
        }
        (Some(uri), None) => Some(registered(PostLogoutAddress::of_tenant(&found.tenant, uri))?),
    };
    Out::new(app, interaction, (found, address), Extent::ThisBrowser)
        .await?
        .lead_to_the_client(interaction)
}

fn registered(address: Option<PostLogoutAddress>) -> Result<PostLogoutAddress, AuthorizationError> {
    address.ok_or_else(|| refuse(page::UNREGISTERED_ADDRESS))
}
