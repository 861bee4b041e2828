//! What a client knows users and their sessions by: the `sub` (OpenID Connect Core §8) and the `sid` of its tokens.

use crate::{
    domain::{Client, Sid, UserId},
    entropy::Entropy,
    keys::{Purpose, Sealing},
};

/// What `client` knows the user by: the user's own name, or for a pairwise client a name that no other
/// sector's clients get, and that nobody without the tenant's sealing key can trace (OpenID Connect Core
/// §8.1).
#[must_use]
pub fn subject(sealing: &Sealing, client: &Client, user_id: &UserId) -> String {
    match client.sector() {
        None => user_id.as_str().to_owned(),
        Some(sector) => sealing.mac(Purpose::PairwiseSubject, &[&sector, user_id.as_str()]),
    }
}

/// What `client` knows a session by (`sid`, OpenID Connect Back-Channel Logout §2.1). Clients that must not find out by
/// `sub` that they have a user in common, must not by this either.
#[must_use]
pub fn public_sid(sealing: &Sealing, client: &Client, sid: &Sid) -> String {
    match client.sector() {
        None => sid.as_str().to_owned(),
        Some(sector) => sealing.mac(Purpose::PairwiseSid, &[&sector, sid.as_str()]),
    }
}

/// The user's own name for ourselves alone, where `sub` does not tell it: different each time, so that
/// it links nothing.
pub(super) fn sealed_user_id(
    sealing: &Sealing,
    client: &Client,
    user_id: &UserId,
    entropy: &dyn Entropy,
) -> Option<String> {
    client.sector()?;
    sealing.seal(Purpose::UserOfAccessToken, user_id, entropy)
}
