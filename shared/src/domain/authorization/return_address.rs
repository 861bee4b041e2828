//! Where authorization responses go.

use super::response::{AuthorizationResponse, Delivery};
use crate::{
    domain::{Client, Issuer},
    oauth::{OAuthError, OAuthErrorCode, Parameters, RedirectUri, ResponseMode},
    oidc::Prompt,
};
use std::borrow::Cow;

/// Where the response goes: a redirect URI that the client registered, and how parameters get there.
///
/// Only [`ReturnAddress::resolve`] makes one, so nothing can be sent to an unregistered URI, and
/// success and failure leave by the same door.
#[derive(Clone, Debug)]
pub struct ReturnAddress {
    redirect_uri: RedirectUri,
    delivery: Delivery,
    state: Option<String>,
    issuer: String,
    keeps_errors: bool,
}

/// Why a request to the authorization endpoint failed, and who is told.
#[derive(Debug)]
pub enum AuthorizationError {
    /// The user, on a page of ours: the client or the redirect URI is in doubt, or the client's mode
    /// keeps errors here (RFC 6749 §4.1.2.1).
    Page(OAuthError),
    /// The client, by the way that its response would have taken.
    Redirect(Box<ReturnAddress>, OAuthError),
}

impl AuthorizationError {
    /// An error that is shown to the user.
    pub fn page(code: OAuthErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Page(OAuthError::new(code, message))
    }
}

impl ReturnAddress {
    /// The address that `parameters` name, if `client` registered it.
    ///
    /// # Errors
    ///
    /// [`AuthorizationError::Page`], because there is no address to send an error to.
    pub fn resolve(
        issuer: &Issuer,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Self, AuthorizationError> {
        let refuse = |why| AuthorizationError::page(OAuthErrorCode::InvalidRequest, why);
        let requested = parameters.get("redirect_uri").ok_or_else(|| {
            refuse(
                "The application did not say where to send you back to (redirect_uri is missing).",
            )
        })?;
        let requested: Option<RedirectUri> = requested.parse().ok();
        let registered = client.metadata.iter().flat_map(|metadata| &metadata.redirect_uris);
        let redirect_uri = requested
            .filter(|requested| registered.into_iter().any(|uri| uri.admits(requested)))
            .ok_or_else(|| {
                refuse("The address to send you back to is not one that the application registered (redirect_uri).")
            })?;
        let response_type = parameters.get("response_type");
        let by = |response_mode| {
            let mode = ResponseMode::for_any(response_type, response_mode);
            Delivery::by(mode, client, &redirect_uri)
        };
        // What can't get there as asked for is an error, and gets there by default.
        let delivery = by(parameters.get("response_mode")).or_else(|| by(None));
        Ok(Self {
            delivery: delivery.unwrap_or(Delivery::Fragment),
            redirect_uri,
            state: parameters.get("state").map(str::to_owned),
            issuer: issuer.to_string(),
            // A silent request has no user to show a page to (OpenID Connect Core §3.1.2.1).
            keeps_errors: client.third_party_security_mode.keeps_errors()
                && !Prompt::parse(parameters.get("prompt")).is_ok_and(|prompt| prompt.none),
        })
    }

    /// The redirect URI of the request.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// How responses get there: as the request asks for it, where that can be.
    #[must_use]
    pub fn response_mode(&self) -> ResponseMode {
        self.delivery.mode()
    }

    /// The error that tells the client `code`; the only way to fail once there is an address.
    #[must_use]
    pub fn refuse(
        self,
        code: OAuthErrorCode,
        description: impl Into<Cow<'static, str>>,
    ) -> AuthorizationError {
        self.refuse_with(OAuthError::new(code, description))
    }

    /// [`ReturnAddress::refuse`] with an error that is there already.
    #[must_use]
    pub fn refuse_with(self, error: OAuthError) -> AuthorizationError {
        if self.keeps_errors {
            return AuthorizationError::Page(error);
        }
        AuthorizationError::Redirect(Box::new(self), error)
    }

    /// The response with `parameters`, the client's own `state`, and who answers (RFC 9207 §2).
    #[must_use]
    pub fn respond(&self, parameters: &[(&str, &str)]) -> AuthorizationResponse {
        let state = self.state.iter().map(|state| ("state", state.as_str()));
        let all = parameters.iter().copied().chain(state).chain([("iss", self.issuer.as_str())]);
        let all = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.delivery.respond(&self.redirect_uri, all)
    }
}
