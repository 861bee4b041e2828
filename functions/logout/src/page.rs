//! The pages: whether to sign out, and that it is done.

use crate::{PATH, rp_initiated::Logout};
use askama::Template;
use lambda_http::{Request, http::StatusCode};
use shared::{
    App,
    domain::{AuthorizationError, PostLogoutAddress, Tenant},
    http::Response,
    interaction::{BrowserId, Interaction},
    oauth::RedirectUri,
    pages::{Page, Width},
};

/// For a hint that proves nothing.
pub(crate) const BAD_HINT: &str = "The application sent something that is no ID Token of its own (id_token_hint), so \
                                   that you were not signed out.";

/// For an address that nobody registered.
pub(crate) const UNREGISTERED_ADDRESS: &str = "The address to send you to afterwards is not one that was registered for \
                                               that, so that you were not signed out.";

/// For a client that is not there.
pub(crate) const UNKNOWN_CLIENT: &str = "This application is not registered here (client_id is unknown), so that you were not signed out.";

/// For forms that are another site's beyond doubt.
pub(crate) const FOREIGN_FORM: &str = "Another site sent this form, so that nothing was done.";

/// For forms that could be another site's.
const NOT_OUR_FORM: &str =
    "This form could not be tied to your browser. Allow cookies for this site and try again.";

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmForm<'a> {
    host: Option<&'a str>,
    user_name: &'a str,
    user_email: &'a str,
    action: &'a str,
    form_token: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "done.html")]
struct Done<'a> {
    heading: &'a str,
    message: &'a str,
    link: Option<(String, &'a str)>,
}

/// The page that asks, for one request in one browser.
pub(crate) struct ConfirmPage<'a> {
    interaction: &'a Interaction,
    browser: BrowserId,
    problem: Option<&'static str>,
}

impl<'a> ConfirmPage<'a> {
    pub(crate) fn new(app: &App, request: &Request, interaction: &'a Interaction) -> Self {
        Self { interaction, browser: interaction.browser(app, request), problem: None }
    }

    /// The same after an answer that could not be taken.
    pub(crate) fn again(app: &App, request: &Request, interaction: &'a Interaction) -> Self {
        Self { problem: Some(NOT_OUR_FORM), ..Self::new(app, request, interaction) }
    }

    pub(crate) fn respond(self, logout: &Logout) -> Result<Response, AuthorizationError> {
        let signed_in = logout.found.signed_in.as_ref();
        let session_id = signed_in.map(|signed_in| &signed_in.cookie.session_id);
        let claims = signed_in.map(|signed_in| &signed_in.user.claims);
        let email = claims.and_then(|claims| claims.email.as_deref()).unwrap_or_default();
        let uri = logout.address.as_ref().map(PostLogoutAddress::uri);
        let content = ConfirmForm {
            host: uri.map(RedirectUri::host_for_people),
            user_name: claims.and_then(|claims| claims.name.as_deref()).unwrap_or(email),
            user_email: email,
            action: &self.interaction.at(PATH),
            form_token: &self.interaction.form_token(PATH, &self.browser, session_id),
            problem: self.problem,
        };
        let form_targets: Vec<_> = uri.iter().map(|uri| uri.csp_source()).collect();
        let page = Page {
            title: "Sign out",
            tenant_name: logout.found.tenant.name(),
            width: Width::Narrow,
            form_targets: &form_targets,
        };
        let status = if self.problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        let mut response = page.respond(status, &content)?;
        self.interaction.remember_browser(&mut response, &self.browser);
        Ok(response)
    }
}

/// The page after signing out, with a link to where the client wants the browser to go.
pub(crate) fn signed_out(
    tenant: &Tenant,
    address: Option<&PostLogoutAddress>,
) -> Result<Response, AuthorizationError> {
    let link = address.map(|address| (address.url(), address.uri().host_for_people()));
    let content = Done {
        heading: "You are signed out",
        message: "Nobody is signed in here in this browser.",
        link,
    };
    respond(tenant, &content)
}

/// The page for who does not want to sign out.
pub(crate) fn stayed(tenant: &Tenant) -> Result<Response, AuthorizationError> {
    let message = "Nothing was changed.";
    respond(tenant, &Done { heading: "You are still signed in", message, link: None })
}

fn respond(tenant: &Tenant, content: &Done<'_>) -> Result<Response, AuthorizationError> {
    let page = Page {
        title: content.heading,
        tenant_name: tenant.name(),
        width: Width::Narrow,
        form_targets: &[],
    };
    Ok(page.respond(StatusCode::OK, content)?)
}
