//! What the authorization endpoint does next.

use super::{AuthorizationError, AuthorizationRequest};
use crate::{
    clock::Timestamp,
    domain::{Done, Grant, IndividualClaims, Issuer, Session},
    oauth::{OAuthErrorCode, RedirectUri},
};
use std::time::Duration;

/// What is known when a request comes in.
#[derive(Clone, Debug, Default)]
pub struct Situation {
    /// The session that the browser is in.
    pub session: Option<Session>,
    /// What the user has agreed to before, with this client and audience.
    pub grant: Option<Grant>,
    /// What the user has done for this very request.
    pub done: Done,
    /// Whether it is the session of the user that `id_token_hint` names, where there is one.
    pub is_hinted: Option<bool>,
}

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// The user signs in, and comes back.
    LogIn,
    /// The user is asked for consent, and comes back.
    AskConsent,
    /// The client gets what it asked for.
    Respond(Box<Authorized>),
}

/// A request that the user has signed in for and agreed to.
///
/// Only [`next_step`] makes one, and nothing else can be exchanged for codes and tokens.
#[derive(Debug)]
pub struct Authorized {
    request: AuthorizationRequest,
    session: Session,
}

impl Authorized {
    /// What was asked for and agreed to.
    #[must_use]
    pub fn request(&self) -> &AuthorizationRequest {
        &self.request
    }

    /// The session in which it was agreed to.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }
}

/// Decides what comes next from what is known. The sign-in and consent pages change what is known and
/// send the user back, so this is the only place that decides.
///
/// # Errors
///
/// `login_required` or `consent_required`, where `prompt=none` forbids asking
/// (OpenID Connect Core §3.1.2.6); `login_required` also for who signed in as another user than the one hinted at.
pub fn next_step(
    request: AuthorizationRequest,
    situation: Situation,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Step, AuthorizationError> {
    let has_consented = has_consented(&request, &situation, issuer);
    let may_ask = !request.prompt.none;
    let refuse = |request: AuthorizationRequest, code, why: &'static str| {
        Err(request.return_address.refuse(code, why))
    };
    let Done { signed_in, selected_account, .. } = situation.done;
    let is_somebody_else = situation.is_hinted == Some(false);
    let is_chosen = selected_account || !request.prompt.select_account;
    let is_fresh = |session: &Session| {
        signed_in || is_young(session, &request, now) && !request.prompt.login && is_chosen
    };
    let session = situation.session.filter(is_fresh).filter(|_| !is_somebody_else);
    match session {
        // Who has signed in for it and is not the user that it is about can't be answered with
        // (OpenID Connect Core §3.1.2.1, `id_token_hint`).
        None if may_ask && !(signed_in && is_somebody_else) => Ok(Step::LogIn),
        None => refuse(request, OAuthErrorCode::LoginRequired, "the user has to sign in"),
        Some(session) if has_consented => {
            Ok(Step::Respond(Box::new(Authorized { request, session })))
        }
        Some(_) if may_ask => Ok(Step::AskConsent),
        Some(_) => refuse(request, OAuthErrorCode::ConsentRequired, "the user has to consent"),
    }
}

/// `max_age=0` means what `prompt=login` means (OpenID Connect Core §3.1.2.1, errata 2).
fn is_young(session: &Session, request: &AuthorizationRequest, now: Timestamp) -> bool {
    request.max_age.is_none_or(|most| most > Duration::ZERO && now.since(session.auth_time) <= most)
}

fn has_consented(request: &AuthorizationRequest, situation: &Situation, issuer: &Issuer) -> bool {
    let claims = IndividualClaims::to_agree_to(&request.claims);
    let covers = |grant: &Grant| grant.covers(&request.scope, &claims);
    let is_remembered = !request.prompt.consent
        && proves_who_listens(request.return_address.redirect_uri(), issuer)
        && situation.grant.as_ref().is_some_and(covers);
    situation.done.consented || is_remembered
}

/// Whether a response to `redirect_uri` reaches the application that was agreed to, so that the user
/// need not be asked again.
///
/// Any program on a device can claim a private-use scheme or listen on a loopback address
/// (RFC 8252 §8.6). Where the provider itself is on that device, a loopback address is as good as
/// the provider's own.
fn proves_who_listens(redirect_uri: &RedirectUri, issuer: &Issuer) -> bool {
    !redirect_uri.is_private_use() && (!redirect_uri.is_loopback() || issuer.is_loopback())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
