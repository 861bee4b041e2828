//! De-duplication: a public client that registers what another has registered gets the same id again.

use crate::{
    attempt::{Attempt, New},
    candidate::Candidate,
};
use shared::{
    clock::Timestamp,
    domain::{AuditEvent, Client, ClientId, SecurityMode},
    keys::{Purpose, Sealing},
    oauth::OAuthError,
    storage::{Registered, StorageError, keys},
};

/// How many ids there are for the same metadata, one after another: each that the tenant's owner has deleted, disabled or
/// changed is somebody else's, and the next one takes its place.
const GENERATIONS: u8 = 10;

impl Attempt<'_> {
    /// Registers what `candidate` describes under the id that everybody gets for it. Nothing, where each of these ids is
    /// somebody else's.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub(crate) async fn register_shared(
        &self,
        sealing: &Sealing,
        candidate: &Candidate,
        event: &AuditEvent,
    ) -> Result<Option<New>, OAuthError> {
        for generation in 0..GENERATIONS {
            let id = self.derived_id(sealing, candidate, generation)?;
            let new = self.describe(id, sealing, candidate);
            let found = match self.app.store.register_client(self.t, &new.client).await? {
                Registered::New => {
                    self.tell(&new.client, event.clone()).await?;
                    return Ok(Some(new));
                }
                Registered::Equal => Some(Box::new(new.client.clone())),
                Registered::Taken(found) => found.filter(|found| is_of(found, candidate)),
            };
            let Some(found) = found else { continue };
            if let Some(shared) = self.keep(*found, &new.client, candidate).await? {
                self.tell_again(&shared, event.clone()).await?;
                return Ok(Some(New::shared(shared)));
            }
        }
        Ok(None)
    }

    /// The client that has registered what `candidate` describes, for whoever must not get a new one. One round trip; where
    /// most of its time is over it is kept for longer, in the place that it has.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub(crate) async fn find_shared(
        &self,
        sealing: &Sealing,
        candidate: &Candidate,
    ) -> Result<Option<New>, OAuthError> {
        let ids =
            (0..GENERATIONS).map(|generation| self.derived_id(sealing, candidate, generation));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let keys: Vec<_> = ids.iter().map(|id| keys::client(self.t, id)).collect();
        let mut found = self.app.store.read(keys).await?.into_iter().flatten();
        let Some(found) = found.find(|found| is_of(found, candidate)) else { return Ok(None) };
        let new = self.describe(found.client_id.clone(), sealing, candidate).client;
        Ok(self.keep(found, &new, candidate).await?.map(New::shared))
    }

    /// `found` for longer, where most of its time is over: whoever is given its id now has as good a right to use it as the
    /// first. Nothing, where it is not there any more. No round trip while there is time enough.
    async fn keep(
        &self,
        found: Client,
        new: &Client,
        candidate: &Candidate,
    ) -> Result<Option<Client>, StorageError> {
        if !is_soon_over(&found, new.expires_at, self.app.clock.now()) {
            return Ok(Some(found));
        }
        if let Some(kept) = self.prolong(&found, new).await? {
            self.app.store.recount_unused(self.t, &found, &kept).await?;
            return Ok(Some(kept));
        }
        self.read_again(&found, candidate).await
    }

    /// `found` until `new` would expire. Nothing, where somebody else was faster.
    async fn prolong(&self, found: &Client, new: &Client) -> Result<Option<Client>, StorageError> {
        let longer = Client { expires_at: new.expires_at, ..found.clone() };
        self.app.store.change_client(self.t, longer).await
    }

    /// `found` as somebody else left it, if it still is what is being registered.
    async fn read_again(
        &self,
        found: &Client,
        candidate: &Candidate,
    ) -> Result<Option<Client>, StorageError> {
        let found = self.app.store.read(keys::client(self.t, &found.client_id)).await?;
        Ok(found.filter(|found| is_of(found, candidate)))
    }

    /// The id that everybody gets who registers the same with this tenant, and that nobody can tell before.
    fn derived_id(
        &self,
        sealing: &Sealing,
        candidate: &Candidate,
        generation: u8,
    ) -> Result<ClientId, OAuthError> {
        let metadata = serde_json::to_string(&candidate.metadata);
        let metadata = metadata.map_err(OAuthError::server_error)?;
        let mode = match candidate.mode {
            SecurityMode::Permissive => "permissive",
            SecurityMode::Strict => "strict",
        };
        let statement = candidate.software_statement.as_deref().unwrap_or_default();
        let generation = generation.to_string();
        let parts = [self.t.as_str(), mode, &metadata, statement, &generation];
        let fingerprint = sealing.derive(Purpose::ClientFingerprint, &parts);
        Ok(ClientId::derive(candidate.mode, &fingerprint))
    }
}

/// Whether `found` is what is being registered, and nobody can change it but its owner.
fn is_of(found: &Client, candidate: &Candidate) -> bool {
    let is_shared = found.is_public() && found.registration_access_token.is_none();
    is_shared
        && !found.is_disabled
        && !found.is_first_party
        && found.metadata.as_ref() == Some(&candidate.metadata)
        && found.software_statement == candidate.software_statement
        && found.third_party_security_mode == candidate.mode
}

/// Whether less than half of the time is left that one would have that is registered now.
fn is_soon_over(found: &Client, of_a_new_one: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(expires_at) = found.expires_at else { return false };
    of_a_new_one.is_none_or(|later| expires_at.since(now) * 2 < later.since(now))
}
