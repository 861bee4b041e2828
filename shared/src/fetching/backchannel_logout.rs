//! Ending sessions, and telling the clients that took part in them (OpenID Connect Back-Channel Logout 1.0).

use super::{FetcherError, Task};
use crate::{
    App,
    domain::{Client, Participant, Session, Sid, TenantId},
    http::causes,
    storage::{StorageError, keys},
    tokens::Ended,
};
use futures_util::future::{join_all, try_join_all};
use std::{error::Error, time::Duration};

/// How long the browser waits for clients to be told: the sessions have ended, whatever becomes of that.
const PATIENCE: Duration = Duration::from_secs(9);

/// How many clients are read at once.
const BATCH: usize = 100;

impl App {
    /// Ends sessions of one user, and then tells the clients that took part in them, all at the same time. One round trip;
    /// where there are clients to be told one more, and for each a signature, unless its secret signs, and then a call of
    /// the `fetch` function. That a client can't be told changes nothing: the log has it.
    ///
    /// # Errors
    ///
    /// When the table fails to end a session: then it may go on.
    pub async fn end_sessions(
        &self,
        t: &TenantId,
        ended: Ended<'_>,
        sessions: &[Session],
    ) -> Result<(), StorageError> {
        let ends = sessions.iter().map(|session| self.store.end_session(t, &session.sid));
        let as_they_were = try_join_all(ends).await?;
        if !ended.tenant.dynamic_client_registration.allow_fetching {
            return Ok(());
        }
        // Also who came in since they were read; and who was there then, should the answer to the deletion have got lost.
        let mut participants: Vec<&Participant> = Vec::new();
        let all = sessions.iter().chain(as_they_were.iter().flatten());
        for participant in all.flat_map(|session| &session.clients) {
            if !participants.contains(&participant) {
                participants.push(participant);
            }
        }
        let told = join_all(participants.chunks(BATCH).map(|some| self.tell_all(t, ended, some)));
        if tokio::time::timeout(PATIENCE, told).await.is_err() {
            log(&FetcherError::because("telling all clients took too long"));
        }
        Ok(())
    }

    async fn tell_all(&self, t: &TenantId, ended: Ended<'_>, participants: &[&Participant]) {
        let clients = participants.iter().map(|one| keys::client(t, &one.client_id)).collect();
        match self.store.read::<Vec<_>>(clients).await {
            Ok(clients) => {
                let told = clients.iter().zip(participants).filter_map(|(client, participant)| {
                    Some(self.tell(t, ended, (client.as_ref()?, &participant.sid)))
                });
                join_all(told).await;
            }
            Err(why) => log(&why),
        }
    }

    /// What comes of it at the client's, the function's own log has.
    async fn tell(&self, t: &TenantId, ended: Ended<'_>, (client, sid): (&Client, &Sid)) {
        let Some(uri) = client.backchannel_logout_uri() else { return };
        let told = async {
            let logout_token = self.logout_token(ended, client, sid).await?;
            let outcome = self.run_errand(t, uri, Task::LogoutToken(logout_token)).await?;
            Ok::<_, Box<dyn Error + Send + Sync>>(outcome)
        };
        if let Err(why) = told.await {
            log(&*why);
        }
    }
}

fn log(why: &(dyn Error + 'static)) {
    let why = causes(why);
    tracing::error!(code = "backchannel_logout_failed", "{why}");
}
