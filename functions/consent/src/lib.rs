//! `GET` and `POST /u/consent`: the consent page (OpenID Connect Core §3.1.2.4).
//!
//! It comes between two visits to `/authorize`, whose parameters it carries in its own query.

mod page;
mod permissions;

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use page::ConsentPage;
use shared::{
    App,
    domain::{AuthorizationError, AuthorizationRequest, Done, SessionCookie},
    http::{self, Response},
    interaction::{Interaction, Loaded},
    oauth::OAuthErrorCode,
};

const METHODS: [Method; 2] = [Method::GET, Method::POST];

/// Where the page is.
pub(crate) const PATH: &str = "/u/consent";

/// Asks the user, or remembers the answer and sends the browser back to `/authorize`.
///
/// # Errors
///
/// A page while the client and the redirect URI are in doubt, and for a form of another site; after that told to the client:
/// `access_denied` when the user does not agree (RFC 6749 §4.1.2.1).
pub async fn handle(app: &App, request: Request) -> Result<Response, AuthorizationError> {
    if !METHODS.contains(request.method()) {
        return Ok(http::method_not_allowed(&METHODS));
    }
    let interaction = Interaction::new(app, &request, http::query(&request)?).await?;
    if interaction.is_unresolved() {
        return Ok(http::see_other(&interaction.at("/authorize")));
    }
    let mut loaded = interaction.load(app, &request).await?;
    let authorization = loaded.authorization_request(&interaction)?;
    let is_post = *request.method() == Method::POST;
    if is_post && !http::is_same_origin_post(&request, &loaded.tenant.issuer) {
        return Err(AuthorizationError::page(OAuthErrorCode::InvalidRequest, page::FOREIGN_FORM));
    }
    let Some(cookie) = loaded.session_cookie.take() else {
        // Nobody is signed in any more: `/authorize` knows what to do about that.
        return Ok(http::see_other(&interaction.at("/authorize")));
    };
    if is_post {
        return answer(app, &request, &interaction, (&loaded, &authorization, cookie)).await;
    }
    let page = ConsentPage::new(app, &request, &interaction, &cookie);
    page.respond(StatusCode::OK, &loaded, &authorization)
}

type Asked<'a> = (&'a Loaded, &'a AuthorizationRequest, SessionCookie);

async fn answer(
    app: &App,
    request: &Request,
    interaction: &Interaction,
    (loaded, authorization, cookie): Asked<'_>,
) -> Result<Response, AuthorizationError> {
    let form = http::form(request)?;
    let is_our_form = interaction.is_our_form(request, &form, PATH, Some(&cookie.session_id));
    if is_our_form && form.get("deny").is_some() {
        let address = authorization.return_address.clone();
        let refusal = address.refuse(OAuthErrorCode::AccessDenied, "the user did not agree");
        let mut response = refusal.into();
        interaction.forget_note(&mut response);
        return Ok(response);
    }
    if !is_our_form || form.get("allow").is_none() {
        // Neither yes nor no, or not from our page: ask again.
        let page = ConsentPage::new(app, request, interaction, &cookie);
        return page.respond(StatusCode::BAD_REQUEST, loaded, authorization);
    }

    // There are several only for several APIs.
    for (api, grant) in loaded.grants(authorization, app.clock.now()) {
        let key = (&cookie.user_id, &authorization.client_id, &api);
        app.store.remember_grant(&interaction.tenant_id, key, &grant).await?;
    }

    let mut response = http::see_other(&interaction.at("/authorize"));
    let done = Done { consented: true, ..loaded.situation.done };
    interaction.remember_note(app, &mut response, &cookie.session_id, done);
    Ok(response)
}
