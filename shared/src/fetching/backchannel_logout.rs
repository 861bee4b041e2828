//! Ending sessions, and telling the clients that took part in them (OpenID Connect Back-Channel Logout 1.0).

use super::{FetcherError, Task};
use crate::{
    App,
    domain::{Client, Participant, Session, Sid, TenantId, UserId},
    http::causes,
    oauth::OAuthError,
    storage::{StorageError, keys},
    tokens::Ended,
};
use futures_util::future::join_all;
use std::{collections::HashSet, error::Error, time::Duration};

/// How long the browser waits for clients to be told: the sessions have ended, whatever becomes of that.
const PATIENCE: Duration = Duration::from_secs(9);

/// How many clients are read at once.
const BATCH: usize = 100;

/// How many times a hundred sessions of one user end in one request, so that it is answered in time.
const MAX_PAGES: usize = 10;

/// What came of ending all sessions of a user.
#[must_use]
pub struct EndedSessions {
    /// How many have ended, whatever became of the others.
    pub count: usize,
    /// Whether these are all.
    pub outcome: Result<(), OAuthError>,
}

impl App {
    /// Ends a session, and then tells the clients that took part in it, all at the same time. One round trip; where there
    /// are clients to be told one more, and for each a signature, unless its secret signs, and then a call of the `fetch`
    /// function. That a client can't be told changes nothing: the log has it.
    ///
    /// # Errors
    ///
    /// When the table fails to end the session: then it may go on.
    pub async fn end_session(
        &self,
        t: &TenantId,
        ended: Ended<'_>,
        session: Session,
    ) -> Result<(), StorageError> {
        let mut gone = Vec::new();
        self.end(t, vec![session], &mut gone).await?;
        self.tell_participants(t, ended, &gone).await;
        Ok(())
    }

    /// The same for all sessions of a user, a hundred at a time: three round trips for each hundred, and one for `own`,
    /// in which the user is who wants this. It ends when all others have: as long as they have not, they can try again.
    /// There may be too many for one request: then too what has ended stays so, and trying again goes on from there.
    pub async fn end_all_sessions(
        &self,
        t: &TenantId,
        ended: Ended<'_>,
        own: Option<Session>,
    ) -> EndedSessions {
        let mut gone = Vec::new();
        let outcome = self.end_all(t, (ended.user_id, own), &mut gone).await;
        self.tell_participants(t, ended, &gone).await;
        EndedSessions { count: gone.len(), outcome }
    }

    async fn end_all(
        &self,
        t: &TenantId,
        (user, own): (&UserId, Option<Session>),
        gone: &mut Vec<Session>,
    ) -> Result<(), OAuthError> {
        let mut after = None;
        for _ in 0..MAX_PAGES {
            let page = self.store.sessions_of(t, user, after.as_deref()).await?;
            let mut sessions = page.items;
            sessions.retain(|other| own.as_ref().is_none_or(|own| own.sid != other.sid));
            self.end(t, sessions, gone).await?;
            after = page.next;
            if after.is_none() {
                return Ok(self.end(t, own.into_iter().collect(), gone).await?);
            }
        }
        Err(OAuthError::temporarily_unavailable("a user has too many sessions to end them all"))
    }

    /// Ends sessions side by side. Those that have ended become `gone`, also where others can't be ended.
    async fn end(
        &self,
        t: &TenantId,
        sessions: Vec<Session>,
        gone: &mut Vec<Session>,
    ) -> Result<(), StorageError> {
        let ends = sessions.into_iter().map(async |session| {
            let as_it_was = self.store.end_session(t, &session.sid).await?;
            // With who came in since it was read; as it was then, should the answer to the deletion have got lost.
            Ok(as_it_was.unwrap_or(session))
        });
        let mut outcome = Ok(());
        for end in join_all(ends).await {
            match end {
                Ok(session) => gone.push(session),
                Err(why) => outcome = Err(why),
            }
        }
        outcome
    }

    async fn tell_participants(&self, t: &TenantId, ended: Ended<'_>, gone: &[Session]) {
        if !ended.tenant.dynamic_client_registration.allow_fetching {
            return;
        }
        let participants: HashSet<_> = gone.iter().flat_map(|session| &session.clients).collect();
        let participants: Vec<_> = participants.into_iter().collect();
        let told = join_all(participants.chunks(BATCH).map(|some| self.tell_all(t, ended, some)));
        if tokio::time::timeout(PATIENCE, told).await.is_err() {
            log(&FetcherError::because("telling all clients took too long"));
        }
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
