//! What a client wants to be registered with from now on (RFC 7592 §2.2).

use crate::managed::Managed;
use lambda_http::Request;
use shared::{
    App,
    clock::Timestamp,
    domain::{Accepted, Client},
    http,
    keys::Sealing,
    oauth::{ClientMetadata, ClientSecret, OAuthError, OAuthErrorCode, RawClientMetadata},
};
use std::borrow::Cow;

/// What the server alone decides: "The client MUST NOT include" these.
const FORBIDDEN: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// A checked replacement of a registration.
pub(crate) struct Replacement {
    accepted: Accepted,
    /// The secret that the client has, if it told it.
    client_secret: Option<ClientSecret>,
    /// Whether the client wants another.
    rotates_secret: bool,
    old_secret_good_until: Timestamp,
}

impl Replacement {
    /// Checks the body by the rules that hold for every registration, in the mode that the client keeps.
    ///
    /// # Errors
    ///
    /// `invalid_request` for what no client may say here; else those of registration.
    pub(crate) fn parse(
        managed: &Managed,
        request: &Request,
        sealing: &Sealing,
        now: Timestamp,
    ) -> Result<Self, OAuthError> {
        let client = &managed.client;
        let raw = http::client_metadata(request)?;
        if let Some(member) = FORBIDDEN.iter().find(|member| raw.has(member)) {
            return Err(invalid_request(format!(
                "{member} must not be sent: it is not the client's to set"
            )));
        }
        if raw.text("client_id")?.as_deref() != Some(client.client_id.as_str()) {
            return Err(invalid_request("client_id must be that of this registration"));
        }
        let client_secret = raw.text("client_secret")?.map(ClientSecret::from);
        if client_secret.as_ref().is_some_and(|secret| !is_its(managed, sealing, secret)) {
            return Err(invalid_request("client_secret must be the current one, or left out"));
        }
        let rotates_secret = raw.boolean("rotate_client_secret")?.unwrap_or_default();
        let policy = &managed.tenant.dynamic_client_registration;
        let accepted = accept(managed, raw, now)?;
        if rotates_secret && !accepted.metadata.token_endpoint_auth_method.has_secret() {
            return Err(invalid_request(
                "rotate_client_secret needs a token_endpoint_auth_method with a secret",
            ));
        }
        Ok(Self {
            accepted,
            client_secret,
            rotates_secret,
            old_secret_good_until: now + policy.client_secret_overlap,
        })
    }

    pub(crate) fn metadata(&self) -> &ClientMetadata {
        &self.accepted.metadata
    }

    /// Makes the change, and the secret that it takes, which the client has to be told.
    pub(crate) fn apply(
        &self,
        managed: &Managed,
        client: &mut Client,
        sealing: &Sealing,
        app: &App,
    ) -> Option<ClientSecret> {
        let Accepted { metadata, software_statement, .. } = &self.accepted;
        client.replace_metadata(metadata.clone(), app.clock.now());
        client.software_statement.clone_from(software_statement);
        let alg = metadata.id_token_signed_response_alg;
        let of_client = (&managed.t, &managed.client.client_id);
        let protect =
            |secret: &_| sealing.protect_client_secret(of_client, secret, alg, &*app.entropy);
        // What is kept of a secret follows from what it is for.
        if let Some(secret) = &self.client_secret {
            client.client_secret = Some(protect(secret));
        }
        let needs_another = client.settle_secrets();
        let rotates = self.rotates_secret && client.client_secret.is_some();
        (needs_another || rotates).then(|| {
            let secret = ClientSecret::generate(&*app.entropy);
            client.rotate_secret(protect(&secret), self.old_secret_good_until);
            secret
        })
    }
}

/// By the validator that every registration goes through (RFC 7592 §2.2), under the terms of the first one.
fn accept(
    managed: &Managed,
    raw: RawClientMetadata,
    now: Timestamp,
) -> Result<Accepted, OAuthError> {
    let (mode, terms) =
        (managed.client.third_party_security_mode, &managed.client.registration_terms);
    managed.tenant.accept_registration_under(terms, raw, mode, now)
}

fn is_its(managed: &Managed, sealing: &Sealing, secret: &ClientSecret) -> bool {
    let client = &managed.client;
    client.client_secret.as_ref().is_some_and(|kept| {
        let id = client.client_id.as_str();
        sealing.is_client_secret(&managed.t, id, secret.expose(), &kept.mac)
    })
}

fn invalid_request(description: impl Into<Cow<'static, str>>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}
