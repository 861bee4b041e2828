//! Pages that carry an authorization response to its client: a form that posts itself (OAuth 2.0 Form Post
//! Response Mode §2), a message to the page around it (OAuth 2.0 Web Message Response Mode).
//!
//! Values stand in attributes alone, and the scripts never change, so that a policy can name them by their hash.

use super::{Page, Width, hash};
use crate::{
    domain::AuthorizationResponse,
    http::{PagePolicy, Response, html, see_other},
    oauth::{OAuthError, RedirectUri, WebOrigin},
};
use askama::Template;
use lambda_http::http::StatusCode;

type Parameters = [(String, String)];

const FORM_POST: &str = include_str!("../../templates/form_post.js");
const WEB_MESSAGE: &str = include_str!("../../templates/web_message.js");

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    host: &'a str,
    action: &'a str,
    parameters: &'a Parameters,
}

#[derive(Template)]
#[template(path = "web_message.html")]
struct WebMessage<'a> {
    target_origin: &'a str,
    parameters: &'a Parameters,
    script: &'a str,
}

impl From<AuthorizationResponse> for Response {
    fn from(response: AuthorizationResponse) -> Self {
        let page = match response {
            AuthorizationResponse::Redirect(location) => return see_other(&location),
            AuthorizationResponse::FormPost { action, parameters } => {
                form_post(&action, &parameters)
            }
            AuthorizationResponse::WebMessage { target_origin, parameters } => {
                web_message(&target_origin, &parameters)
            }
        };
        page.unwrap_or_else(Into::into)
    }
}

fn form_post(action: &RedirectUri, parameters: &Parameters) -> Result<Response, OAuthError> {
    let content = FormPost { host: action.host_for_people(), action: action.as_str(), parameters };
    let page = Page {
        title: "One moment",
        tenant_name: "Cardea",
        width: Width::Narrow,
        form_targets: &[action.csp_source()],
    };
    page.render(StatusCode::OK, &content, Some(FORM_POST))
}

fn web_message(origin: &WebOrigin, parameters: &Parameters) -> Result<Response, OAuthError> {
    let content = WebMessage { target_origin: origin.as_str(), parameters, script: WEB_MESSAGE };
    let document = content.render().map_err(OAuthError::server_error)?;
    let script_hash = hash(WEB_MESSAGE);
    let policy = PagePolicy {
        script_hash: Some(&script_hash),
        frame_ancestor: Some(origin.as_str()),
        ..PagePolicy::default()
    };
    Ok(html(StatusCode::OK, document, &policy))
}
