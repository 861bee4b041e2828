//! Whether all clients know a user by the same name (OpenID Connect Core §8).

use super::{RawClientMetadata, raw::refuse};
use crate::oauth::{OAuthError, RedirectUri};
use serde::{Deserialize, Serialize};

/// What a client knows users by (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// By the same `sub` as every other client.
    #[default]
    Public,
    /// By a `sub` that clients of other hosts don't get.
    Pairwise,
}

/// Without a `sector_identifier_uri`, which would have to be fetched, the redirect URIs must have one host
/// between them (OpenID Connect Core §8.1). A private-use scheme proves nothing about the host after it:
/// whoever wrote somebody else's there would learn how that host's clients know their users.
pub(super) fn subject_type(
    raw: &RawClientMetadata,
    redirect_uris: &[RedirectUri],
) -> Result<SubjectType, OAuthError> {
    if raw.https_uri("sector_identifier_uri")?.is_some() {
        return Err(refuse(
            "sector_identifier_uri is not supported, since this server does not fetch clients' URIs",
        ));
    }
    match raw.text("subject_type")?.as_deref() {
        None | Some("public") => Ok(SubjectType::Public),
        Some("pairwise") if has_one_host(redirect_uris) => Ok(SubjectType::Pairwise),
        Some("pairwise") => Err(refuse(
            "subject_type pairwise needs redirect_uris that all have the same host, and no private-use scheme",
        )),
        Some(_) => Err(refuse("subject_type must be public or pairwise")),
    }
}

fn has_one_host(redirect_uris: &[RedirectUri]) -> bool {
    let mut hosts = redirect_uris.iter().map(RedirectUri::host);
    let first = hosts.next().flatten();
    first.is_some() && hosts.all(|host| host == first)
}
