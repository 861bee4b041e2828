//! Which of other sites' requests bring the session along (RFC 6265bis §4.1.2.7).

use serde::{Deserialize, Serialize};

/// How a tenant's session cookie is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionCookieSettings {
    /// Which requests bring it along.
    pub same_site: SameSite,
}

/// The cookie's attribute `SameSite`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameSite {
    /// Those of our own site, and links from others.
    #[default]
    Lax,
    /// All of them, so that an application of another site can have its tokens renewed in a frame, where browsers
    /// still let it. It needs TLS.
    None,
}

impl SameSite {
    /// The setting called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "lax" => Some(Self::Lax),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}
