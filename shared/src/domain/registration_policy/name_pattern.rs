//! Patterns of names that a tenant refuses.

use super::NameSkeleton;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The longest pattern, in characters.
const MAX_LENGTH: usize = 100;

/// A name, or a glob of names: `*` stands for anything, also for nothing; everything else for itself and
/// for what looks like it ([`NameSkeleton`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NamePattern(String);

/// A text is not a [`NamePattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a name of at most {MAX_LENGTH} characters with a letter or a digit, in which * stands for anything"
)]
pub struct InvalidNamePattern;

impl NamePattern {
    /// Whether a name with this skeleton is one that it stands for, wherever the name has its spaces.
    #[must_use]
    pub fn matches(&self, name: &NameSkeleton) -> bool {
        let name = name.joined();
        let mut parts = self.0.split('*').map(|part| NameSkeleton::of(part).joined());
        let first = parts.next().unwrap_or_default();
        let Some(mut left) = name.strip_prefix(&first) else { return false };
        let rest: Vec<_> = parts.collect();
        let Some((last, between)) = rest.split_last() else { return left.is_empty() };
        // The earliest place is as good as any later one: what follows has the most room.
        for part in between {
            let Some((_, after)) = left.split_once(part.as_str()) else { return false };
            left = after;
        }
        left.ends_with(last)
    }
}

impl FromStr for NamePattern {
    type Err = InvalidNamePattern;

    /// A pattern without a letter would refuse every name.
    fn from_str(text: &str) -> Result<Self, InvalidNamePattern> {
        let is_one = text.chars().count() <= MAX_LENGTH
            && !text.chars().any(char::is_control)
            && !NameSkeleton::of(text).is_empty();
        is_one.then(|| Self(text.to_owned())).ok_or(InvalidNamePattern)
    }
}

impl TryFrom<String> for NamePattern {
    type Error = InvalidNamePattern;

    fn try_from(text: String) -> Result<Self, InvalidNamePattern> {
        text.parse()
    }
}

impl From<NamePattern> for String {
    fn from(pattern: NamePattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
#[path = "name_pattern_tests.rs"]
mod tests;
