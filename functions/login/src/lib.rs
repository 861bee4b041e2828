//! `GET` and `POST /u/login`: the sign-in page.
//!
//! It comes between two visits to `/authorize`, whose parameters it carries in its own query.

mod page;
mod sign_in;

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use page::LoginPage;
use shared::{
    App,
    domain::{AuthorizationError, Client, Done, ReturnAddress, SessionCookie, Tenant},
    http::{self, Response},
    interaction::{Interaction, SignedIn, unknown_client},
    oauth::{OAuthErrorCode, Parameters},
    oidc::Prompt,
    storage::keys,
    unknown_tenant,
};

const METHODS: [Method; 2] = [Method::GET, Method::POST];

/// Where the page is.
pub(crate) const PATH: &str = "/u/login";

/// Shows the form; or signs the user in, or lets them go on as who they are, and sends the browser back to
/// `/authorize`.
///
/// # Errors
///
/// A page, when the client or the redirect URI is in doubt, or the form was another site's. A wrong password is no error
/// but the form again.
pub async fn handle(app: &App, request: Request) -> Result<Response, AuthorizationError> {
    if !METHODS.contains(request.method()) {
        return Ok(http::method_not_allowed(&METHODS));
    }
    let interaction = Interaction::new(app, &request, http::query(&request)?).await?;
    if interaction.is_unresolved() {
        return Ok(http::see_other(&interaction.at("/authorize")));
    }
    if *request.method() == Method::GET {
        return show(app, &request, &interaction).await;
    }
    let form = http::form(&request)?;
    if form.get("continue").is_some() {
        return go_on(app, &request, &interaction, &form).await;
    }
    sign_in::sign_in(app, &request, &interaction, &form).await
}

async fn show(
    app: &App,
    request: &Request,
    interaction: &Interaction,
) -> Result<Response, AuthorizationError> {
    let cookie = interaction.session_cookie(request).filter(|_| is_to_choose(interaction));
    let (asked, signed_in) = load(app, interaction, cookie).await?;
    let account = choice(app, request, interaction, signed_in);
    let page = LoginPage::new(app, request, interaction, asked).offering(account);
    let username = interaction.parameters.get("login_hint").unwrap_or_default();
    page.respond(StatusCode::OK, username, None)
}

/// The user goes on as who they are (`prompt=select_account`, OpenID Connect Core §3.1.2.1).
async fn go_on(
    app: &App,
    request: &Request,
    interaction: &Interaction,
    form: &Parameters,
) -> Result<Response, AuthorizationError> {
    let cookie = interaction.session_cookie(request);
    let (asked, signed_in) = load(app, interaction, cookie).await?;
    refuse_foreign(request, &asked.0)?;
    let is_ours = |signed_in: &SignedIn| {
        interaction.is_our_form(request, form, PATH, Some(&signed_in.cookie.session_id))
    };
    let Some(SignedIn { cookie, .. }) = signed_in.filter(is_ours) else {
        let page = LoginPage::new(app, request, interaction, asked);
        return page.respond(StatusCode::BAD_REQUEST, "", Some(page::NOT_OUR_FORM));
    };
    let mut response = http::see_other(&interaction.at("/authorize"));
    let done = Done { selected_account: true, ..Done::default() };
    interaction.remember_note(app, &mut response, &cookie.session_id, done);
    Ok(response)
}

/// The tenant, the client, and where it will be answered: all proven.
pub(crate) type Asked = (Tenant, Client, ReturnAddress);

/// Reads who asks, and who the browser's user is. One round trip.
async fn load(
    app: &App,
    interaction: &Interaction,
    cookie: Option<SessionCookie>,
) -> Result<(Asked, Option<SignedIn>), AuthorizationError> {
    let t = &interaction.tenant_id;
    let session = SignedIn::keys(t, cookie.as_ref());
    let selection = (keys::tenant(t), keys::client(t, &interaction.client_id()?), session);
    let (tenant, client, session) = app.store.read(selection).await?;
    let asked = asked(interaction, (tenant, client))?;
    let signed_in = SignedIn::check(cookie, session, &asked.0, app.clock.now());
    Ok((asked, signed_in))
}

pub(crate) fn asked(
    interaction: &Interaction,
    (tenant, client): (Option<Tenant>, Option<Client>),
) -> Result<Asked, AuthorizationError> {
    let tenant = tenant.ok_or_else(unknown_tenant)?;
    let client = client.ok_or_else(unknown_client)?;
    let address = ReturnAddress::resolve(&tenant.issuer, &client, &interaction.parameters)?;
    Ok((tenant, client, address))
}

/// Whether the request has the user say who they go on as, and does not have them sign in anyway.
fn is_to_choose(interaction: &Interaction) -> bool {
    let prompt = Prompt::parse(interaction.parameters.get("prompt")).unwrap_or_default();
    prompt.select_account && !prompt.login
}

/// Whom the user can go on as. Nobody, once they chose and were sent back here: that was not enough.
pub(crate) fn choice(
    app: &App,
    request: &Request,
    interaction: &Interaction,
    signed_in: Option<SignedIn>,
) -> Option<SignedIn> {
    let is_open = |signed_in: &SignedIn| {
        let done = interaction.done(app, request, &signed_in.cookie.session_id);
        is_to_choose(interaction) && !done.selected_account
    };
    signed_in.filter(is_open)
}

/// Refuses a form of another site's. What our page set for its own form stays: browsers do not send it with such a
/// form, so that it would seem not to be there.
pub(crate) fn refuse_foreign(request: &Request, tenant: &Tenant) -> Result<(), AuthorizationError> {
    if http::is_same_origin_post(request, &tenant.issuer) {
        return Ok(());
    }
    Err(AuthorizationError::page(OAuthErrorCode::InvalidRequest, page::FOREIGN_FORM))
}
