//! The sign-in form.

use crate::{Asked, PATH};
use askama::Template;
use lambda_http::{Request, http::StatusCode};
use shared::{
    App,
    domain::{AuthorizationError, Tenant},
    http::Response,
    interaction::{BrowserId, Interaction},
    pages::{Page, Width},
};

/// The same words for a wrong password and for a user who does not exist.
pub(crate) const WRONG_CREDENTIALS: &str = "Wrong email address or password.";

/// For browsers that send no cookies, and for forms that somebody else sent.
pub(crate) const NOT_OUR_FORM: &str =
    "This form could not be tied to your browser. Allow cookies for this site and try again.";

/// For those who guess, and for those who forgot.
pub(crate) const TOO_OFTEN: &str = "Too many attempts. Wait a few minutes and try again.";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginForm<'a> {
    client_name: Option<&'a str>,
    redirect_host: &'a str,
    action: &'a str,
    form_token: &'a str,
    username: &'a str,
    problem: Option<&'a str>,
}

/// The page, for one request in one browser.
pub(crate) struct LoginPage<'a> {
    interaction: &'a Interaction,
    browser: BrowserId,
    asked: Asked,
}

impl<'a> LoginPage<'a> {
    pub(crate) fn new(
        app: &App,
        request: &Request,
        interaction: &'a Interaction,
        asked: Asked,
    ) -> Self {
        Self { interaction, browser: interaction.browser(app, request), asked }
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.asked.0
    }

    pub(crate) fn respond(
        &self,
        status: StatusCode,
        username: &str,
        problem: Option<&str>,
    ) -> Result<Response, AuthorizationError> {
        let (tenant, client, address) = &self.asked;
        let metadata = client.metadata.as_ref();
        let content = LoginForm {
            client_name: metadata.and_then(|metadata| metadata.client_name.as_deref()),
            redirect_host: address.redirect_uri().host_for_people(),
            action: &self.interaction.at(PATH),
            form_token: &self.interaction.form_token(PATH, &self.browser, None),
            username,
            problem,
        };
        let page = Page {
            title: "Sign in",
            tenant_name: tenant.name(),
            width: Width::Narrow,
            form_targets: &[address.redirect_uri().csp_source()],
        };
        let mut response = page.respond(status, &content)?;
        self.interaction.remember_browser(&mut response, &self.browser);
        Ok(response)
    }
}
