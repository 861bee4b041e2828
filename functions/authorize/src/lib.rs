//! `GET` and `POST /authorize`: the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3).
//!
//! It is the only place that decides how a request goes on. The sign-in and consent pages change what
//! is known and send the browser back here with the same parameters.

mod code;
mod join;
mod respond;

use lambda_http::{Request, http::Method};
use shared::{
    App,
    domain::{AuthorizationError, AuthorizationRequest, Step, next_step},
    http::{self, Response},
    interaction::Interaction,
};

const METHODS: [Method; 2] = [Method::GET, Method::POST];

/// Takes the request one step further.
///
/// # Errors
///
/// Shown to the user while the client and the redirect URI are in doubt; sent to the client after that.
pub async fn handle(app: &App, request: Request) -> Result<Response, AuthorizationError> {
    if !METHODS.contains(request.method()) {
        return Ok(http::method_not_allowed(&METHODS));
    }
    let parameters = http::form(&request)?;
    let interaction = Interaction::new(app, &request, parameters).await?.resolve(app).await?;
    if *request.method() == Method::POST && interaction.session_cookie(&request).is_none() {
        // Browsers keep the session back from a form of another site, but not from where its answer leads.
        return Ok(http::see_other(&interaction.at("/authorize")));
    }
    let mut loaded = interaction.load(app, &request).await?;
    let authorization = loaded.authorization_request(&interaction)?;
    let situation = std::mem::take(&mut loaded.situation);
    let step = next_step(authorization, situation, &loaded.tenant.issuer, app.clock.now());
    let step = match step {
        Ok(step) => step,
        // What was done for a request that is refused counts no more, should it be sent again.
        Err(refusal) => {
            let mut response = refusal.into();
            interaction.forget_note(&mut response);
            return Ok(response);
        }
    };
    match step {
        Step::LogIn => Ok(http::see_other(&interaction.at("/u/login"))),
        Step::AskConsent => Ok(http::see_other(&interaction.at("/u/consent"))),
        Step::Respond(authorized) => {
            let mut response = respond::respond(app, &interaction, &loaded, &authorized).await?;
            let AuthorizationRequest { client_id, return_address, .. } = authorized.request();
            let used = interaction.use_up(app, client_id).await;
            used.map_err(|error| return_address.clone().refuse_with(error))?;
            interaction.forget_note(&mut response);
            if let Some(cookie) = loaded.session_cookie {
                interaction.remember_session(app, &mut response, (&loaded.tenant, cookie));
            }
            Ok(response)
        }
    }
}
