//! `GET` and `POST /u/login`: the sign-in page.
//!
//! It comes between two visits to `/authorize`, whose parameters it carries in its own query.

mod page;

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use page::LoginPage;
use shared::{
    App,
    domain::{
        AuthorizationError, Client, LOGINS_PER_ACCOUNT, LOGINS_PER_SOURCE, Login, PasswordHash,
        ReturnAddress, Session, SessionCookie, SessionId, Tenant, UserId,
    },
    http::{self, Response},
    interaction::{Interaction, unknown_client},
    oauth::{OAuthError, Parameters},
    observation::{self, Event},
    storage::{StorageError, keys},
    unknown_tenant,
};
use std::time::Duration;

const METHODS: [Method; 2] = [Method::GET, Method::POST];

/// Where the page is.
pub(crate) const PATH: &str = "/u/login";

/// Shows the form, or signs the user in and sends the browser back to `/authorize`.
///
/// # Errors
///
/// A page, when the client or the redirect URI is in doubt. A wrong password is no error but the form
/// again.
pub async fn handle(app: &App, request: Request) -> Result<Response, AuthorizationError> {
    if !METHODS.contains(request.method()) {
        return Ok(http::method_not_allowed(&METHODS));
    }
    let interaction = Interaction::new(app, &request, http::query(&request)?).await?;
    match *request.method() {
        Method::POST => sign_in(app, &request, &interaction).await,
        _ => show(app, &request, &interaction).await,
    }
}

async fn show(
    app: &App,
    request: &Request,
    interaction: &Interaction,
) -> Result<Response, AuthorizationError> {
    let t = &interaction.tenant_id;
    let selection = (keys::tenant(t), keys::client(t, &interaction.client_id()?));
    let found = app.store.read(selection).await?;
    let page = LoginPage::new(app, request, interaction, asked(interaction, found)?);
    let username = interaction.parameters.get("login_hint").unwrap_or_default();
    page.respond(StatusCode::OK, username, None)
}

async fn sign_in(
    app: &App,
    request: &Request,
    interaction: &Interaction,
) -> Result<Response, AuthorizationError> {
    let t = &interaction.tenant_id;
    let form = http::form(request)?;
    let (username, password) = credentials(&form);
    let (found, too_often) = tokio::join!(
        app.store.read((
            keys::tenant(t),
            keys::client(t, &interaction.client_id()?),
            keys::login(t, username),
        )),
        count(app, request, interaction, username),
    );
    let (tenant, client, login) = found?;
    let asked = asked(interaction, (tenant, client))?;
    let is_our_form = interaction.is_our_form(request, &form, PATH, None)
        && http::is_same_origin_post(request, &asked.0.issuer);
    let page = LoginPage::new(app, request, interaction, asked);
    if !is_our_form {
        return page.respond(StatusCode::BAD_REQUEST, username, Some(page::NOT_OUR_FORM));
    }
    if let Some(wait) = too_often? {
        observation::refused("too_many_requests");
        let mut response =
            page.respond(StatusCode::TOO_MANY_REQUESTS, username, Some(page::TOO_OFTEN))?;
        http::retry_after(&mut response, Some(wait));
        return Ok(response);
    }
    if let Some(user_id) = verify(login, password).await? {
        return Ok(start_session(app, interaction, page.tenant(), user_id).await?);
    }
    observation::refused("wrong_credentials");
    page.respond(StatusCode::BAD_REQUEST, username, Some(page::WRONG_CREDENTIALS))
}

/// The tenant, the client, and where it will be answered: all proven.
pub(crate) type Asked = (Tenant, Client, ReturnAddress);

fn asked(
    interaction: &Interaction,
    (tenant, client): (Option<Tenant>, Option<Client>),
) -> Result<Asked, AuthorizationError> {
    let tenant = tenant.ok_or_else(unknown_tenant)?;
    let client = client.ok_or_else(unknown_client)?;
    let address = ReturnAddress::resolve(&tenant.issuer, &client, &interaction.parameters)?;
    Ok((tenant, client, address))
}

fn credentials(form: &Parameters) -> (&str, &str) {
    let field = |name| form.get(name).unwrap_or_default();
    (field("username"), field("password"))
}

/// Counts the attempt before anything is hashed, so that guessing costs the guesser and not us.
async fn count(
    app: &App,
    request: &Request,
    interaction: &Interaction,
    username: &str,
) -> Result<Option<Duration>, StorageError> {
    let (t, account) = (&interaction.tenant_id, Login::normalized_email(username));
    let Some(source) = http::source_to_limit(request, t) else { return Ok(None) };
    let (by_source, by_account) = tokio::join!(
        app.store.count(t, &LOGINS_PER_SOURCE, &source),
        app.store.count(t, &LOGINS_PER_ACCOUNT, &account),
    );
    Ok(by_source?.max(by_account?))
}

/// Whose password it is. Takes as long for a user who does not exist. Apart from the threads that serve
/// requests, since it is meant to be slow.
async fn verify(login: Option<Login>, password: &str) -> Result<Option<UserId>, OAuthError> {
    let password = password.to_owned();
    let verified = tokio::task::spawn_blocking(move || {
        let (user_id, hash) = match login {
            Some(login) => (Some(login.user_id), login.password_hash),
            None => (None, PasswordHash::of_nobody()),
        };
        let is_right = hash.matches(&password);
        user_id.filter(|_| is_right)
    });
    verified.await.map_err(OAuthError::server_error)
}

/// Always a new session, so that nobody can have known its name before (session fixation).
async fn start_session(
    app: &App,
    interaction: &Interaction,
    tenant: &Tenant,
    user_id: UserId,
) -> Result<Response, StorageError> {
    let now = app.clock.now();
    let session_id = SessionId::generate(&*app.entropy);
    let session = Session::new(user_id.clone(), tenant, now);
    app.store.start_session(&interaction.tenant_id, &session_id, &session).await?;
    observation::happened(Event::SignIn);
    let mut response = http::see_other(&interaction.at("/authorize"));
    interaction.remember_note(app, &mut response, &session_id, (true, false));
    let cookie = SessionCookie { session_id, user_id, seen_at: now };
    interaction.remember_session(app, &mut response, cookie);
    Ok(response)
}
