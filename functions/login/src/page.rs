//! The sign-in form.

use crate::{Asked, PATH};
use askama::Template;
use lambda_http::{Request, http::StatusCode};
use shared::{
    App,
    domain::{AuthorizationError, Tenant},
    http::Response,
    interaction::{BrowserId, Interaction, Said, SignedIn},
    oidc::Languages,
    pages::{Page, Width},
};

/// The same words for a wrong password and for a user who does not exist.
pub(crate) const WRONG_CREDENTIALS: &str = "Wrong email address or password.";

/// For browsers that send no cookies, and for forms that somebody else sent.
pub(crate) const NOT_OUR_FORM: &str =
    "This form could not be tied to your browser. Allow cookies for this site and try again.";

/// For forms that are another site's beyond doubt.
pub(crate) const FOREIGN_FORM: &str = "Another site sent this form, so that nothing was done. Go back to the application and start again.";

/// For those who guess, and for those who forgot.
pub(crate) const TOO_OFTEN: &str = "Too many attempts. Wait a few minutes and try again.";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginForm<'a> {
    client_name: Option<Said<'a>>,
    redirect_host: &'a str,
    action: &'a str,
    form_token: &'a str,
    account: Option<Account<'a>>,
    username: &'a str,
    problem: Option<&'a str>,
}

/// Whom the user can go on as.
struct Account<'a> {
    name: &'a str,
    email: &'a str,
}

/// The page, for one request in one browser.
pub(crate) struct LoginPage<'a> {
    interaction: &'a Interaction,
    browser: BrowserId,
    languages: Languages,
    asked: Asked,
    signed_in: Option<SignedIn>,
}

impl<'a> LoginPage<'a> {
    pub(crate) fn new(
        app: &App,
        request: &Request,
        interaction: &'a Interaction,
        asked: Asked,
    ) -> Self {
        let browser = interaction.browser(app, request);
        let languages = interaction.languages(request);
        Self { interaction, browser, languages, asked, signed_in: None }
    }

    /// The same, on which the user can also go on as who they are.
    pub(crate) fn offering(self, signed_in: Option<SignedIn>) -> Self {
        Self { signed_in, ..self }
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
        let session_id = self.signed_in.as_ref().map(|signed_in| &signed_in.cookie.session_id);
        let content = LoginForm {
            client_name: Said::name(client, &self.languages),
            redirect_host: address.redirect_uri().host_for_people(),
            action: &self.interaction.at(PATH),
            form_token: &self.interaction.form_token(PATH, &self.browser, session_id),
            account: self.signed_in.as_ref().map(Account::of),
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

impl<'a> Account<'a> {
    fn of(signed_in: &'a SignedIn) -> Self {
        let claims = &signed_in.user.claims;
        let email = claims.email.as_deref().unwrap_or_default();
        Self { name: claims.name.as_deref().unwrap_or(email), email }
    }
}
