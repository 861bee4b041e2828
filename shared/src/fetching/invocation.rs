//! The `fetch` function as Lambda runs it, called by name.
//!
//! One operation of one service, signed with what the AWS SDK signs with: the SDK's client of Lambda has
//! nearly a hundred operations, and would be built for each function.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use super::{Errand, FetchAnswer, Fetcher, FetcherError};
use crate::{
    clock::Clock,
    config::{Aws, InvalidEnvironment},
    connector::Connector,
    domain::FetchOutcome,
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::{
    http::HttpConnector,
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use lambda_http::http;
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Longer than the function itself takes, which gives up after five seconds, and shorter than its callers.
const PATIENCE: Duration = Duration::from_secs(8);

/// The header that says that the function failed, though Lambda did not.
const FUNCTION_ERROR: &str = "x-amz-function-error";

/// Calls the function.
pub struct Invocation {
    aws: Aws,
    url: String,
    connector: Connector,
    clock: Arc<dyn Clock>,
}

impl Invocation {
    /// Calls of the function called `name`.
    ///
    /// # Errors
    ///
    /// When the trusted authorities can't be read.
    pub fn new(aws: &Aws, name: &str, clock: Arc<dyn Clock>) -> Result<Self, InvalidEnvironment> {
        let connector = Connector::new(aws.ca_bundle.as_deref())?;
        let suffix = if aws.region.starts_with("cn-") { ".cn" } else { "" };
        let regional = || format!("https://lambda.{}.amazonaws.com{suffix}", aws.region);
        let endpoint = aws.endpoints.lambda.clone().unwrap_or_else(regional);
        let url = format!("{endpoint}/2015-03-31/functions/{name}/invocations");
        Ok(Self { aws: aws.clone(), url, connector, clock })
    }

    async fn invoke(&self, errand: &Errand) -> Result<FetchOutcome, Box<dyn Error + Send + Sync>> {
        let request = self.signed(serde_json::to_string(errand)?)?;
        let response = self.connector.call(request).await?;
        let status = response.status();
        let has_failed = response.headers().get(FUNCTION_ERROR).is_some();
        if !status.is_success() || has_failed {
            return Err(format!(
                "Lambda's answer is {status}, a failure of the function's: {has_failed}"
            )
            .into());
        }
        Ok(serde_json::from_slice(&body(response).await?)?)
    }

    /// The request with its signature (Signature Version 4).
    fn signed(&self, body: String) -> Result<HttpRequest, Box<dyn Error + Send + Sync>> {
        let since_epoch = Duration::from_secs(self.clock.now().0.try_into()?);
        let identity = self.aws.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.aws.region)
            .name("lambda")
            .time(SystemTime::UNIX_EPOCH + since_epoch)
            .settings(SigningSettings::default())
            .build()?;
        let signable = SignableRequest::new(
            "POST",
            self.url.as_str(),
            std::iter::empty(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (signature, _) = sign(signable, &parameters.into())?.into_parts();
        let mut request = http::Request::post(&self.url).body(SdkBody::from(body))?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    }
}

async fn body(response: HttpResponse) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    Ok(ByteStream::new(response.into_body()).collect().await?.to_vec())
}

impl Fetcher for Invocation {
    fn fetch<'a>(&'a self, errand: &'a Errand) -> FetchAnswer<'a> {
        Box::pin(async {
            match tokio::time::timeout(PATIENCE, self.invoke(errand)).await {
                Ok(outcome) => outcome.map_err(FetcherError::because),
                Err(late) => Err(FetcherError::because(late)),
            }
        })
    }
}
