//! Changes of a policy, as its tenant's owner sends them.

use super::RegistrationPolicy;
use crate::{
    domain::SecurityMode,
    oauth::{GrantType, ResponseType, SoftwareStatementIssuer},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::{fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};

const ADMISSIONS: &str = "open, initial_access_token or software_statement";
const MANAGEMENTS: &str = "none, read or full";

/// How many elements a list may have: the tenant is read as a whole with every request.
const MAX_ELEMENTS: usize = 100;

/// How many patterns of names a tenant may refuse: each is compared with every name.
const MAX_PATTERNS: usize = 50;

/// How many issuers of software statements a tenant may trust: each brings its keys.
const MAX_ISSUERS: usize = 10;

/// How long a name may be, in characters; registration accepts none that is longer.
const NAME_LENGTHS: RangeInclusive<u64> = 1..=100;

/// How many registrations a limit may allow in a minute.
const RATES: RangeInclusive<u64> = 1..=30_000;

/// How many clients a limit may allow.
const CLIENTS: RangeInclusive<u64> = 1..=100_000_000;

/// How long an unused client may be kept, in seconds: up to a year, or for ever, which is 0.
const LIFETIMES: RangeInclusive<u64> = 0..=365 * 24 * 60 * 60;

/// How long a rotated secret may stay good, in seconds: up to thirty days.
const OVERLAPS: RangeInclusive<u64> = 0..=30 * 24 * 60 * 60;

/// Why a policy can't be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRegistrationPolicy {
    /// There is no such member. Its name is the request's.
    #[error("has a member that does not exist")]
    UnknownMember(String),
    /// A member is not what it should be, or does not go with the others: its name, and what it should
    /// be.
    #[error("{0}")]
    Member(String),
}

impl RegistrationPolicy {
    /// The names of its members.
    pub const MEMBERS: [&str; 22] = [
        "admission",
        "allow_fetching",
        "allowed_grant_types",
        "allowed_ip_ranges",
        "allowed_redirect_hosts",
        "allowed_redirect_schemes",
        "allowed_response_types",
        "allowed_scopes",
        "client_name_max_length",
        "client_name_may_resemble_tenant",
        "client_name_refused_patterns",
        "client_registration_management",
        "client_secret_overlap",
        "deduplicate_public_clients",
        "default_scopes",
        "refused_ip_ranges",
        "registrations_per_source",
        "registrations_per_tenant",
        "required_members",
        "software_statement_issuers",
        "unused_client_lifetime",
        "unused_clients",
    ];

    /// Sets the members that `change` names, and no others; `null` sets one to its default (as in
    /// RFC 7396). All of them or none.
    ///
    /// # Errors
    ///
    /// [`InvalidRegistrationPolicy`], also when the members do not go together afterwards.
    pub fn change(&mut self, change: &Map<String, Value>) -> Result<(), InvalidRegistrationPolicy> {
        let defaults = serde_json::to_value(Self::default()).unwrap_or_default();
        let mut changed = self.clone();
        for (name, value) in change {
            let Some(member) = Self::MEMBERS.into_iter().find(|member| *member == name) else {
                return Err(InvalidRegistrationPolicy::UnknownMember(name.clone()));
            };
            let default = defaults.get(member).filter(|_| value.is_null());
            changed.set(member, default.unwrap_or(value)).map_err(|why| invalid(member, &why))?;
        }
        changed.check_scopes()?;
        *self = changed;
        Ok(())
    }

    fn set(&mut self, member: &str, value: &Value) -> Result<(), String> {
        match member {
            "admission" => self.admission = one_of(value, ADMISSIONS)?,
            "client_registration_management" => {
                self.client_registration_management = one_of(value, MANAGEMENTS)?;
            }
            "allowed_redirect_hosts" => self.allowed_redirect_hosts = at_least_one(value)?,
            "allowed_redirect_schemes" => self.allowed_redirect_schemes = at_least_one(value)?,
            "allowed_scopes" => self.allowed_scopes = at_least_one(value)?,
            "default_scopes" => self.default_scopes = at_least_one(value)?,
            "allowed_grant_types" => self.allowed_grant_types = grant_types(value)?,
            "allowed_response_types" => self.allowed_response_types = at_least_one(value)?,
            "client_name_max_length" => {
                self.client_name_max_length = number(value, NAME_LENGTHS)?;
            }
            "client_name_refused_patterns" => {
                self.client_name_refused_patterns = list(value, MAX_PATTERNS)?;
            }
            "client_name_may_resemble_tenant" => {
                self.client_name_may_resemble_tenant = boolean(value)?;
            }
            "required_members" => self.required_members = list(value, MAX_ELEMENTS)?,
            "allowed_ip_ranges" => self.allowed_ip_ranges = at_least_one(value)?,
            "refused_ip_ranges" => self.refused_ip_ranges = list(value, MAX_ELEMENTS)?,
            "allow_fetching" => self.allow_fetching = boolean(value)?,
            "software_statement_issuers" => self.software_statement_issuers = issuers(value)?,
            _ => self.set_limit(member, value)?,
        }
        Ok(())
    }

