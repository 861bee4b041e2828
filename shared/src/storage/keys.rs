//! The keys of the table, all in one place, and with them its schema.
//!
//! | item | `pk` | `sk` | expires |
//! |---|---|---|---|
//! | tenant (settings, flags) | `TENANT#{t}` | `TENANT` | never |
//! | key set, wrapped sealing key | `KEYS#{t}` | `KEYS` | never |
//! | client | `CLIENT#{t}#{client_id}` | `CLIENT` | never |
//! | resource server | `API#{t}#{sha256(identifier)}` | `API` | never |
//! | user | `USER#{t}#{user_id}` | `USER` | never |
//! | what a user signs in with | `LOGIN#{t}#{sha256(email)}` | `LOGIN` | never |
//! | session | `SESSION#{t}#{sha256(session_id)}` | `SESSION` | at its end |
//! | grant (consent) | `GRANT#{t}#{user_id}` | `{client_id}#{sha256(audience)}` | never |
//! | authorization code | `CODE#{t}#{sha256(code)}` | `CODE` | when its tokens have died |
//! | family of tokens | `REFRESH#{t}#{family_id}` | `REFRESH` | when its tokens have died |
//! | rate counter | `RATE#{t}#{limit}#{sha256(subject)}#{window}` | `RATE` | after its window |
//!
//! `t` is the tenant: the host of its issuer. The kind of item comes first, so that an IAM policy can
//! open a function to some kinds and not to others (`dynamodb:LeadingKeys`). A bearer value is there
//! only as its hash, and no raw text of a request ever is: the types of the parameters see to that.

use crate::domain::{
    AuthorizationCode, Client, ClientId, CodeId, FamilyId, Grant, KeySet, Login, RateLimit,
    RefreshFamily, ResourceServer, Session, SessionId, Tenant, TenantId, User, UserId,
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::marker::PhantomData;

/// Where an item is, and that it is a `T`.
pub struct Key<T> {
    pub(super) pk: String,
    pub(super) sk: String,
    item: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into(), item: PhantomData }
    }
}

/// A tenant.
#[must_use]
pub fn tenant(t: &TenantId) -> Key<Tenant> {
    Key::new(format!("TENANT#{}", t.as_str()), "TENANT")
}

/// A tenant's keys.
#[must_use]
pub fn key_set(t: &TenantId) -> Key<KeySet> {
    Key::new(format!("KEYS#{}", t.as_str()), "KEYS")
}

/// A client.
#[must_use]
pub fn client(t: &TenantId, id: &ClientId) -> Key<Client> {
    Key::new(format!("CLIENT#{}#{}", t.as_str(), id.as_str()), "CLIENT")
}

/// An API.
#[must_use]
pub fn resource_server(t: &TenantId, identifier: &str) -> Key<ResourceServer> {
    Key::new(format!("API#{}#{}", t.as_str(), hash(identifier)), "API")
}

/// A user.
#[must_use]
pub fn user(t: &TenantId, id: &UserId) -> Key<User> {
    Key::new(format!("USER#{}#{}", t.as_str(), id.as_str()), "USER")
}

/// What the user with this e-mail address signs in with.
#[must_use]
pub fn login(t: &TenantId, email: &str) -> Key<Login> {
    Key::new(format!("LOGIN#{}#{}", t.as_str(), hash(&Login::normalized_email(email))), "LOGIN")
}

/// A session.
#[must_use]
pub fn session(t: &TenantId, id: &SessionId) -> Key<Session> {
    Key::new(format!("SESSION#{}#{}", t.as_str(), hash(id.expose())), "SESSION")
}

/// What a user agreed to.
#[must_use]
pub fn grant(t: &TenantId, user: &UserId, client: &ClientId, audience: &str) -> Key<Grant> {
    let sk = format!("{}#{}", client.as_str(), hash(audience));
    Key::new(format!("GRANT#{}#{}", t.as_str(), user.as_str()), sk)
}

/// An authorization code.
#[must_use]
pub fn authorization_code(t: &TenantId, code: &CodeId) -> Key<AuthorizationCode> {
    Key::new(format!("CODE#{}#{}", t.as_str(), hash(&code.id)), "CODE")
}

/// A family of tokens.
#[must_use]
pub fn family(t: &TenantId, id: &FamilyId) -> Key<RefreshFamily> {
    Key::new(format!("REFRESH#{}#{}", t.as_str(), id.as_str()), "REFRESH")
}

/// How often `subject` did what `limit` limits, in one window.
#[must_use]
pub fn rate_counter(t: &TenantId, limit: &RateLimit, subject: &str, window: i64) -> Key<u64> {
    Key::new(format!("RATE#{}#{}#{}#{window}", t.as_str(), limit.name, hash(subject)), "RATE")
}

/// Of fixed length and alphabet, whatever `value` holds.
fn hash(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, value.as_bytes()))
}
