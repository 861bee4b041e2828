//! AWS Secrets Manager as the place where credentials are kept, and where alone they can be read.

use crate::{credentials::Credentials, tenant::AnyError};
use aws_sdk_secretsmanager::{
    Client,
    error::SdkError,
    operation::{create_secret::CreateSecretError, put_secret_value::PutSecretValueError},
};
use shared::{
    config::Aws,
    domain::{Issuer, TenantId},
};

/// The secrets of one deployment.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
    prefix: String,
}

impl SecretsManager {
    /// Secrets whose names begin with `prefix`.
    #[must_use]
    pub fn new(aws: &Aws, sdk_config: &aws_types::SdkConfig, prefix: String) -> Self {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(sdk_config);
        config.set_endpoint_url(aws.endpoints.secrets_manager.clone());
        config.set_interceptors(aws.interceptors.clone());
        Self { client: Client::from_conf(config.build()), prefix }
    }

    /// What the secret of `issuer`'s tenant is called: the prefix and the issuer's host.
    pub(crate) fn name(&self, issuer: &Issuer) -> String {
        let host: &TenantId = &issuer.tenant_id();
        // A colon, before a port, is no character of a secret's name.
        format!("{}{}", self.prefix, host.as_str().replace([':', '[', ']'], "_"))
    }

    /// Keeps `credentials`. What an interrupted start kept is of no use to anybody, and gives way; so does what is
    /// marked for deletion, which takes the name until it is gone.
    ///
    /// # Errors
    ///
    /// When Secrets Manager fails.
    pub(crate) async fn keep(&self, credentials: &Credentials) -> Result<(), AnyError> {
        let name = self.name(&credentials.issuer);
        let json = serde_json::to_string_pretty(credentials)?;
        let description = format!("The first credentials of {}", credentials.issuer);
        let created =
            self.client.create_secret().name(&name).description(description).secret_string(&json);
        match Box::pin(created.send()).await.map_err(SdkError::into_service_error) {
            Ok(_) => return Ok(()),
            Err(
                CreateSecretError::ResourceExistsException(_)
                // What Secrets Manager says of a name whose secret is marked for deletion.
                | CreateSecretError::InvalidRequestException(_),
            ) => {}
            Err(why) => return Err(why.into()),
        }
        match self.put(&name, &json).await {
            Err(PutSecretValueError::InvalidRequestException(_)) => {
                let restored = self.client.restore_secret().secret_id(&name);
                Box::pin(restored.send()).await?;
                Ok(self.put(&name, &json).await?)
            }
            put => Ok(put?),
        }
    }

    async fn put(&self, name: &str, json: &str) -> Result<(), PutSecretValueError> {
        let put = self.client.put_secret_value().secret_id(name).secret_string(json);
        Box::pin(put.send()).await.map(drop).map_err(SdkError::into_service_error)
    }
}
