//! The environment of a function, read and checked once, and the AWS client that it asks for.

use crate::storage::Table;
use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, SharedInterceptor, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::{env, path::PathBuf, time::Duration};

/// What a function needs to know of its surroundings.
#[derive(Debug)]
pub struct Environment {
    /// Where the table is.
    pub table: TableLocation,
    /// Where the private keys are.
    pub keys_directory: PathBuf,
}

/// Where a table is, and as whom to speak to it.
#[derive(Clone, Debug)]
pub struct TableLocation {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// DynamoDB's address, where it is not the region's own.
    pub endpoint_url: Option<String>,
    /// As whom.
    pub credentials: Credentials,
    /// What watches each call.
    pub interceptors: Vec<SharedInterceptor>,
}

/// An environment variable is missing.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct MissingVariable(&'static str);

impl Environment {
    /// Reads the variables: `CARDEA_TABLE`, `CARDEA_KEYS_DIRECTORY`, those that Lambda sets for every
    /// function, and `AWS_ENDPOINT_URL_DYNAMODB` where DynamoDB is somewhere else.
    ///
    /// # Errors
    ///
    /// [`MissingVariable`], naming it.
    pub fn read() -> Result<Self, MissingVariable> {
        let variable = |name| env::var(name).map_err(|_| MissingVariable(name));
        let credentials = Credentials::new(
            variable("AWS_ACCESS_KEY_ID")?,
            variable("AWS_SECRET_ACCESS_KEY")?,
            env::var("AWS_SESSION_TOKEN").ok(),
            None,
            "environment",
        );
        Ok(Self {
            table: TableLocation {
                name: variable("CARDEA_TABLE")?,
                region: variable("AWS_REGION")?,
                endpoint_url: env::var("AWS_ENDPOINT_URL_DYNAMODB").ok(),
                credentials,
                interceptors: Vec::new(),
            },
            keys_directory: variable("CARDEA_KEYS_DIRECTORY")?.into(),
        })
    }
}

impl TableLocation {
    /// The table there.
    #[must_use]
    pub fn table(self) -> Table {
        let name = self.name.clone();
        Table::new(self.client(), name)
    }

    /// A client for DynamoDB. Its time-outs lie inside a function's, so that a slow answer still
    /// becomes a clean 503.
    #[must_use]
    pub fn client(self) -> Client {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(300))
            .operation_attempt_timeout(Duration::from_secs(1))
            .operation_timeout(Duration::from_secs(4))
            .build();
        let is_plain = self.endpoint_url.as_ref().is_some_and(|url| url.starts_with("http:"));
        let http_client = aws_smithy_http_client::Builder::new();
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region))
            .credentials_provider(self.credentials)
            .sleep_impl(TokioSleep::new())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .http_client(if is_plain {
                http_client.build_http()
            } else {
                http_client.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https()
            });
        config.set_endpoint_url(self.endpoint_url);
        config.set_interceptors(self.interceptors);
        Client::from_conf(config.build())
    }
}
