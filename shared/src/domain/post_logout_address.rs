//! Where the browser goes after signing out.

use super::{Client, Tenant};
use crate::oauth::RedirectUri;
use url::form_urlencoded::Serializer;

/// A URI that a client, or the tenant's owner, registered for browsers to go to after signing out, and how to put
/// `state` on it.
///
/// Only these functions make one, so that nobody can be sent to an unregistered URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostLogoutAddress {
    uri: RedirectUri,
    state: Option<String>,
}

impl PostLogoutAddress {
    /// The address that `client` registered as `post_logout_redirect_uris`, byte for byte (RP-Initiated Logout §3).
    #[must_use]
    pub fn of_client(client: &Client, requested: &str, state: Option<&str>) -> Option<Self> {
        Self::among(registered(client), requested, state)
    }

    /// The first address that `client` registered.
    #[must_use]
    pub fn first_of_client(client: &Client) -> Option<Self> {
        let uri = registered(client).first()?.clone();
        Some(Self { uri, state: None })
    }

    /// The address that the tenant's owner set as one of `allowed_logout_urls`, for requests that name no client.
    #[must_use]
    pub fn of_tenant(tenant: &Tenant, requested: &str) -> Option<Self> {
        Self::among(&tenant.allowed_logout_urls, requested, None)
    }

    fn among(registered: &[RedirectUri], requested: &str, state: Option<&str>) -> Option<Self> {
        let uri = registered.iter().find(|uri| uri.as_str() == requested)?.clone();
        Some(Self { uri, state: state.map(str::to_owned) })
    }

    /// The registered URI.
    #[must_use]
    pub fn uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// The URI with the client's own `state` on it (RP-Initiated Logout §3), and nothing else.
    #[must_use]
    pub fn url(&self) -> String {
        let uri = self.uri.as_str();
        let Some(state) = &self.state else { return uri.to_owned() };
        let state = Serializer::new(String::new()).append_pair("state", state).finish();
        let separator = if uri.contains('?') { '&' } else { '?' };
        format!("{uri}{separator}{state}")
    }
}

fn registered(client: &Client) -> &[RedirectUri] {
    let metadata = client.metadata.as_ref();
    metadata.map(|metadata| &*metadata.logout.post_logout_redirect_uris).unwrap_or_default()
}
