//! JSON objects as requests must send them: no member twice (RFC 8259 §4 leaves it open; two parsers
//! that choose differently are an attack).

use super::unrepeated::{REPEATED, Unrepeated};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

/// A JSON object in which no member is repeated, nor in any object inside it.
pub struct JsonObject(Map<String, Value>);

/// Why a text is not a [`JsonObject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJsonObject {
    /// It is not JSON, or not an object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// A member is there twice, in the object or in one inside it.
    #[error("the body must not have a member twice")]
    RepeatedMember,
}

impl JsonObject {
    /// Reads `json`.
    ///
    /// # Errors
    ///
    /// [`InvalidJsonObject`]; what is nested deeper than 128 levels is no object to us either.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidJsonObject> {
        serde_json::from_slice(json).map_err(|error| match error.to_string() {
            message if message.starts_with(REPEATED) => InvalidJsonObject::RepeatedMember,
            _ => InvalidJsonObject::NotAnObject,
        })
    }

    /// The member called `name`; `null` counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Sets members, whatever they were.
    pub fn set_all(&mut self, members: &Map<String, Value>) {
        self.0.extend(members.clone());
    }

    /// Leaves out the members whose names are not wanted.
    pub fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| is_wanted(name));
    }

    /// The members in alphabetical order.
    pub fn into_members(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter()
    }

    /// The members' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A map has no member twice.
impl From<Map<String, Value>> for JsonObject {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Unrepeated::deserialize(deserializer)? {
            Unrepeated(Value::Object(members)) => Ok(Self(members)),
            Unrepeated(_) => Err(D::Error::custom("not an object")),
        }
    }
}

#[cfg(test)]
#[path = "json_object_tests.rs"]
mod tests;
