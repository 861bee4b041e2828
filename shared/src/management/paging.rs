//! How much of a list a request asks for, by either of Auth0's two kinds of paging, and which members.

use super::ManagementError;
use crate::oauth::Parameters;
use serde_json::Value;

/// How many items there are on a page of which the request does not say it.
const DEFAULT: usize = 50;

/// The most items on a page.
const MAX: usize = 100;

/// The parameters that [`Paging::parse`] reads.
pub(super) const PARAMETERS: [&str; 7] =
    ["page", "per_page", "include_totals", "from", "take", "fields", "include_fields"];

/// The part of a list that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Which items it asks for.
    pub part: Part,
    /// The members that it asks for.
    pub fields: Fields,
}

/// Which items of a list a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The items from `start` on, counted from 0.
    Offset {
        /// The first.
        start: usize,
        /// How many at most.
        most: usize,
        /// Whether to tell how many there are.
        include_totals: bool,
    },
    /// The items behind a cursor.
    Checkpoint {
        /// The cursor; from the beginning, when absent.
        from: Option<String>,
        /// How many at most.
        most: usize,
    },
}

impl Paging {
    /// How far offsets reach.
    pub const REACH: usize = 1_000;

    /// Reads `page`, `per_page` and `include_totals`, or `from` and `take`; and `fields` and `include_fields`.
    ///
    /// # Errors
    ///
    /// 400 `invalid_query_string`: for values that are none, both kinds of paging at once, or a page beyond the first
    /// thousand items.
    pub fn parse(parameters: &Parameters) -> Result<Self, ManagementError> {
        let has = |names: &[&str]| names.iter().any(|name| parameters.get(name).is_some());
        let is_checkpoint = has(&["from", "take"]);
        if is_checkpoint && has(&["page", "per_page", "include_totals"]) {
            let why = "from and take cannot be combined with page, per_page and include_totals";
            return Err(ManagementError::invalid_query_string(why));
        }
        let part =
            if is_checkpoint { Part::checkpoint(parameters)? } else { Part::offset(parameters)? };
        Ok(Self { part, fields: Fields::parse(parameters)? })
    }
}

impl Part {
    fn checkpoint(parameters: &Parameters) -> Result<Self, ManagementError> {
        let from = parameters.get("from").map(str::to_owned);
        let most = number(parameters, "take", 1..=MAX)?.unwrap_or(DEFAULT);
        Ok(Self::Checkpoint { from, most })
    }

    fn offset(parameters: &Parameters) -> Result<Self, ManagementError> {
        let page = number(parameters, "page", 0..=usize::MAX)?.unwrap_or_default();
        let most = number(parameters, "per_page", 1..=MAX)?.unwrap_or(DEFAULT);
        let include_totals = boolean(parameters, "include_totals")?.unwrap_or_default();
        let start = page.saturating_mul(most);
        if start >= Paging::REACH {
            let why = "page reaches the first 1000 items only; from and take go further";
            return Err(ManagementError::invalid_query_string(why));
        }
        Ok(Self::Offset { start, most: most.min(Paging::REACH - start), include_totals })
    }
}

/// Which members of each item a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    names: Option<Vec<String>>,
    are_included: bool,
}

impl Fields {
    /// Reads `fields`, names separated by commas, and `include_fields`, which says whether these are asked for or all
    /// others.
    ///
    /// # Errors
    ///
    /// 400 `invalid_query_string`.
    pub fn parse(parameters: &Parameters) -> Result<Self, ManagementError> {
        let are_included = boolean(parameters, "include_fields")?.unwrap_or(true);
        let is_name = |name: &str| {
            let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !name.is_empty() && name.bytes().all(is_of_one)
        };
        let names = parameters.get("fields").map(|fields| fields.split(',').map(str::trim));
        if names.clone().is_some_and(|mut names| !names.all(is_name)) {
            let why = "fields must be names separated by commas";
            return Err(ManagementError::invalid_query_string(why));
        }
        let names = names.map(|names| names.map(str::to_owned).collect());
        Ok(Self { names, are_included })
    }

    /// `item` with the members that are asked for.
    #[must_use]
    pub fn of(&self, mut item: Value) -> Value {
        if let (Some(names), Value::Object(members)) = (&self.names, &mut item) {
            members.retain(|name, _| names.contains(name) == self.are_included);
        }
        item
    }
}

/// A parameter that is `true` or `false`.
///
/// # Errors
///
/// 400 `invalid_query_string`.
pub fn boolean(
    parameters: &Parameters,
    name: &'static str,
) -> Result<Option<bool>, ManagementError> {
    match parameters.get(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => {
            Err(ManagementError::invalid_query_string(&format!("{name} must be true or false")))
        }
    }
}

fn number(
    parameters: &Parameters,
    name: &'static str,
    range: std::ops::RangeInclusive<usize>,
) -> Result<Option<usize>, ManagementError> {
    let Some(text) = parameters.get(name) else { return Ok(None) };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| is_plain && range.contains(number));
    let (least, most) = range.into_inner();
    number.map(Some).ok_or_else(|| {
        let to = if most == usize::MAX { String::new() } else { format!(" to {most}") };
        let why = format!("{name} must be a whole number from {least}{to}");
        ManagementError::invalid_query_string(&why)
    })
}

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
