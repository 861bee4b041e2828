//! The token in each form: it proves that the form was shown in this very browser, for this very
//! request, and in this very session, so that no other page can send it (RFC 9700 §4.7).

use super::Interaction;
use crate::{
    App,
    domain::SessionId,
    http::{self, Cookie, Response},
    keys::Purpose,
    oauth::Parameters,
};
use lambda_http::Request;

/// What the browser is told apart by: 190 random bits, in a cookie.
pub struct BrowserId(String);

impl Interaction {
    /// The browser's name: the one in its cookie, or a new one.
    #[must_use]
    pub fn browser(&self, app: &App, request: &Request) -> BrowserId {
        let known = http::cookie(request, Cookie::Browser, &self.tenant_id);
        BrowserId(known.map_or_else(|| app.entropy.alphanumerics(32), str::to_owned))
    }

    /// Has the browser hold its name.
    pub fn remember_browser(&self, response: &mut Response, browser: &BrowserId) {
        http::set_cookie(response, Cookie::Browser, &self.tenant_id, &browser.0);
    }

    /// The token for a form on the page at `path`.
    #[must_use]
    pub fn form_token(
        &self,
        path: &str,
        browser: &BrowserId,
        session: Option<&SessionId>,
    ) -> String {
        self.sealing.mac(Purpose::FormToken, &self.parts(path, &browser.0, session))
    }

    /// Whether `form` comes from the page at `path`, as we showed it to this browser.
    #[must_use]
    pub fn is_our_form(
        &self,
        request: &Request,
        form: &Parameters,
        path: &str,
        session: Option<&SessionId>,
    ) -> bool {
        let browser = http::cookie(request, Cookie::Browser, &self.tenant_id);
        let (Some(browser), Some(token)) = (browser, form.get("csrf_token")) else { return false };
        self.sealing.verifies(Purpose::FormToken, &self.parts(path, browser, session), token)
    }

    fn parts<'a>(
        &'a self,
        path: &'a str,
        browser: &'a str,
        session: Option<&'a SessionId>,
    ) -> [&'a str; 4] {
        [path, browser, &self.query, session.map(SessionId::expose).unwrap_or_default()]
    }
}
