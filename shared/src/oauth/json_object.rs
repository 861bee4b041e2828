//! JSON objects as requests must send them: no member twice (RFC 8259 §4 leaves it open; two parsers
//! that choose differently are an attack).

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// A JSON object in which no member is repeated.
pub struct JsonObject(Map<String, Value>);

/// Why a text is not a [`JsonObject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJsonObject {
    /// It is not JSON, or not an object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// A member is there twice.
    #[error("the body must not have a member twice")]
    RepeatedMember,
}

const REPEATED: &str = "repeated member";

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

    /// The members in alphabetical order.
    pub fn into_members(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter()
    }

    /// The members' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = JsonObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<JsonObject, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom(REPEATED));
                    }
                }
                Ok(JsonObject(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
