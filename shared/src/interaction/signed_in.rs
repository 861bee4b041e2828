//! The session that a browser is in.

use super::Interaction;
use crate::{
    clock::Timestamp,
    domain::{Session, SessionCookie, Tenant, TenantId, User},
    http::{self, Cookie},
    keys::{Purpose, Sealing},
    storage::keys::{self, Key},
};
use lambda_http::Request;

/// A session that counts, and whose it is.
#[derive(Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Who signed in.
    pub user: User,
    /// What the browser holds of it.
    pub cookie: SessionCookie,
}

/// The keys of a session and of its user.
pub type SessionKeys = (Option<Key<Session>>, Option<Key<User>>);

impl SignedIn {
    /// What has to be read of a browser that says it is in a session.
    #[must_use]
    pub fn keys(t: &TenantId, cookie: Option<&SessionCookie>) -> SessionKeys {
        (
            cookie.map(|cookie| keys::session(t, &cookie.session_id.sid())),
            cookie.map(|cookie| keys::user(t, &cookie.user_id)),
        )
    }

    /// The session, if what was found is what the cookie says, and if it has not lain unused for too long.
    #[must_use]
    pub fn check(
        cookie: Option<SessionCookie>,
        (session, user): (Option<Session>, Option<User>),
        tenant: &Tenant,
        now: Timestamp,
    ) -> Option<Self> {
        let (cookie, session, user) = (cookie?, session?, user?);
        let is_good = session.user_id == cookie.user_id && !user.blocked;
        (is_good && !cookie.is_idle(tenant, now)).then_some(Self { session, user, cookie })
    }
}

/// What the browser holds of a session, if it is ours.
#[must_use]
pub fn session_cookie(request: &Request, t: &TenantId, sealing: &Sealing) -> Option<SessionCookie> {
    let text = http::cookie(request, Cookie::Session, t)?;
    sealing.open(Purpose::SessionCookie, text)
}

impl Interaction {
    /// What the browser holds of a session, if it is ours.
    #[must_use]
    pub fn session_cookie(&self, request: &Request) -> Option<SessionCookie> {
        session_cookie(request, &self.tenant_id, &self.sealing)
    }
}
