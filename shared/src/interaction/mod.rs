//! One authorization request on its way through the browser: from `/authorize` to the sign-in and
//! consent pages and back, always with the same parameters. Nothing of it is stored; every stop reads
//! and checks everything anew. A request object is made parameters once, by `/authorize`: [`Interaction::resolve`].

mod carried;
mod form_token;
mod request_object;
mod said;
mod signed_in;
mod situation;

pub use form_token::BrowserId;
pub use said::Said;
pub use signed_in::{SessionKeys, SignedIn, session_cookie};
pub use situation::Loaded;

use crate::{
    App,
    domain::{
        AuthorizationError, ClientId, Done, Provenance, RequestNote, SessionCookie, SessionId,
        Tenant, TenantId,
    },
    http::{self, Cookie, Response},
    keys::{Purpose, Sealing},
    oauth::{OAuthError, OAuthErrorCode, Parameters},
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use carried::Carried;
use lambda_http::Request;
use std::sync::Arc;

/// A stop of an authorization request.
pub struct Interaction {
    /// The tenant's name in the table.
    pub tenant_id: TenantId,
    /// The parameters of the authorization request: those that count, unless it [is unresolved](Self::is_unresolved).
    pub parameters: Parameters,
    provenance: Provenance,
    /// What the browser carries from stop to stop.
    query: String,
    sealing: Arc<Sealing>,
}

impl Interaction {
    /// The request that `parameters` make, at the host of `request`. No round trip, but for the first
    /// time in a process.
    ///
    /// # Errors
    ///
    /// For an unknown host, when the sealing key can't be had, or when a page was left open for too long.
    pub async fn new(
        app: &App,
        request: &Request,
        parameters: Parameters,
    ) -> Result<Self, OAuthError> {
        let tenant_id = http::tenant_id(request)?;
        let sealing = app.sealing(&tenant_id).await?;
        let query = parameters.to_query();
        let (parameters, provenance) = match Carried::open(&sealing, &parameters) {
            Some(carried) => (carried.parameters(app.clock.now())?, carried.provenance),
            None => (parameters, Provenance::default()),
        };
        Ok(Self { tenant_id, parameters, provenance, query, sealing })
    }

    /// The tenant's sealing key.
    #[must_use]
    pub fn sealing(&self) -> &Sealing {
        &self.sealing
    }

    /// `path` with the request's parameters: where the browser goes next.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{path}?{}", self.query)
    }

    /// The client that asks.
    ///
    /// # Errors
    ///
    /// A page, since without a client there is nobody else to tell.
    pub fn client_id(&self) -> Result<ClientId, AuthorizationError> {
        let text = self.parameters.get("client_id").ok_or_else(|| {
            let message = "The application did not say who it is (client_id is missing).";
            AuthorizationError::page(OAuthErrorCode::InvalidRequest, message)
        })?;
        ClientId::parse(text).ok_or_else(unknown_client)
    }

    /// Names the request: the hash of its parameters.
    fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.query.as_bytes()))
    }

    /// What the user has done for this request in this session.
    #[must_use]
    pub fn done(&self, app: &App, request: &Request, session_id: &SessionId) -> Done {
        let text = http::cookie(request, Cookie::RequestNote, &self.tenant_id);
        let note: Option<RequestNote> =
            text.and_then(|text| self.sealing.open(Purpose::RequestNote, text));
        let is_about_it =
            |note: &RequestNote| note.is_about(&self.hash(), session_id, app.clock.now());
        note.filter(is_about_it).map(|note| note.done).unwrap_or_default()
    }

    /// Has the browser hold the session, used just now, for as long as it runs.
    pub fn remember_session(
        &self,
        app: &App,
        response: &mut Response,
        (tenant, cookie): (&Tenant, SessionCookie),
    ) {
        let cookie = SessionCookie { seen_at: app.clock.now(), ..cookie };
        if let Some(sealed) = self.sealing.seal(Purpose::SessionCookie, &cookie, &*app.entropy) {
            let same_site = tenant.session_cookie.same_site;
            http::set_session_cookie(response, &self.tenant_id, same_site, &sealed);
        }
    }

    /// Has the browser hold what the user did for this request.
    pub fn remember_note(
        &self,
        app: &App,
        response: &mut Response,
        session_id: &SessionId,
        done: Done,
    ) {
        let note = RequestNote {
            parameters: self.hash(),
            session_id: session_id.clone(),
            done,
            expires_at: app.clock.now() + RequestNote::LIFETIME,
        };
        if let Some(sealed) = self.sealing.seal(Purpose::RequestNote, &note, &*app.entropy) {
            http::set_cookie(response, Cookie::RequestNote, &self.tenant_id, &sealed);
        }
    }

    /// The session is over: the browser holds nothing of it any more.
    pub fn forget_session(&self, response: &mut Response) {
        http::set_cookie(response, Cookie::Session, &self.tenant_id, "");
    }

    /// The request is answered: what was done for it counts no more.
    pub fn forget_note(&self, response: &mut Response) {
        http::set_cookie(response, Cookie::RequestNote, &self.tenant_id, "");
    }
}

/// The page for a client that is not registered, or no longer.
#[must_use]
pub fn unknown_client() -> AuthorizationError {
    let message = "This application is not registered here (client_id is unknown). If it worked before, \
                   remove its connection in the application and connect it again.";
    AuthorizationError::page(OAuthErrorCode::InvalidRequest, message)
}
