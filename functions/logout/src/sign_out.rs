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
    /// Ends the session that there is, or all of its user's, and tells the clients that took part: what that takes,
    /// [`App::end_session`] and [`App::end_all_sessions`] say.
    ///
    /// # Errors
    ///
    /// When the table fails, or there are too many sessions: then nobody is told that they are signed out, and they can try
    /// again.
    pub(crate) async fn new(
        app: &App,
        interaction: &Interaction,
        (found, address): (Found, Option<PostLogoutAddress>),
        extent: Extent,
    ) -> Result<Self, AuthorizationError> {
        let Found { tenant, key_set, signed_in, .. } = found;
        if let Some(SignedIn { session, user, .. }) = signed_in {
            let t = &interaction.tenant_id;
            let ended = Ended {
                tenant: &tenant,
                key_set: &key_set,
                sealing: interaction.sealing(),
                user_id: &user.user_id,
            };
            match extent {
                Extent::ThisBrowser => app.end_session(t, ended, session).await?,
                Extent::Everywhere => app.end_all_sessions(t, ended, Some(session)).await.outcome?,
            }
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
