//! What a client knows a user by (OpenID Connect Core §8).

use super::Client;
use crate::oauth::{RedirectUri, SubjectType, WebUri};

impl Client {
    /// The sector whose clients know a user by the same `sub`, which those of no other sector get: the host
    /// of its `sector_identifier_uri`, which was seen to have all its redirect URIs, or else of these
    /// (OpenID Connect Core §8.1). None for a client that knows users as all do.
    #[must_use]
    pub fn sector(&self) -> Option<String> {
        let metadata = self.metadata.as_ref()?;
        let is_pairwise = metadata.subject_type == SubjectType::Pairwise;
        let of_document = metadata.sector_identifier_uri.as_ref().map(WebUri::host_name);
        let of_redirect_uris = || metadata.redirect_uris.first().and_then(RedirectUri::host);
        let sector = of_document.or_else(|| of_redirect_uris().map(str::to_owned));
        sector.filter(|_| is_pairwise)
    }
}
