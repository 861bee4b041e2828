//! Whether all clients know a user by the same name (OpenID Connect Core §8).

use super::{ClientMetadata, RawClientMetadata, raw::refuse};
use crate::oauth::{OAuthError, RedirectUri, WebUri};
use serde::{Deserialize, Serialize};

/// What a client knows users by (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// By the same `sub` as every other client.
    #[default]
    Public,
    /// By a `sub` that clients of other sectors don't get.
    Pairwise,
}

/// Without a `sector_identifier_uri`, the redirect URIs must have one host between them (OpenID Connect Core
/// §8.1). A private-use scheme proves nothing about the host after it, nor does a loopback address about who listens
/// there: whoever wrote somebody else's would learn how those clients know their users.
pub(super) fn subject_type(
    raw: &RawClientMetadata,
    sector_identifier_uri: Option<&WebUri>,
    redirect_uris: &[RedirectUri],
) -> Result<SubjectType, OAuthError> {
    let has_sector = || sector_identifier_uri.is_some() || has_one_host(redirect_uris);
    match raw.text("subject_type")?.as_deref() {
        None | Some("public") => Ok(SubjectType::Public),
        Some("pairwise") if has_sector() => Ok(SubjectType::Pairwise),
        Some("pairwise") => Err(refuse(
            "subject_type pairwise needs a sector_identifier_uri, or redirect_uris that all have the same host, and neither a private-use scheme nor a loopback address",
        )),
        Some(_) => Err(refuse("subject_type must be public or pairwise")),
    }
}

fn has_one_host(redirect_uris: &[RedirectUri]) -> bool {
    let is_of_somebody = |uri: &RedirectUri| !uri.is_private_use() && !uri.is_on_this_device();
    let mut hosts = redirect_uris.iter().map(RedirectUri::host);
    let first = hosts.next().flatten();
    redirect_uris.iter().all(is_of_somebody) && first.is_some() && hosts.all(|host| host == first)
}

impl ClientMetadata {
    /// Whether `json`, which its `sector_identifier_uri` leads to, has all its redirect URIs (OpenID Connect
    /// Dynamic Client Registration §5).
    ///
    /// # Errors
    ///
    /// What it must lead to, in words that go after the member's name.
    pub fn check_sector(&self, json: &str) -> Result<(), String> {
        let listed: Vec<String> = serde_json::from_str(json)
            .map_err(|_| "must lead to a JSON array of strings".to_owned())?;
        let is_listed = |uri: &RedirectUri| listed.iter().any(|one| one == uri.as_str());
        match self.redirect_uris.iter().position(|uri| !is_listed(uri)) {
            None => Ok(()),
            Some(index) => Err(format!("must lead to an array that has redirect_uris[{index}]")),
        }
    }
}
