//! Ending sessions, and what comes after.

use crate::{found::Found, page};
use shared::{
    App,
    domain::{AuthorizationError, PostLogoutAddress, Tenant},
    http::{self, Response},
    interaction::{Interaction, SignedIn},
    observation::{self, Event},
    tokens::Ended,
};

/// How much ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The session that the browser is in.
    ThisBrowser,
    /// All sessions of its user.
    Everywhere,
}

/// A browser in which nobody is signed in any more.
pub(crate) struct Out {
    tenant: Tenant,
    address: Option<PostLogoutAddress>,
}

impl Out {
    /// Ends the session that there is, and tells the clients that took part in it: what that takes, [`App::end_sessions`]
    /// says; all of a user's take two round trips more.
    ///
    /// # Errors
    ///
    /// When the table fails: then nobody is told that they are signed out.
    pub(crate) async fn new(
        app: &App,
        interaction: &Interaction,
        (found, address): (Found, Option<PostLogoutAddress>),
        extent: Extent,
    ) -> Result<Self, AuthorizationError> {
        let Found { tenant, key_set, signed_in, .. } = found;
        if let Some(SignedIn { session, user, .. }) = signed_in {
            let t = &interaction.tenant_id;
            let mut sessions = match extent {
                Extent::ThisBrowser => vec![],
                Extent::Everywhere => app.store.sessions_of(t, &user.user_id).await?,
            };
            // The list may not have it yet.
            if !sessions.iter().any(|other| other.sid == session.sid) {
                sessions.push(session);
            }
            let ended = Ended {
                tenant: &tenant,
                key_set: &key_set,
                sealing: interaction.sealing(),
                user_id: &user.user_id,
            };
            app.end_sessions(t, ended, &sessions).await?;
            observation::happened(Event::SignOut);
        }
        Ok(Self { tenant, address })
    }

    /// Nobody was signed in.
    pub(crate) fn already(tenant: Tenant, address: Option<PostLogoutAddress>) -> Self {
        Self { tenant, address }
    }

    /// To where the client wants the browser to go, or to our page.
    pub(crate) fn lead_to_the_client(
        self,
        interaction: &Interaction,
    ) -> Result<Response, AuthorizationError> {
        let Some(address) = &self.address else { return self.page(interaction) };
        let mut response = http::see_other(&address.url());
        forget(interaction, &mut response);
        Ok(response)
    }

    /// Our page, with a link to where the client wants the browser to go.
    pub(crate) fn page(self, interaction: &Interaction) -> Result<Response, AuthorizationError> {
        let mut response = page::signed_out(&self.tenant, self.address.as_ref())?;
        forget(interaction, &mut response);
        Ok(response)
    }
}

/// The browser holds nothing of the session any more.
fn forget(interaction: &Interaction, response: &mut Response) {
    interaction.forget_session(response);
    interaction.forget_note(response);
}
