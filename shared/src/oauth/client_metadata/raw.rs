//! Client metadata as it arrives: members read one by one, so that an error can name the member
//! without quoting it.

use super::{
    RegistrationRules,
    human_text::{human_text, visible},
    unsupported::is_refused,
};
use crate::{
    jose::SignatureAlg,
    oauth::{JsonObject, OAuthError, OAuthErrorCode, RedirectUri, WebUri},
};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeMap};

/// How many elements a list may have.
const MAX_ELEMENTS: usize = 20;

/// How long a text without a rule of its own may be, in characters.
const MAX_TEXT: usize = 2_000;

/// How long a name may be, in characters.
const MAX_NAME: usize = 100;

/// The one member that people read and that is a text, where the others are URIs.
const NAME: &str = "client_name";

/// Members that people read, and which may come in several languages (RFC 7591 §2.2).
const HUMAN_READABLE: [&str; 5] = [NAME, "client_uri", "logo_uri", "policy_uri", "tos_uri"];

/// The body of a registration: an object, nothing in it checked.
pub struct RawClientMetadata(JsonObject);

type Read<T> = Result<T, OAuthError>;

impl RawClientMetadata {
    /// Reads the body of a registration request.
    ///
    /// # Errors
    ///
    /// `invalid_client_metadata`, when it is not a JSON object or has a member twice.
    pub fn parse(body: &[u8]) -> Read<Self> {
        let object = JsonObject::parse(body);
        object.map(Self).map_err(|why| refuse(why.to_string()))
    }

    /// Whether `member` is there.
    #[must_use]
    pub fn has(&self, member: &str) -> bool {
        self.0.get(member).is_some()
    }

    /// Whether `member` says something: what is empty or blank is as good as absent.
    #[must_use]
    pub fn says(&self, member: &str) -> bool {
        self.0.get(member).is_some_and(|value| match value {
            Value::String(text) => !text.trim().is_empty(),
            Value::Array(elements) => !elements.is_empty(),
            _ => true,
        })
    }

    /// Sets members, whatever they were, in every language: whoever has the say about `client_name` has it about
    /// `client_name#de` too (RFC 7591 §2.2).
    pub fn set_all(&mut self, members: &Map<String, Value>) {
        let is_decided = |tagged: &str| {
            tagged.split_once('#').is_some_and(|(member, _)| members.contains_key(member))
        };
        self.0.retain(|member| !is_decided(member));
        self.0.set_all(members);
    }

    /// Leaves out the members that are not named; but not those that are refused, because a client would rely on what
    /// they ask for.
    pub fn retain(&mut self, is_named: impl Fn(&str) -> bool) {
        self.0.retain(|member| is_named(member) || is_refused(member));
    }

    /// The statement about the client's software (RFC 7591 §2.3), not looked into.
    ///
    /// # Errors
    ///
    /// `invalid_software_statement`, when it is no text.
    pub fn software_statement(&self) -> Read<Option<String>> {
        let Some(value) = self.0.get("software_statement") else { return Ok(None) };
        value.as_str().map(|text| Some(text.to_owned())).ok_or_else(|| {
            let code = OAuthErrorCode::InvalidSoftwareStatement;
            OAuthError::new(code, "software_statement must be a string")
        })
    }

