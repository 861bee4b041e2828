//! `GET`, `PUT` and `DELETE /oidc/register/{client_id}`: the client configuration endpoint (RFC 7592 §2),
//! where a client that registered itself reads, replaces and deletes its registration.
//!
//! A tenant's owner opens it: without `client_registration_management` nothing is at this path.

mod limit;
mod managed;
mod replacement;

use lambda_http::{
    Request,
    http::{Method, StatusCode},
};
use managed::Managed;
use replacement::Replacement;
use serde_json::json;
use shared::{
    App,
    domain::Client,
    http::{self, Response},
    keys::Sealing,
    oauth::{ClientInformation, ClientSecret, OAuthError, RegistrationAccessToken},
    storage::CHANGE_ATTEMPTS,
};

const METHODS: [Method; 4] = [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS];

/// Shows, replaces or deletes the registration that the path names.
///
/// # Errors
///
/// 404 where the tenant lets no client manage itself; `invalid_token` for whoever is not that client, the
/// same where there is none (RFC 7592 §2.1); `access_denied` for a change where clients may only read, and for a network
/// that the tenant takes no registrations from; the errors of registration for what can't be registered; 429 for who
/// changes too much.
pub async fn handle(app: &App, request: Request) -> Result<Response, OAuthError> {
    match *request.method() {
        Method::GET | Method::DELETE => {
            let managed = Managed::authenticate(app, &request).await?;
            managed.serve(app, &request, None).await
        }
        Method::PUT => {
            let t = http::tenant_id(&request)?;
            let (managed, sealing) =
                tokio::join!(Managed::authenticate(app, &request), app.sealing(&t));
            managed?.serve(app, &request, Some(&*sealing?)).await
        }
        Method::OPTIONS => Ok(http::preflight(&METHODS)),
        _ => Ok(http::method_not_allowed(&METHODS)),
    }
}

impl Managed {
    /// Does what the request asks for, and tells the owner where that is refused. Who replaces brings the tenant's sealing
    /// key.
    async fn serve(
        &self,
        app: &App,
        request: &Request,
        sealing: Option<&Sealing>,
    ) -> Result<Response, OAuthError> {
        let done = async {
            self.may(request)?;
            match sealing {
                Some(sealing) => self.replace(app, request, sealing).await,
                None if *request.method() == Method::DELETE => self.delete(app, request).await,
                None => Ok(self.answer(&self.client, None, &self.token)),
            }
        };
        match done.await {
            Ok(response) => Ok(response),
            Err(refusal) => Err(self.log_refusal(app, request, refusal).await),
        }
    }

    /// Everything that is registered (RFC 7592 §3). The secret only where it is new: nobody has kept it.
    fn answer(
        &self,
        client: &Client,
        client_secret: Option<&ClientSecret>,
        token: &RegistrationAccessToken,
    ) -> Response {
        let (id, issued_at) = (client.client_id.as_str(), client.client_id_issued_at);
        let information = ClientInformation::new(id, issued_at, client.metadata.as_ref())
            .with_secret(client_secret)
            .with_software_statement(client.software_statement.as_deref())
            .with_management(self.tenant.issuer.as_str(), Some(token));
        http::json(StatusCode::OK, &information)
    }

    /// Puts other metadata, and another token, in the place of what is registered (RFC 7592 §2.2).
    async fn replace(
        &self,
        app: &App,
        request: &Request,
        sealing: &Sealing,
    ) -> Result<Response, OAuthError> {
        let replacement = Replacement::parse(self, request, sealing, app.clock.now())?;
        app.check_references(&self.tenant, replacement.metadata()).await?;
        let token = RegistrationAccessToken::generate(&*app.entropy);
        let details = json!({ "request": { "body": replacement.metadata() } });
        // First, since the new token can't be told twice: what fails from here on changes nothing.
        app.store.log(&self.t, &self.event(app, request).with_details(details)).await?;
        let mut client = self.client.clone();
        for _ in 0..CHANGE_ATTEMPTS {
            let secret = replacement.apply(self, &mut client, sealing, app);
            client.registration_access_token = Some(token.hash());
            if let Some(changed) = app.store.change_client(&self.t, client).await? {
                return Ok(self.answer(&changed, secret.as_ref(), &token));
            }
            client = self.read_again(app).await?;
            if client.registration_terms != self.client.registration_terms {
                // What was accepted may not be what its owner allows by now.
                break;
            }
        }
        Err(OAuthError::temporarily_unavailable("others change the same client all the time"))
    }

    /// Deletes the registration for ever (RFC 7592 §2.3).
    async fn delete(&self, app: &App, request: &Request) -> Result<Response, OAuthError> {
        app.store.log(&self.t, &self.event(app, request)).await?;
        app.store.delete_client(&self.t, &self.client.client_id).await?;
        Ok(http::no_content())
    }
}
