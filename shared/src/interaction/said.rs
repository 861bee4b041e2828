//! What a client says of itself, in a language that its user reads.

use super::Interaction;
use crate::{
    domain::Client,
    oauth::{ClientMetadata, WebUri},
    oidc::Languages,
};
use lambda_http::{Request, http::header};

/// A text, and the language that the client says it is in, if it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    /// The text.
    pub text: &'a str,
    /// Its language tag (BCP 47).
    pub language: Option<&'a str>,
}

impl Interaction {
    /// The languages that the user reads: as the request says (`ui_locales`), and after that as the browser does.
    #[must_use]
    pub fn languages(&self, request: &Request) -> Languages {
        let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok());
        Languages::of(self.parameters.get("ui_locales"), accepted)
    }
}

impl<'a> Said<'a> {
    /// What `client` calls itself.
    #[must_use]
    pub fn name(client: &'a Client, languages: &Languages) -> Option<Self> {
        let metadata = client.metadata.as_ref()?;
        Self::find(metadata, "client_name", metadata.client_name.as_deref(), languages)
    }

    /// The address that `metadata` registered as `member`. Its host is all that a person should judge it by.
    #[must_use]
    pub fn uri(
        metadata: &'a ClientMetadata,
        member: &str,
        untagged: Option<&'a WebUri>,
        languages: &Languages,
    ) -> Option<WebUri> {
        let found = Self::find(metadata, member, untagged.map(WebUri::as_str), languages)?;
        found.text.parse().ok()
    }

    /// The text of `member` in the first language that there is one in, or else the one that says no language.
    fn find(
        metadata: &'a ClientMetadata,
        member: &str,
        untagged: Option<&'a str>,
        languages: &Languages,
    ) -> Option<Self> {
        let tagged = metadata.in_other_languages.iter().filter_map(|(name, text)| {
            let tag = name.strip_prefix(member)?.strip_prefix('#')?;
            Some(Self { text, language: Some(tag) })
        });
        let tagged: Vec<_> = tagged.collect();
        let tags: Vec<_> = tagged.iter().filter_map(|said| said.language).collect();
        let language = languages.lookup(&tags);
        let wanted =
            tagged.into_iter().find(|said| language.is_some() && said.language == language);
        wanted.or_else(|| untagged.map(|text| Self { text, language: None }))
    }
}
