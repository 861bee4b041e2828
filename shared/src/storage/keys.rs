//! The keys of the table, all in one place, and with them its schema.
//!
//! | item | `pk` | `sk` | expires |
//! |---|---|---|---|
//! | tenant (settings, flags) | `TENANT#{t}` | `TENANT` | never |
//! | key set, wrapped sealing key | `KEYS#{t}` | `KEYS` | never |
//! | client | `CLIENT#{t}#{client_id}` | `CLIENT` | unless it is used in time |
//! | initial access token | `INITIAL_ACCESS_TOKEN#{t}#{id}` | `INITIAL_ACCESS_TOKEN` | at its end |
//! | resource server | `API#{t}#{sha256(identifier)}` | `API` | never |
//! | client grant | `CLIENT_GRANT#{t}#{client_id}#{sha256(audience)}`, or `third-party-clients` for the id | `client` or `user` | never |
//! | user | `USER#{t}#{user_id}` | `USER` | never |
//! | what a user signs in with | `LOGIN#{t}#{sha256(email)}` | `LOGIN` | never |
//! | session | `SESSION#{t}#{sid}`, the hash of its name | `SESSION` | at its end |
//! | grant (consent) | `GRANT#{t}#{user_id}` | `{client_id}#{sha256(audience)}` | never |
//! | authorization code | `CODE#{t}#{sha256(code)}` | `CODE` | when its tokens have died |
//! | pushed authorization request | `PAR#{t}#{sha256(request_uri's random part)}` | `PAR` | after a minute and a half; once used, after an hour |
//! | used assertion of a client | `ASSERTION#{t}#{client_id}#{sha256(jti)}` | `ASSERTION` | when it is no longer accepted |
//! | used proof of possession | `ASSERTION#{t}#{client_id}#{sha256(jkt, jti)}` | `DPOP_PROOF` | likewise |
//! | family of tokens | `REFRESH#{t}#{family_id}` | `REFRESH` | when its tokens have died |
//! | rate counter | `RATE#{t}#{limit}#{sha256(subject)}#{window}` | `RATE` | after its window |
//! | count of unused clients | `RATE#{t}#unused_clients` | `RATE` | never |
//! | document that a client refers to | `FETCHED#{t}#{sha256(uri)}` | `FETCHED` | a day after it was fetched |
//! | audit event | `LOG#{t}#{day}#{shard}` | `{log_id}` | after 30 days |
//!
//! What an owner can list is in the index `listing` too, which has nothing but keys:
//!
//! | list | `listing_pk` | `listing_sk` |
//! |---|---|---|
//! | clients | `CLIENT#{t}#{shard}` | `{client_id_issued_at}#{client_id}` |
//! | initial access tokens | `INITIAL_ACCESS_TOKEN#{t}` | `{created_at}#{id}` |
//! | resource servers | `API#{t}` | `{created_at}#{sha256(identifier)}` |
//! | sessions of a user | `SESSION#{t}#{user_id}` | `{auth_time}#{sid}` |
//! | client grants | `CLIENT_GRANT#{t}` | `{sha256(audience)}#{client_id}#{subject type}` |
//!
//! `t` is the tenant: the host of its issuer. The kind of item comes first, so that an IAM policy can
//! open a function to some kinds and not to others (`dynamodb:LeadingKeys`). A bearer value is there
//! only as its hash, and no raw text of a request ever is: the types of the parameters see to that.

use super::Deleted;
pub use super::key::{Key, Listing};
use crate::domain::{
    AuditEvent, AuthorizationCode, Client, ClientGrant, ClientGrantId, ClientId, CodeId, Counter,
    FamilyId, Fetched, Grant, InitialAccess, InitialAccessTokenId, KeySet, LogId, Login,
    PushedRequest, PushedRequestId, RefreshFamily, ResourceServer, ResourceServerId, Session, Sid,
    Tenant, TenantId, UnusedClients, UsedAssertion, User, UserId,
};
use crate::{jose::JwkThumbprint, oauth::WebUri};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

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

/// A client with its place in the list: for writing it for the first time.
#[must_use]
pub fn listed_client(t: &TenantId, issued: &Client) -> Key<Client> {
    let id = &issued.client_id;
    let shard = digest::digest(&digest::SHA256, id.as_str().as_bytes()).as_ref()[0] % CLIENT_SHARDS;
    let place = format!("{:010}#{}", issued.client_id_issued_at.0, id.as_str());
    client(t, id).listed(clients_partition(t, shard), place)
}