    /// A short text; empty counts as absent, as real clients mean it.
    ///
    /// # Errors
    ///
    /// `invalid_client_metadata`, when it is none.
    pub fn text(&self, member: &str) -> Read<Option<String>> {
        match self.0.get(member) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => read_text(member, text).map(Some),
            Some(_) => Err(refuse(format!("{member} must be a string"))),
        }
    }

    /// A list of short texts; empty counts as absent.
    pub(super) fn texts(&self, member: &str) -> Read<Option<Vec<String>>> {
        let Some(value) = self.0.get(member) else { return Ok(None) };
        let elements = value.as_array().filter(|elements| elements.len() <= MAX_ELEMENTS);
        let texts = elements.and_then(|elements| {
            elements
                .iter()
                .map(|element| element.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        });
        match texts {
            Some(texts) if texts.is_empty() => Ok(None),
            Some(texts) => Ok(Some(texts)),
            None => {
                Err(refuse(format!("{member} must be an array of at most {MAX_ELEMENTS} strings")))
            }
        }
    }

    /// A list of short texts that people read.
    pub(super) fn human_texts(&self, member: &str) -> Read<Vec<String>> {
        let checked = |text: &String| {
            let text = human_text(text, MAX_TEXT).and_then(visible);
            text.map_err(|why| refuse(format!("{member} {why}")))
        };
        self.texts(member)?.unwrap_or_default().iter().map(checked).collect()
    }

    /// A boolean, and nothing that merely looks like one.
    ///
    /// # Errors
    ///
    /// `invalid_client_metadata`, when it is none.
    pub fn boolean(&self, member: &str) -> Read<Option<bool>> {
        let Some(value) = self.0.get(member) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| refuse(format!("{member} must be true or false")))
    }

    pub(super) fn seconds(&self, member: &str) -> Read<Option<u64>> {
        let Some(value) = self.0.get(member) else { return Ok(None) };
        let seconds = value.as_u64().filter(|seconds| u32::try_from(*seconds).is_ok());
        seconds.map(Some).ok_or_else(|| refuse(format!("{member} must be a number of seconds")))
    }

    pub(super) fn web_uri(&self, member: &str) -> Read<Option<WebUri>> {
        let Some(text) = self.text(member)? else { return Ok(None) };
        text.parse().map(Some).map_err(|why| refuse(format!("{member} {why}")))
    }

    /// A URI that is reached over TLS.
    pub(super) fn https_uri(&self, member: &str) -> Read<Option<WebUri>> {
        match self.web_uri(member)? {
            Some(uri) if !uri.is_https() => Err(refuse(format!("{member} must use https"))),
            uri => Ok(uri),
        }
    }

    /// A URI that is fetched, where the tenant lets it be: over TLS, or for tests on this very machine.
    pub(super) fn fetched_uri(
        &self,
        member: &str,
        rules: &RegistrationRules,
    ) -> Read<Option<WebUri>> {
        match self.web_uri(member)? {
            Some(uri) if !uri.is_https() && !uri.is_loopback() => {
                Err(refuse(format!("{member} must use https")))
            }
            Some(_) if !rules.may_fetch => Err(refuse(format!(
                "{member} is not supported, since this tenant does not fetch clients' URIs"
            ))),
            uri => Ok(uri),
        }
    }

    pub(super) fn signature_alg(&self, member: &str) -> Read<Option<SignatureAlg>> {
        let Some(name) = self.text(member)? else { return Ok(None) };
        let alg = SignatureAlg::from_name(&name);
        alg.map(Some).ok_or_else(|| refuse(format!("{member} must be RS256, PS256 or ES256")))
    }

    /// What is no text, for whoever understands it.
    pub(super) fn value(&self, member: &str) -> Option<&Value> {
        self.0.get(member)
    }

    /// Redirect URIs; errors tell the position of the bad one.
    pub(super) fn redirect_uris(&self, member: &str) -> Read<Vec<RedirectUri>> {
        let uris = self.texts(member).map_err(|error| {
            OAuthError::new(OAuthErrorCode::InvalidRedirectUri, error.error_description)
        })?;
        let parse = |(index, uri): (usize, &String)| {
            uri.parse().map_err(|why| {
                let description = format!("{member}[{index}] {why}");
                OAuthError::new(OAuthErrorCode::InvalidRedirectUri, description)
            })
        };
        uris.unwrap_or_default().iter().enumerate().map(parse).collect()
    }

    /// The human-readable members with a language tag (RFC 7591 §2.2, BCP 47).
    pub(super) fn in_other_languages(&self) -> Read<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        for tagged in self.0.names() {
            let Some((member, tag)) = tagged.split_once('#') else { continue };
            if !HUMAN_READABLE.contains(&member) {
                continue;
            }
            if found.len() == MAX_ELEMENTS || !is_language_tag(tag) {
                let limit =
                    format!("{member} must have language tags of BCP 47, at most {MAX_ELEMENTS}");
                return Err(refuse(limit));
            }
            let Some(value) = self.0.get(tagged).filter(|value| *value != "") else { continue };
            let text =
                value.as_str().ok_or_else(|| refuse(format!("{member} must be a string")))?;
            if member != NAME && text.parse::<WebUri>().is_err() {
                return Err(refuse(format!(
                    "{member} must be an https or http URI in each language"
                )));
            }
            found.insert(tagged.to_owned(), read_text(member, text)?);
        }
        Ok(found)
    }
}

impl From<Map<String, Value>> for RawClientMetadata {
    fn from(members: Map<String, Value>) -> Self {
        Self(members.into())
    }
}

/// `text` as what `member` is.
fn read_text(member: &str, text: &str) -> Read<String> {
    let text = match member {
        NAME => human_text(text, MAX_NAME).and_then(visible),
        _ => human_text(text, MAX_TEXT),
    };
    text.map_err(|why| refuse(format!("{member} {why}")))
}

fn is_language_tag(tag: &str) -> bool {
    let is_subtag = |subtag: &str| {
        (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    tag.len() <= 35 && tag.split('-').all(is_subtag)
}

pub(super) fn refuse(description: impl Into<Cow<'static, str>>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description)
}
