//! What a token is to be for, as a request says it: by `resource` (RFC 8707), or by Auth0's name for the same,
//! `audience`.

use super::{OAuthError, OAuthErrorCode, Parameters};
use std::str::FromStr;

/// How many resources a request may name.
const MAX_RESOURCES: usize = 5;

/// The ports that need not be written (RFC 3986 §6.2.3).
const DEFAULT_PORTS: [(&str, &str); 2] = [("https", ":443"), ("http", ":80")];

/// A `resource`, as written: an absolute URI without a fragment (RFC 8707 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceIndicator(String);

/// The text is not a [`ResourceIndicator`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("resource must be an absolute URI without a fragment")]
pub struct InvalidResource;

impl FromStr for ResourceIndicator {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, InvalidResource> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidResource)?;
        let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(is_of_scheme);
        // RFC 3986 §2: nothing else may stand in a URI.
        let is_of_uri = |byte: u8| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte);
        let is_uri = is_scheme && !rest.is_empty() && rest.bytes().all(is_of_uri);
        is_uri.then(|| Self(text.to_owned())).ok_or(InvalidResource)
    }
}

impl ResourceIndicator {
    /// The identifiers that it can mean, the likeliest first: as written; then with scheme and host in lower case and
    /// without a default port (RFC 3986 §6.2.2.1, §6.2.3), with and without the slash at the end, which clients add
    /// and leave out as they please.
    #[must_use]
    pub fn spellings(&self) -> Vec<String> {
        let normal = self.normal_form();
        // After a query a slash is part of it.
        let other = (!normal.contains('?')).then(|| match normal.strip_suffix('/') {
            Some(shorter) => shorter.to_owned(),
            None => format!("{normal}/"),
        });
        let mut spellings = vec![self.0.clone()];
        for spelling in [Some(normal), other].into_iter().flatten() {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
        spellings
    }

    fn normal_form(&self) -> String {
        let (scheme, rest) = self.0.split_once(':').unwrap_or_default();
        let scheme = scheme.to_ascii_lowercase();
        let Some(rest) = rest.strip_prefix("//") else { return format!("{scheme}:{rest}") };
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let mut authority = authority.to_ascii_lowercase();
        for (of_scheme, port) in DEFAULT_PORTS {
            if scheme == of_scheme && authority.ends_with(port) {
                authority.truncate(authority.len() - port.len());
            }
        }
        format!("{scheme}://{authority}{path}")
    }
}

/// One thing that a token is to be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudienceName {
    /// `audience`: an identifier, compared as it is.
    Exact(String),
    /// `resource`, compared as URIs are.
    Resource(ResourceIndicator),
}

impl AudienceName {
    /// The identifiers that it can mean, the likeliest first.
    #[must_use]
    pub fn spellings(&self) -> Vec<String> {
        match self {
            Self::Exact(identifier) => vec![identifier.clone()],
            Self::Resource(resource) => resource.spellings(),
        }
    }

    /// Whether it can mean `identifier`.
    #[must_use]
    pub fn means(&self, identifier: &str) -> bool {
        self.spellings().iter().any(|spelling| spelling == identifier)
    }
}

/// All that a token is to be for; nothing, where the request does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedAudiences(Vec<AudienceName>);

impl RequestedAudiences {
    /// What `parameters` name. Beside `audience`, a `resource` may only say the same.
    ///
    /// # Errors
    ///
    /// `invalid_target` (RFC 8707 §2).
    pub fn parse(parameters: &Parameters) -> Result<Self, OAuthError> {
        let resources = parameters.resources();
        if resources.len() > MAX_RESOURCES {
            return Err(invalid_target("resource is there more than 5 times"));
        }
        let parse = |text: &String| text.parse().map(AudienceName::Resource);
        let resources: Vec<_> =
            resources.iter().map(parse).collect::<Result<_, InvalidResource>>().map_err(|_| {
                invalid_target("resource must be an absolute URI without a fragment")
            })?;
        match parameters.get("audience") {
            None => Ok(Self(resources)),
            Some(audience) if resources.iter().all(|resource| resource.means(audience)) => {
                Ok(Self::exactly(audience))
            }
            Some(_) => Err(invalid_target("audience and resource must name the same API")),
        }
    }

    /// The API called `identifier`.
    #[must_use]
    pub fn exactly(identifier: &str) -> Self {
        Self(vec![AudienceName::Exact(identifier.to_owned())])
    }

    /// Each thing that it names.
    #[must_use]
    pub fn names(&self) -> &[AudienceName] {
        &self.0
    }

    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one thing that a token is to be for, if it is said: a token is for one API alone, so that none of them can
    /// use it at another.
    ///
    /// # Errors
    ///
    /// `invalid_target`, where there are several.
    pub fn at_most_one(&self) -> Result<Option<&AudienceName>, OAuthError> {
        match &self.0[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(invalid_target("an access token is for one API: name one resource")),
        }
    }
}

fn invalid_target(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidTarget, description)
}

#[cfg(test)]
#[path = "resource_tests.rs"]
mod tests;
