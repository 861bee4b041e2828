//! Sessions: that a user signed in, remembered by a cookie.

use super::{Tenant, UserId};
use crate::{clock::Timestamp, entropy::Entropy};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const HOUR: u64 = 3_600;

/// Names a session: 256 random bits, new at each sign-in. The table knows only its hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// A new session's name.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
    }

    /// The name itself, to be hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionId(…)")
    }
}

/// A session as the table keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who signed in.
    pub user_id: UserId,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// When they must do so again at the latest.
    pub expires_at: Timestamp,
}

impl Session {
    /// A session that begins now and lasts as long as the tenant lets it.
    #[must_use]
    pub fn new(user_id: UserId, tenant: &Tenant, now: Timestamp) -> Self {
        let lifetime = Duration::from_secs(u64::from(tenant.session_lifetime) * HOUR);
        Self { user_id, auth_time: now, expires_at: now + lifetime }
    }
}

/// What the browser holds, sealed: the session's name, and whose it is, so that both can be read at
/// once; and when it was last used, so that idleness needs no write.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionCookie {
    /// The session's name.
    pub session_id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// When it was last used.
    pub seen_at: Timestamp,
}

impl SessionCookie {
    /// Whether it has lain unused for longer than the tenant allows.
    #[must_use]
    pub fn is_idle(&self, tenant: &Tenant, now: Timestamp) -> bool {
        let lifetime = Duration::from_secs(u64::from(tenant.idle_session_lifetime) * HOUR);
        now.since(self.seen_at) > lifetime
    }
}

/// What the user has done for one authorization request, sealed into a cookie: it satisfies
/// `prompt` and `max_age` once, and for that request only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestNote {
    /// The request: the hash of its parameters.
    pub parameters: String,
    /// The session in which it was done.
    pub session_id: SessionId,
    /// Whether the user signed in for this very request.
    pub signed_in: bool,
    /// Whether the user agreed to this very request.
    pub consented: bool,
    /// When it stops counting.
    pub expires_at: Timestamp,
}

impl RequestNote {
    /// How long a note counts: long enough to read a consent page.
    pub const LIFETIME: Duration = Duration::from_mins(10);

    /// Whether it is about the request with this hash, in this session, and still counts.
    #[must_use]
    pub fn is_about(&self, parameters: &str, session_id: &SessionId, now: Timestamp) -> bool {
        self.parameters == parameters && self.session_id == *session_id && now < self.expires_at
    }
}
