//! What a client is told of its registration (RFC 7591 §3.2.1, RFC 7592 §3).

use super::{ClientMetadata, ClientSecret, RegistrationAccessToken};
use crate::clock::Timestamp;
use serde::Serialize;

/// The client information response: everything that was registered, and no more.
#[derive(Serialize)]
pub struct ClientInformation<'a> {
    /// What the client is called.
    client_id: &'a str,
    /// When it was registered.
    client_id_issued_at: Timestamp,
    /// Its secret, in the one answer that tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    /// In seconds since 1970; 0 means never. There whenever a secret is.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    /// What it can read or change this with.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_access_token: Option<&'a str>,
    /// Where it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_client_uri: Option<String>,
    /// The statement about its software that it brought, as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    software_statement: Option<&'a str>,
    #[serde(flatten)]
    metadata: Option<&'a ClientMetadata>,
}

impl<'a> ClientInformation<'a> {
    /// What is told of `client_id`, which has no secret and cannot manage itself.
    #[must_use]
    pub fn new(
        client_id: &'a str,
        client_id_issued_at: Timestamp,
        metadata: Option<&'a ClientMetadata>,
    ) -> Self {
        Self {
            client_id,
            client_id_issued_at,
            client_secret: None,
            client_secret_expires_at: None,
            registration_access_token: None,
            registration_client_uri: None,
            software_statement: None,
            metadata,
        }
    }

    /// The same, with its secret, which never expires.
    #[must_use]
    pub fn with_secret(self, client_secret: Option<&'a ClientSecret>) -> Self {
        let client_secret = client_secret.map(ClientSecret::expose);
        Self { client_secret, client_secret_expires_at: client_secret.map(|_| 0), ..self }
    }

    /// The same, with the statement that counted.
    #[must_use]
    pub fn with_software_statement(self, software_statement: Option<&'a str>) -> Self {
        Self { software_statement, ..self }
    }

    /// The same, with what it can be managed with, at the issuer of that URL, which ends in a slash.
    #[must_use]
    pub fn with_management(self, issuer: &str, token: Option<&'a RegistrationAccessToken>) -> Self {
        let uri = |_: &_| format!("{issuer}oidc/register/{}", self.client_id);
        let registration_client_uri = token.map(uri);
        let registration_access_token = token.map(RegistrationAccessToken::expose);
        Self { registration_access_token, registration_client_uri, ..self }
    }
}
