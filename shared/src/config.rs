//! The environment of a function, read and checked once, and the AWS clients that it asks for.

use crate::{connector::Connector, latency::Latency, observation::Dependency};
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedInterceptor,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use std::{env, path::PathBuf, time::Duration};

/// What a function needs to know of its surroundings.
#[derive(Debug)]
pub struct Environment {
    /// The table's name.
    pub table: String,
    /// The KMS key that wraps sealing keys, where the function may use it.
    pub sealing_key: Option<String>,
    /// The function that fetches what clients refer to, where this one may call it.
    pub fetch_function: Option<String>,
    /// The name of the deployment, by which its metrics are told apart.
    pub stack: String,
    /// How AWS is reached.
    pub aws: Aws,
}

/// How AWS is reached, and as whom.
#[derive(Clone, Debug)]
pub struct Aws {
    /// The region.
    pub region: String,
    /// As whom.
    pub credentials: Credentials,
    /// Where the services are, if not at the region's own addresses.
    pub endpoints: Endpoints,
    /// The authorities to trust instead of Amazon's, as a PEM file.
    pub ca_bundle: Option<PathBuf>,
    /// What watches each call.
    pub interceptors: Vec<SharedInterceptor>,
}

/// Addresses of services, as the SDKs' `AWS_ENDPOINT_URL` variables name them.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// `DynamoDB`'s.
    pub dynamodb: Option<String>,
    /// KMS's.
    pub kms: Option<String>,
    /// Lambda's.
    pub lambda: Option<String>,
    /// Secrets Manager's.
    pub secrets_manager: Option<String>,
}

/// The environment is not what a function needs.
#[derive(Debug, thiserror::Error)]
pub enum InvalidEnvironment {
    /// A variable is missing.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// The file of authorities can't be read.
    #[error("AWS_CA_BUNDLE: cannot read {path}: {source}")]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The authorities can't be used.
    #[error("the trusted authorities cannot be used: {0}")]
    Authorities(Box<dyn std::error::Error + Send + Sync>),
}

/// The environment variable `name`, which must be there.
///
/// # Errors
///
/// [`InvalidEnvironment::Missing`], naming it.
pub fn variable(name: &'static str) -> Result<String, InvalidEnvironment> {
    env::var(name).map_err(|_| InvalidEnvironment::Missing(name))
}

impl Environment {
    /// Reads `CARDEA_TABLE`, `CARDEA_STACK`, `CARDEA_SEALING_KEY`, `CARDEA_FETCH_FUNCTION`, and what
    /// [`Aws::from_env`] reads.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvironment`], naming the variable.
    pub fn read() -> Result<Self, InvalidEnvironment> {
        Ok(Self {
            table: variable("CARDEA_TABLE")?,
            sealing_key: env::var("CARDEA_SEALING_KEY").ok(),
            fetch_function: env::var("CARDEA_FETCH_FUNCTION").ok(),
            stack: variable("CARDEA_STACK")?,
            aws: Aws::from_env()?,
        })
    }
}

impl Aws {
    /// As Lambda's own variables say, and those that every AWS SDK knows: `AWS_ENDPOINT_URL`,
    /// `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_KMS`, `AWS_ENDPOINT_URL_LAMBDA`,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` and `AWS_CA_BUNDLE`.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvironment`], naming the variable.
    pub fn from_env() -> Result<Self, InvalidEnvironment> {
        let endpoint = |name: &str| {
            let own = env::var(format!("AWS_ENDPOINT_URL_{name}"));
            // Some runners can leave a variable empty, but not away.
            own.or_else(|_| env::var("AWS_ENDPOINT_URL")).ok().filter(|url| !url.is_empty())
        };
        Ok(Self {
            region: variable("AWS_REGION")?,
            credentials: Credentials::new(
                variable("AWS_ACCESS_KEY_ID")?,
                variable("AWS_SECRET_ACCESS_KEY")?,
                env::var("AWS_SESSION_TOKEN").ok(),
                None,
                "environment",
            ),
            endpoints: Endpoints {
                dynamodb: endpoint("DYNAMODB"),
                kms: endpoint("KMS"),
                lambda: endpoint("LAMBDA"),
                secrets_manager: endpoint("SECRETS_MANAGER"),
            },
            ca_bundle: env::var_os("AWS_CA_BUNDLE").map(PathBuf::from),
            interceptors: Vec::new(),
        })
    }

    /// What all clients of an endpoint share. The time-outs lie inside a function's, so that a slow answer
    /// still becomes a clean 503.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvironment`], when the authorities can't be read.
    pub fn sdk_config(&self) -> Result<SdkConfig, InvalidEnvironment> {
        self.sdk_config_with(Duration::from_secs(1), Duration::from_secs(4))
    }

    /// The same for what nobody waits for in a browser: making a key takes its time, and repeating it
    /// makes another.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvironment`], when the authorities can't be read.
    pub fn patient_sdk_config(&self) -> Result<SdkConfig, InvalidEnvironment> {
        self.sdk_config_with(Duration::from_secs(10), Duration::from_secs(15))
    }

    fn sdk_config_with(
        &self,
        attempt: Duration,
        operation: Duration,
    ) -> Result<SdkConfig, InvalidEnvironment> {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(attempt)
            .operation_timeout(operation)
            .build();
        Ok(SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .http_client(Connector::new(self.ca_bundle.as_deref())?.into_http_client())
            .build())
    }

    /// A client for `DynamoDB`.
    #[must_use]
    pub fn dynamodb(&self, sdk_config: &SdkConfig) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(sdk_config);
        config.set_endpoint_url(self.endpoints.dynamodb.clone());
        config.set_interceptors(self.interceptors.clone());
        config.push_interceptor(SharedInterceptor::new(Latency(Dependency::DynamoDb)));
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// A client for KMS.
    #[must_use]
    pub fn kms(&self, sdk_config: &SdkConfig) -> aws_sdk_kms::Client {
        let mut config = aws_sdk_kms::config::Builder::from(sdk_config);
        config.set_endpoint_url(self.endpoints.kms.clone());
        config.set_interceptors(self.interceptors.clone());
        config.push_interceptor(SharedInterceptor::new(Latency(Dependency::Kms)));
        aws_sdk_kms::Client::from_conf(config.build())
    }
}

/// Makes a request one to `/ping`, which AWS's endpoints answer to anybody, for nothing: what is wanted is
/// the connection that it leaves open.
pub(crate) fn make_a_ping(request: &mut HttpRequest) {
    let Some((scheme, rest)) = request.uri().split_once("://") else { return };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let ping = format!("{scheme}://{authority}/ping");
    // No header or address here comes from outside, so that neither can be refused.
    let _ = request.set_method("GET");
    let _ = request.set_uri(ping);
    *request.body_mut() = SdkBody::empty();
    request.headers_mut().remove("content-length");
}
