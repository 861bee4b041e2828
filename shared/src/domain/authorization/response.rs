//! Authorization responses on their way, whether they tell of success or of failure.

use crate::domain::Client;
use crate::oauth::{RedirectUri, ResponseMode, WebOrigin};
use url::form_urlencoded::Serializer;

/// A response that goes to a client. Without `Debug`, since it may hold codes and tokens.
pub enum AuthorizationResponse {
    /// The browser goes there (RFC 6749 §4.1.2, §4.2.2).
    Redirect(String),
    /// The browser posts a form there (OAuth 2.0 Form Post Response Mode §2).
    FormPost {
        /// Where.
        action: RedirectUri,
        /// What it holds.
        parameters: Vec<(String, String)>,
    },
    /// A page posts a message to the page that opened or framed it, if that is of this origin (OAuth 2.0 Web
    /// Message Response Mode).
    WebMessage {
        /// Who may read it.
        target_origin: WebOrigin,
        /// What it holds.
        parameters: Vec<(String, String)>,
    },
}

/// How responses get to a redirect URI.
#[derive(Clone, Debug)]
pub(super) enum Delivery {
    Query,
    Fragment,
    FormPost,
    WebMessage(WebOrigin),
}

impl Delivery {
    /// By `mode` to `redirect_uri` of `client`, if responses can get there so: no form reaches an
    /// application on a device, and messages go to origins that the client's owner has named.
    pub(super) fn by(
        mode: ResponseMode,
        client: &Client,
        redirect_uri: &RedirectUri,
    ) -> Option<Self> {
        match mode {
            ResponseMode::Query => Some(Self::Query),
            ResponseMode::Fragment => Some(Self::Fragment),
            ResponseMode::FormPost => (!redirect_uri.is_private_use()).then_some(Self::FormPost),
            ResponseMode::WebMessage => {
                let mut origins = client.owner_metadata.web_origins.iter();
                let own = origins.find(|origin| Some(origin.as_str()) == redirect_uri.origin());
                own.cloned().map(Self::WebMessage)
            }
        }
    }

    /// The mode that it is called by.
    pub(super) fn mode(&self) -> ResponseMode {
        match self {
            Self::Query => ResponseMode::Query,
            Self::Fragment => ResponseMode::Fragment,
            Self::FormPost => ResponseMode::FormPost,
            Self::WebMessage(_) => ResponseMode::WebMessage,
        }
    }

    /// The response with `parameters` to `redirect_uri`.
    pub(super) fn respond(
        &self,
        redirect_uri: &RedirectUri,
        parameters: Vec<(String, String)>,
    ) -> AuthorizationResponse {
        let redirect = |separator: char| {
            let encoded = Serializer::new(String::new()).extend_pairs(&parameters).finish();
            let uri = redirect_uri.as_str();
            AuthorizationResponse::Redirect(format!("{uri}{separator}{encoded}"))
        };
        match self {
            // A redirect URI has no fragment, and keeps the query it was registered with.
            Self::Fragment => redirect('#'),
            Self::Query if redirect_uri.as_str().contains('?') => redirect('&'),
            Self::Query => redirect('?'),
            Self::FormPost => {
                AuthorizationResponse::FormPost { action: redirect_uri.clone(), parameters }
            }
            Self::WebMessage(origin) => {
                AuthorizationResponse::WebMessage { target_origin: origin.clone(), parameters }
            }
        }
    }
}