/// What is left of a client.
#[must_use]
pub(super) fn deleted_client(t: &TenantId, id: &ClientId) -> Key<Deleted> {
    let Key { pk, sk, .. } = client(t, id);
    Key::new(pk, sk)
}

/// A tenant's clients, in the order in which they were registered.
#[must_use]
pub fn clients(t: &TenantId) -> Listing<Client> {
    Listing::new((0..CLIENT_SHARDS).map(|shard| clients_partition(t, shard)).collect())
}

/// A partition takes a thousand writes a second, so that these take eight times what a tenant lets register; and each is a
/// call and a connection whenever a list is read.
const CLIENT_SHARDS: u8 = 4;

fn clients_partition(t: &TenantId, shard: u8) -> String {
    format!("CLIENT#{}#{shard}", t.as_str())
}

/// An initial access token.
#[must_use]
pub fn initial_access_token(t: &TenantId, id: &InitialAccessTokenId) -> Key<InitialAccess> {
    let pk = format!("{}#{}", initial_access_partition(t), id.as_str());
    Key::new(pk, "INITIAL_ACCESS_TOKEN")
}

/// An initial access token with its place in the list: for writing it for the first time.
#[must_use]
pub fn listed_initial_access_token(t: &TenantId, made: &InitialAccess) -> Key<InitialAccess> {
    let place = format!("{:010}#{}", made.created_at.0, made.id.as_str());
    initial_access_token(t, &made.id).listed(initial_access_partition(t), place)
}

/// A tenant's initial access tokens, in the order in which they were made.
#[must_use]
pub fn initial_access_tokens(t: &TenantId) -> Listing<InitialAccess> {
    Listing::new(vec![initial_access_partition(t)])
}

fn initial_access_partition(t: &TenantId) -> String {
    format!("INITIAL_ACCESS_TOKEN#{}", t.as_str())
}

/// An API.
#[must_use]
pub fn resource_server(t: &TenantId, identifier: &str) -> Key<ResourceServer> {
    resource_server_by_id(t, &ResourceServerId::of(identifier))
}

/// The same, by its id.
#[must_use]
pub fn resource_server_by_id(t: &TenantId, id: &ResourceServerId) -> Key<ResourceServer> {
    Key::new(format!("API#{}#{}", t.as_str(), id.as_str()), "API")
}

/// An API with its place in the list: for writing it.
pub(super) fn listed_resource_server(t: &TenantId, api: &ResourceServer) -> Key<ResourceServer> {
    let id = api.id();
    let place = format!("{:010}#{}", api.created_at.0, id.as_str());
    resource_server_by_id(t, &id).listed(format!("API#{}", t.as_str()), place)
}

/// A tenant's APIs, in the order in which they were made.
#[must_use]
pub fn resource_servers(t: &TenantId) -> Listing<ResourceServer> {
    Listing::new(vec![format!("API#{}", t.as_str())])
}

/// What a client was granted for an API, or each third-party client.
#[must_use]
pub fn client_grant(t: &TenantId, id: &ClientGrantId) -> Key<ClientGrant> {
    let (grantee, api) = (id.grantee.as_str(), id.resource_server.as_str());
    Key::new(format!("CLIENT_GRANT#{}#{grantee}#{api}", t.as_str()), id.subject_type.as_str())
}

/// The same with its place in the list: for writing it.
pub(super) fn listed_client_grant(t: &TenantId, id: &ClientGrantId) -> Key<ClientGrant> {
    let (grantee, api) = (id.grantee.as_str(), id.resource_server.as_str());
    let place = format!("{api}#{grantee}#{}", id.subject_type.as_str());
    client_grant(t, id).listed(format!("CLIENT_GRANT#{}", t.as_str()), place)
}

/// A tenant's client grants, those for one API after those for another.
#[must_use]
pub fn client_grants(t: &TenantId) -> Listing<ClientGrant> {
    Listing::new(vec![format!("CLIENT_GRANT#{}", t.as_str())])
}

