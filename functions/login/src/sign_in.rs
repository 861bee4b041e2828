//! Signing in with a password.

use crate::{
    Asked, PATH, asked, choice,
    page::{self, LoginPage},
    refuse_foreign,
};
use lambda_http::{Request, http::StatusCode};
use shared::{
    App,
    domain::{
        AuthorizationError, Done, LOGINS_PER_ACCOUNT, LOGINS_PER_SOURCE, Login, PasswordHash,
        Session, SessionCookie, SessionId, Tenant, TenantId, UserId,
    },
    http::{self, Response},
    interaction::{Interaction, SignedIn},
    oauth::{OAuthError, Parameters},
    observation::{self, Event},
    storage::{StorageError, keys},
};
use std::time::Duration;

/// What an attempt is decided by.
struct Attempt {
    asked: Asked,
    login: Option<Login>,
    signed_in: Option<SignedIn>,
    wait: Option<Duration>,
}

/// Signs the user in whose name and password the form has.
pub(crate) async fn sign_in(
    app: &App,
    request: &Request,
    interaction: &Interaction,
    form: &Parameters,
) -> Result<Response, AuthorizationError> {
    let (username, password) = credentials(form);
    let Attempt { asked, login, signed_in, wait } =
        load(app, request, interaction, username).await?;
    refuse_foreign(request, &asked.0)?;
    let is_our_form = is_our_form(request, interaction, form, signed_in.as_ref());
    let replaced = signed_in.as_ref().map(|signed_in| signed_in.session.clone());
    let account = choice(app, request, interaction, signed_in);
    let page = LoginPage::new(app, request, interaction, asked).offering(account);
    if !is_our_form {
        return page.respond(StatusCode::BAD_REQUEST, username, Some(page::NOT_OUR_FORM));
    }
    if wait.is_some() {
        observation::refused("too_many_requests");
        let mut response =
            page.respond(StatusCode::TOO_MANY_REQUESTS, username, Some(page::TOO_OFTEN))?;
        http::retry_after(&mut response, wait);
        return Ok(response);
    }
    if let Some(user_id) = verify(login, password).await? {
        return Ok(start_session(app, interaction, page.tenant(), (user_id, replaced)).await?);
    }
    observation::refused("wrong_credentials");
    page.respond(StatusCode::BAD_REQUEST, username, Some(page::WRONG_CREDENTIALS))
}

/// Reads everything at once, and counts the attempt at the same time.
async fn load(
    app: &App,
    request: &Request,
    interaction: &Interaction,
    username: &str,
) -> Result<Attempt, AuthorizationError> {
    let t = &interaction.tenant_id;
    let cookie = interaction.session_cookie(request);
    let (found, wait) = tokio::join!(
        app.store.read((
            keys::tenant(t),
            keys::client(t, &interaction.client_id()?),
            keys::login(t, username),
            SignedIn::keys(t, cookie.as_ref()),
        )),
        count(app, request, interaction, username),
    );
    let (tenant, client, login, session) = found?;
    let asked = asked(interaction, (tenant, client))?;
    let signed_in = SignedIn::check(cookie, session, &asked.0, app.clock.now());
    Ok(Attempt { asked, login, signed_in, wait: wait? })
}

fn credentials(form: &Parameters) -> (&str, &str) {
    let field = |name| form.get(name).unwrap_or_default();
    (field("username"), field("password"))
}

/// Where the page offered to go on as somebody, the form is bound to their session too.
fn is_our_form(
    request: &Request,
    interaction: &Interaction,
    form: &Parameters,
    signed_in: Option<&SignedIn>,
) -> bool {
    let session_id = signed_in.map(|signed_in| &signed_in.cookie.session_id);
    let is_ours = |session_id| interaction.is_our_form(request, form, PATH, session_id);
    is_ours(None) || session_id.is_some() && is_ours(session_id)
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

/// Always a new session, so that nobody can have known its name before (session fixation). The one that the browser was
/// in ends: nobody could reach it any more but who had stolen it.
async fn start_session(
    app: &App,
    interaction: &Interaction,
    tenant: &Tenant,
    (user_id, replaced): (UserId, Option<Session>),
) -> Result<Response, StorageError> {
    let (t, now) = (&interaction.tenant_id, app.clock.now());
    let session_id = SessionId::generate(&*app.entropy);
    let session = Session::new(&session_id, user_id.clone(), tenant, now);
    let session = session.in_place_of(replaced.as_ref());
    replace(app, t, (replaced, &session)).await?;
    observation::happened(Event::SignIn);
    let mut response = http::see_other(&interaction.at("/authorize"));
    let done = Done { signed_in: true, ..Done::default() };
    interaction.remember_note(app, &mut response, &session_id, done);
    let cookie = SessionCookie { session_id, user_id, seen_at: now };
    interaction.remember_session(app, &mut response, (tenant, cookie));
    Ok(response)
}

/// Both at the same time, since whichever fails leaves at most a session that nobody can reach, or a browser that has to
/// sign in again; but clients to be told of the end are handed over before the only note of them goes.
async fn replace(
    app: &App,
    t: &TenantId,
    (replaced, session): (Option<Session>, &Session),
) -> Result<(), StorageError> {
    let begin = app.store.start_session(t, session);
    let Some(replaced) = replaced else { return begin.await };
    let end = app.store.end_session(t, &replaced.sid);
    if session.clients.is_empty() {
        let (new, old) = tokio::join!(begin, end);
        return new.and(old.map(drop));
    }
    begin.await?;
    end.await.map(drop)
}
