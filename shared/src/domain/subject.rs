//! What a client knows a user by (OpenID Connect Core §8).

use super::Client;
use crate::oauth::{RedirectUri, SubjectType};

impl Client {
    /// The sector whose clients know a user by the same `sub`, which those of no other sector get: the host
    /// of its redirect URIs (OpenID Connect Core §8.1). None for a client that knows users as all do.
    #[must_use]
    pub fn sector(&self) -> Option<&str> {
        let metadata = self.metadata.as_ref()?;
        let is_pairwise = metadata.subject_type == SubjectType::Pairwise;
        metadata.redirect_uris.first().filter(|_| is_pairwise).and_then(RedirectUri::host)
    }
}
