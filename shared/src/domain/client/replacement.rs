//! Other metadata in the place of what a client registered, and what becomes of what its users agreed to.

use super::Client;
use crate::{
    clock::Timestamp,
    domain::Grant,
    oauth::{ClientMetadata, RedirectUri},
};

impl Client {
    /// Registers `metadata` in the place of what was there, and remembers if responses may now go where they could not.
    pub fn replace_metadata(&mut self, metadata: ClientMetadata, now: Timestamp) {
        let before = self.metadata.as_ref().map(|metadata| &*metadata.redirect_uris);
        let before = before.unwrap_or_default();
        let is_new = |uri: &RedirectUri| !before.iter().any(|known| known.admits(uri));
        if metadata.redirect_uris.iter().any(is_new) {
            self.redirect_uris_added_at = Some(now);
        }
        self.metadata = Some(metadata);
    }

    /// Whether what a user agreed to still holds. They agreed to have it sent where a third party's responses went then,
    /// and the page said where that was; the tenant's own applications may move.
    #[must_use]
    pub fn honours(&self, grant: &Grant) -> bool {
        let is_older = |added: Timestamp| grant.granted_at <= added;
        self.is_first_party || !self.redirect_uris_added_at.is_some_and(is_older)
    }
}
