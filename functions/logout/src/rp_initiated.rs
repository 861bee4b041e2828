//! OpenID Connect RP-Initiated Logout 1.0.

use crate::{
    END_SESSION, PATH,
    found::{Found, client_id, refuse},
    page::{self, ConfirmPage},
    sign_out::{Extent, Out},
};
use lambda_http::{Request, http::Method};
use shared::{
    App,
    domain::{AuthorizationError, Client, ClientId, PostLogoutAddress},
    http::{self, Response},
    interaction::{Interaction, SignedIn},
    tokens::{IdTokenHint, public_sid},
};

/// A request to sign out, everything in it checked.
pub(crate) struct Logout {
    pub(crate) found: Found,
    /// Where the browser goes then.
    pub(crate) address: Option<PostLogoutAddress>,
    hint: Option<IdTokenHint>,
}

/// Signs out who a valid hint is about, and asks everybody else. Two round trips at least.
///
/// # Errors
///
/// A page.
pub(crate) async fn log_out(
    app: &App,
    request: &Request,
    interaction: &Interaction,
) -> Result<Response, AuthorizationError> {
    let is_post = *request.method() == Method::POST;
    if is_post && interaction.session_cookie(request).is_none() {
        // Browsers keep the session back from a form of another site, but not from where its answer leads.
        return Ok(http::see_other(&interaction.at(END_SESSION)));
    }
    let logout = Logout::load(app, request, interaction).await?;
    match &logout.found.signed_in {
        Some(signed_in) if !logout.is_proven(interaction, signed_in) => {
            ConfirmPage::new(app, request, interaction).respond(&logout)
        }
        Some(_) => {
            let Logout { found, address, .. } = logout;
            Out::new(app, interaction, (found, address), Extent::ThisBrowser)
                .await?
                .lead_to_the_client(interaction)
        }
        // There is nothing to ask the user about; but a stranger's link leads nowhere by itself.
        None if logout.hint.is_some() => logout.already_out().lead_to_the_client(interaction),
        None => logout.already_out().page(interaction),
    }
}

/// What the user answered on our page.
///
/// # Errors
///
/// A page.
pub(crate) async fn answer(
    app: &App,
    request: &Request,
    interaction: &Interaction,
) -> Result<Response, AuthorizationError> {
    let form = http::form(request)?;
    let logout = Logout::load(app, request, interaction).await?;
    if !http::is_same_origin_post(request, &logout.found.tenant.issuer) {
        return Err(refuse(page::FOREIGN_FORM));
    }
    let Some(signed_in) = &logout.found.signed_in else {
        return logout.already_out().page(interaction);
    };
    let session_id = Some(&signed_in.cookie.session_id);
    let is_ours = interaction.is_our_form(request, &form, PATH, session_id);
    if is_ours && form.get("stay").is_some() {
        return page::stayed(&logout.found.tenant);
    }
    if !is_ours || form.get("logout").is_none() {
        return ConfirmPage::again(app, request, interaction).respond(&logout);
    }
    let is_everywhere = form.get("everywhere").is_some();
    let extent = if is_everywhere { Extent::Everywhere } else { Extent::ThisBrowser };
    let Logout { found, address, .. } = logout;
    Out::new(app, interaction, (found, address), extent).await?.lead_to_the_client(interaction)
}

impl Logout {
    /// Reads everything at once and checks it.
    async fn load(
        app: &App,
        request: &Request,
        interaction: &Interaction,
    ) -> Result<Self, AuthorizationError> {
        let parameters = &interaction.parameters;
        let hint = parameters.get("id_token_hint");
        let client_id = asking(parameters.get("client_id"), hint)?;
        let found = Found::load(app, request, interaction, client_id.as_ref()).await?;
        let Found { tenant, key_set, client, .. } = &found;
        let issuer = (&tenant.issuer, key_set);
        let hint = match (hint, client) {
            (Some(text), Some(client)) => {
                let hint = IdTokenHint::verify(text, issuer, client, interaction.sealing());
                Some(hint.ok_or_else(|| refuse(page::BAD_HINT))?)
            }
            _ => None,
        };
        let address = address(interaction, client.as_ref())?;
        Ok(Self { found, address, hint })
    }

    /// Whether the client has an ID Token of the user's, or else names this very session, which strangers can't
    /// (`logout_hint`, as Auth0 has it).
    fn is_proven(&self, interaction: &Interaction, signed_in: &SignedIn) -> bool {
        let Some(client) = &self.found.client else { return false };
        let sealing = interaction.sealing();
        match (&self.hint, interaction.parameters.get("logout_hint")) {
            (Some(hint), _) => hint.is_about(&signed_in.user.user_id, client, sealing),
            (None, Some(sid)) => sid == public_sid(sealing, client, &signed_in.session.sid),
            (None, None) => false,
        }
    }

    fn already_out(self) -> Out {
        Out::already(self.found.tenant, self.address)
    }
}

/// The client that asks: the one that `client_id` names and the one that got the ID Token are the same
/// (RP-Initiated Logout §2).
fn asking(named: Option<&str>, hint: Option<&str>) -> Result<Option<ClientId>, AuthorizationError> {
    let named = named.map(client_id).transpose()?;
    let Some(hint) = hint else { return Ok(named) };
    let of_hint = IdTokenHint::claimed_client(hint).ok_or_else(|| refuse(page::BAD_HINT))?;
    if named.is_some_and(|named| named != of_hint) {
        return Err(refuse(page::BAD_HINT));
    }
    Ok(Some(of_hint))
}

/// Where to go then, if the client registered it. Without a client nobody can have registered it, and nobody is sent
/// anywhere.
fn address(
    interaction: &Interaction,
    client: Option<&Client>,
) -> Result<Option<PostLogoutAddress>, AuthorizationError> {
    let parameters = &interaction.parameters;
    match (parameters.get("post_logout_redirect_uri"), client) {
        (Some(uri), Some(client)) => {
            let address = PostLogoutAddress::of_client(client, uri, parameters.get("state"));
            address.map(Some).ok_or_else(|| refuse(page::UNREGISTERED_ADDRESS))
        }
        _ => Ok(None),
    }
}