    fn set_limit(&mut self, member: &str, value: &Value) -> Result<(), String> {
        match member {
            "registrations_per_source" => self.registrations_per_source = number(value, RATES)?,
            "registrations_per_tenant" => self.registrations_per_tenant = number(value, RATES)?,
            "unused_clients" => self.unused_clients = number(value, CLIENTS)?,
            "unused_client_lifetime" => {
                let seconds = number(value, LIFETIMES)?;
                self.unused_client_lifetime = (seconds > 0).then(|| Duration::from_secs(seconds));
            }
            "deduplicate_public_clients" => self.deduplicate_public_clients = boolean(value)?,
            "client_secret_overlap" => {
                self.client_secret_overlap = Duration::from_secs(number(value, OVERLAPS)?);
            }
            _ => return Err("does not exist".to_owned()),
        }
        Ok(())
    }

    fn check_scopes(&self) -> Result<(), InvalidRegistrationPolicy> {
        let (Some(allowed), Some(defaults)) = (&self.allowed_scopes, &self.default_scopes) else {
            return Ok(());
        };
        let are_allowed = defaults.iter().all(|scope| allowed.contains(scope));
        let why = || invalid("default_scopes", "must be among allowed_scopes");
        are_allowed.then_some(()).ok_or_else(why)
    }

    /// Whether the grant and response types that it allows are there in `mode`.
    ///
    /// # Errors
    ///
    /// [`InvalidRegistrationPolicy`], naming the member.
    pub fn check_mode(&self, mode: SecurityMode) -> Result<(), InvalidRegistrationPolicy> {
        let of_mode = mode.registration_rules();
        let is_given = |grant: &GrantType| of_mode.grant_types.contains(grant);
        if !self.allowed_grant_types.iter().flatten().all(is_given) {
            let why = "must be grant types of dynamic_client_registration_security_mode";
            return Err(invalid("allowed_grant_types", why));
        }
        let is_served = |response: &ResponseType| {
            response.grant_types().iter().all(|grant| is_given(grant) && self.allows_grant(*grant))
        };
        if !self.allowed_response_types.iter().flatten().all(is_served) {
            let why = "must be response types of the allowed grant types";
            return Err(invalid("allowed_response_types", why));
        }
        if !ResponseType::ALL.iter().any(is_served) {
            let why = "must have authorization_code or implicit";
            return Err(invalid("allowed_grant_types", why));
        }
        Ok(())
    }
}

fn one_of<T: DeserializeOwned>(value: &Value, names: &str) -> Result<T, String> {
    let name = value.as_str().unwrap_or_default();
    serde_json::from_value(name.into()).map_err(|_| format!("must be {names}"))
}

/// Strictly a boolean: a text that looks like one must not open the door.
fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

fn number<T: TryFrom<u64>>(value: &Value, range: RangeInclusive<u64>) -> Result<T, String> {
    let number = value.as_u64().filter(|number| range.contains(number));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
}

/// A list of what is read from texts; `null` is an empty one.
fn list<T>(value: &Value, most: usize) -> Result<Vec<T>, String>
where
    T: FromStr<Err: Display>,
{
    let element = |(index, element): (usize, &Value)| {
        let text = element.as_str().ok_or_else(|| format!("[{index}] must be a string"))?;
        text.parse().map_err(|why| format!("[{index}] {why}"))
    };
    elements(value, most)?.iter().enumerate().map(element).collect()
}

fn elements(value: &Value, most: usize) -> Result<&[Value], String> {
    let elements =
        if value.is_null() { Some(&[][..]) } else { value.as_array().map(Vec::as_slice) };
    let elements = elements.filter(|elements| elements.len() <= most);
    elements.ok_or_else(|| format!("must be an array of at most {most} elements"))
}

/// A list of which everything else is excluded, if there is one. Whether an empty one would exclude
/// nothing or everything, people guess wrongly.
fn at_least_one<T>(value: &Value) -> Result<Option<Vec<T>>, String>
where
    T: FromStr<Err: Display>,
{
    match list(value, MAX_ELEMENTS)? {
        _ if value.is_null() => Ok(None),
        empty if empty.is_empty() => Err("must not be empty; null allows any".to_owned()),
        elements => Ok(Some(elements)),
    }
}

fn grant_types(value: &Value) -> Result<Option<Vec<GrantType>>, String> {
    let Some(names) = at_least_one::<String>(value)? else { return Ok(None) };
    let known = names.iter().map(|name| GrantType::from_name(name)).collect::<Option<_>>();
    known.map(Some).ok_or_else(|| "must be an array of grant types".to_owned())
}

fn issuers(value: &Value) -> Result<Vec<SoftwareStatementIssuer>, String> {
    let issuer = |(index, value): (usize, &Value)| {
        SoftwareStatementIssuer::parse(value).map_err(|why| format!("[{index}] {why}"))
    };
    let issuers: Vec<_> =
        elements(value, MAX_ISSUERS)?.iter().enumerate().map(issuer).collect::<Result<_, _>>()?;
    let is_repeated = |(index, one): (usize, &SoftwareStatementIssuer)| {
        issuers[..index].iter().any(|other| other.issuer() == one.issuer())
    };
    if issuers.iter().enumerate().any(is_repeated) {
        return Err("must not have an issuer twice".to_owned());
    }
    Ok(issuers)
}

/// `why` starts with the position where one element of a list is wrong.
fn invalid(member: &'static str, why: &str) -> InvalidRegistrationPolicy {
    let space = if why.starts_with('[') { "" } else { " " };
    InvalidRegistrationPolicy::Member(format!("{member}{space}{why}"))
}
