//! The consent page: first what was checked, the host that will be answered; then what the client says
//! of itself, marked as such.

use crate::{
    PATH,
    permissions::{Permission, permissions},
};
use askama::Template;
use lambda_http::{Request, http::StatusCode};
use shared::{
    App,
    clock::Timestamp,
    domain::{AuthorizationError, AuthorizationRequest, SessionCookie},
    http::Response,
    interaction::{BrowserId, Interaction, Loaded, Said},
    oauth::{ClientMetadata, OAuthError, WebUri},
    oidc::Languages,
    pages::{Page, Width},
};
use time::{OffsetDateTime, macros::format_description};

/// For forms that are another site's beyond doubt.
pub(crate) const FOREIGN_FORM: &str = "Another site sent this form, so that nothing was agreed to. Go back to the application and start again.";

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentForm<'a> {
    client_name: Option<Said<'a>>,
    registered_on: String,
    redirect_host: &'a str,
    is_on_this_device: bool,
    user_name: &'a str,
    user_email: &'a str,
    audience_names: Vec<&'a str>,
    permissions: Vec<Permission>,
    client_uri: Option<WebUri>,
    policy_uri: Option<WebUri>,
    tos_uri: Option<WebUri>,
    action: String,
    form_token: String,
}

/// The page, for one request in one browser and session.
pub(crate) struct ConsentPage<'a> {
    interaction: &'a Interaction,
    browser: BrowserId,
    languages: Languages,
    form_token: String,
}

impl<'a> ConsentPage<'a> {
    pub(crate) fn new(
        app: &App,
        request: &Request,
        interaction: &'a Interaction,
        cookie: &SessionCookie,
    ) -> Self {
        let browser = interaction.browser(app, request);
        let form_token = interaction.form_token(PATH, &browser, Some(&cookie.session_id));
        let languages = interaction.languages(request);
        Self { interaction, browser, languages, form_token }
    }

    pub(crate) fn respond(
        self,
        status: StatusCode,
        loaded: &Loaded,
        authorization: &AuthorizationRequest,
    ) -> Result<Response, AuthorizationError> {
        let redirect_uri = authorization.return_address.redirect_uri();
        let claims = loaded.user.as_ref().map(|user| &user.claims);
        let metadata = loaded.client.metadata.as_ref();
        let uri = |member, uri: fn(&ClientMetadata) -> Option<&WebUri>| {
            metadata.and_then(|it| Said::uri(it, member, uri(it), &self.languages))
        };
        let email = claims.and_then(|claims| claims.email.as_deref()).unwrap_or_default();
        let content = ConsentForm {
            client_name: Said::name(&loaded.client, &self.languages),
            registered_on: date(loaded.client.client_id_issued_at)?,
            redirect_host: redirect_uri.host_for_people(),
            is_on_this_device: redirect_uri.is_loopback() || redirect_uri.is_private_use(),
            user_name: claims.and_then(|claims| claims.name.as_deref()).unwrap_or(email),
            user_email: email,
            audience_names: authorization.target.names().collect(),
            permissions: permissions(authorization, &loaded.tenant),
            client_uri: uri("client_uri", |it| it.client_uri.as_ref()),
            policy_uri: uri("policy_uri", |it| it.policy_uri.as_ref()),
            tos_uri: uri("tos_uri", |it| it.tos_uri.as_ref()),
            action: self.interaction.at(PATH),
            form_token: self.form_token,
        };
        let page = Page {
            title: "Allow access",
            tenant_name: loaded.tenant.name(),
            width: Width::Narrow,
            form_targets: &[redirect_uri.csp_source()],
        };
        let mut response = page.respond(status, &content)?;
        self.interaction.remember_browser(&mut response, &self.browser);
        Ok(response)
    }
}

/// The day, such as `3 November 2026`.
fn date(at: Timestamp) -> Result<String, OAuthError> {
    let format = format_description!("[day padding:none] [month repr:long] [year]");
    let date = OffsetDateTime::from_unix_timestamp(at.0).map_err(OAuthError::server_error)?;
    date.format(&format).map_err(OAuthError::server_error)
}