/// A place in the list of client grants, before those for this API and after those before them.
pub(super) fn before_client_grants_for(id: &ResourceServerId) -> &str {
    id.as_str()
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
pub fn session(t: &TenantId, sid: &Sid) -> Key<Session> {
    Key::new(format!("SESSION#{}#{}", t.as_str(), sid.as_str()), "SESSION")
}

/// A session with its place in the list: for writing it.
pub(super) fn listed_session(t: &TenantId, session: &Session) -> Key<Session> {
    let place = format!("{:010}#{}", session.auth_time.0, session.sid.as_str());
    let key = self::session(t, &session.sid);
    key.listed(sessions_partition(t, &session.user_id), place)
}

/// A user's sessions, in the order in which they began.
#[must_use]
pub fn sessions(t: &TenantId, user: &UserId) -> Listing<Session> {
    Listing::new(vec![sessions_partition(t, user)])
}

fn sessions_partition(t: &TenantId, user: &UserId) -> String {
    format!("SESSION#{}#{}", t.as_str(), user.as_str())
}

/// What a user agreed to for one API, or for none.
#[must_use]
pub fn grant(t: &TenantId, user: &UserId, client: &ClientId, api: &ResourceServerId) -> Key<Grant> {
    let sk = format!("{}#{}", client.as_str(), api.as_str());
    Key::new(format!("GRANT#{}#{}", t.as_str(), user.as_str()), sk)
}

/// An authorization code.
#[must_use]
pub fn authorization_code(t: &TenantId, code: &CodeId) -> Key<AuthorizationCode> {
    Key::new(format!("CODE#{}#{}", t.as_str(), hash(&code.id)), "CODE")
}

/// A pushed authorization request.
#[must_use]
pub fn pushed_request(t: &TenantId, id: &PushedRequestId) -> Key<PushedRequest> {
    Key::new(format!("PAR#{}#{}", t.as_str(), hash(id.expose())), "PAR")
}

/// The client's assertion called `jti`, once it has been used.
#[must_use]
pub fn assertion(t: &TenantId, client: &ClientId, jti: &str) -> Key<UsedAssertion> {
    let pk = format!("ASSERTION#{}#{}#{}", t.as_str(), client.as_str(), hash(jti));
    Key::new(pk, "ASSERTION")
}

/// The client's proof of possession of a key, called `jti`, once it has been used.
#[must_use]
pub fn dpop_proof(
    t: &TenantId,
    client: &ClientId,
    (jkt, jti): (&JwkThumbprint, &str),
) -> Key<UsedAssertion> {
    let name = hash(&format!("{}{jti}", jkt.as_str()));
    Key::new(format!("ASSERTION#{}#{}#{name}", t.as_str(), client.as_str()), "DPOP_PROOF")
}

/// A family of tokens.
#[must_use]
pub fn family(t: &TenantId, id: &FamilyId) -> Key<RefreshFamily> {
    Key::new(format!("REFRESH#{}#{}", t.as_str(), id.as_str()), "REFRESH")
}

/// How often `subject` did what `limit` limits, in one window.
#[must_use]
pub fn rate_counter(t: &TenantId, counter: &Counter, subject: &str, window: i64) -> Key<u64> {
    Key::new(format!("RATE#{}#{}#{}#{window}", t.as_str(), counter.name, hash(subject)), "RATE")
}

/// How many clients were never used.
#[must_use]
pub fn unused_clients(t: &TenantId) -> Key<UnusedClients> {
    Key::new(format!("RATE#{}#unused_clients", t.as_str()), "RATE")
}

/// What a client's URI led to.
#[must_use]
pub fn fetched(t: &TenantId, uri: &WebUri) -> Key<Fetched> {
    Key::new(format!("FETCHED#{}#{}", t.as_str(), hash(uri.as_str())), "FETCHED")
}

/// An audit event.
#[must_use]
pub fn audit_event(t: &TenantId, id: &LogId) -> Key<AuditEvent> {
    Key::new(audit_events(t, id.day(), id.shard()), id.as_str())
}

/// The partition of the audit events of a day, one of [`LogId::SHARDS`].
pub(super) fn audit_events(t: &TenantId, day: i64, shard: u8) -> String {
    format!("LOG#{}#{day}#{shard}", t.as_str())
}

/// Of fixed length and alphabet, whatever `value` holds.
fn hash(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, value.as_bytes()))
}
