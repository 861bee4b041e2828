//! Sessions: that a user signed in, remembered by a cookie.

use super::{ClientId, Tenant, UserId};
use crate::{clock::Timestamp, entropy::Entropy};
use aws_lc_rs::digest;
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

    /// The name itself, for what is bound to the session.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What others may call the session.
    #[must_use]
    pub fn sid(&self) -> Sid {
        Sid(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.0.as_bytes())))
    }
}

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionId(…)")
    }
}

/// What others may call a session: clients in ID Tokens (`sid`, OpenID Connect Back-Channel Logout §2.1), the tenant's
/// owner, and the table. The hash of the session's name, which nobody can find from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sid(String);

impl Sid {
    /// The `sid` in a request, if it is written as ours are: a SHA-256 in base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = URL_SAFE_NO_PAD.decode(text).is_ok_and(|hash| hash.len() == 32);
        is_one.then(|| Self(text.to_owned()))
    }

    /// The `sid` as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A session as the table keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What others may call it.
    pub sid: Sid,
    /// Who signed in.
    pub user_id: UserId,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// When they must do so again at the latest.
    pub expires_at: Timestamp,
    /// The clients that are to be told when it ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Participant>,
}

/// A client that took part in a session, and by which `sid` it knows it: that of an earlier session, where the user has
/// signed in again since.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Participant {
    /// The client.
    pub client_id: ClientId,
    /// What it was told that the session is called.
    pub sid: Sid,
}

impl Session {
    /// How many clients are told when a session ends, at most.
    pub const MAX_CLIENTS: usize = 50;

    /// A session that begins now and lasts as long as the tenant lets it.
    #[must_use]
    pub fn new(id: &SessionId, user_id: UserId, tenant: &Tenant, now: Timestamp) -> Self {
        let lifetime = Duration::from_secs(u64::from(tenant.session_lifetime) * HOUR);
        Self { sid: id.sid(), user_id, auth_time: now, expires_at: now + lifetime, clients: vec![] }
    }

    /// The same in the place of another: if that is the same user's, its clients are told when this one ends.
    #[must_use]
    pub fn in_place_of(self, other: Option<&Self>) -> Self {
        let other = other.filter(|other| other.user_id == self.user_id);
        Self { clients: other.map(|other| other.clients.clone()).unwrap_or_default(), ..self }
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

/// What the user has done for one authorization request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Whether the user signed in for this very request.
    pub signed_in: bool,
    /// Whether the user chose, for this very request, to go on as who they are.
    pub selected_account: bool,
    /// Whether the user agreed to this very request.
    pub consented: bool,
}

/// What the user has done for one authorization request, sealed into a cookie: it satisfies
/// `prompt` and `max_age` once, and for that request only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestNote {
    /// The request: the hash of its parameters.
    pub parameters: String,
    /// The session in which it was done.
    pub session_id: SessionId,
    /// What was done.
    pub done: Done,
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
