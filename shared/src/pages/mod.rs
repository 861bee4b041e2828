//! Pages: the document around every one of them, the error page, and those that carry a response to its client.
//! Functions bring the content of the others.

mod authorization_response;

use crate::{
    http::{PagePolicy, Response, html},
    oauth::{OAuthError, OAuthErrorCode},
};
use askama::Template;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::http::StatusCode;
use std::sync::LazyLock;

/// The one style sheet.
const STYLE: &str = include_str!("../../templates/style.css");

/// What lets the style sheet, and nothing else, be used (CSP Level 3 §2.3.1).
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));

/// The SHA-256 of what stands inside an element, as a policy names it.
fn hash(text: &str) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// How wide a page's content may get.
#[derive(Clone, Copy, Debug)]
pub enum Width {
    /// A card: one thing to read or fill in.
    Narrow,
    /// A document.
    Wide,
}

/// A page, before its content.
#[derive(Debug)]
pub struct Page<'a> {
    /// What the browser calls it.
    pub title: &'a str,
    /// Whose page it is.
    pub tenant_name: &'a str,
    /// How wide it may get.
    pub width: Width,
    /// The sources, besides our own, that its form may lead to.
    pub form_targets: &'a [String],
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    title: &'a str,
    style: &'a str,
    tenant_name: &'a str,
    body_class: &'a str,
    content: &'a str,
    script: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorContent<'a> {
    heading: &'a str,
    message: &'a str,
    code: &'a str,
}

impl Page<'_> {
    /// The page with `content` in it.
    ///
    /// # Errors
    ///
    /// When a template can't be rendered, which writing to a string does not lead to.
    pub fn respond<T: Template>(
        &self,
        status: StatusCode,
        content: &T,
    ) -> Result<Response, OAuthError> {
        self.render(status, content, None)
    }

    /// The page, with a script that runs once it is there: every page does without as well.
    fn render<T: Template>(
        &self,
        status: StatusCode,
        content: &T,
        script: Option<&str>,
    ) -> Result<Response, OAuthError> {
        let content = content.render().map_err(OAuthError::server_error)?;
        let layout = Layout {
            title: self.title,
            style: STYLE,
            tenant_name: self.tenant_name,
            body_class: match self.width {
                Width::Narrow => "narrow",
                Width::Wide => "wide",
            },
            content: &content,
            script,
        };
        let document = layout.render().map_err(OAuthError::server_error)?;
        let script_hash = script.map(hash);
        let policy = PagePolicy {
            style_hash: Some(&STYLE_HASH),
            script_hash: script_hash.as_deref(),
            form_targets: self.form_targets,
            frame_ancestor: None,
        };
        Ok(html(status, document, &policy))
    }
}

/// The page for an error that the user is told, and not the client.
#[must_use]
pub fn error(status: StatusCode, error: &OAuthError) -> Response {
    let content = ErrorContent {
        heading: match error.error {
            OAuthErrorCode::TemporarilyUnavailable => "Please try again in a moment",
            OAuthErrorCode::TooManyRequests => "Too many attempts",
            _ => "This did not work",
        },
        message: &error.error_description,
        code: error.error.as_str(),
    };
    let page =
        Page { title: "Error", tenant_name: "Cardea", width: Width::Narrow, form_targets: &[] };
    page.respond(status, &content).unwrap_or_else(Into::into)
}
