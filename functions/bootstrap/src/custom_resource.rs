//! The tenant as a resource of the stack: CloudFormation's requests, and the answers that it waits for.
//!
//! The resource is named after its issuer, so that a change of the domain makes another tenant beside
//! the old one. Deleting it deletes nothing: issuers can't be had again, and data is kept by default.

use crate::{
    command::{Answer, Command, CreateTenant, Operator},
    tenant::AnyError,
};
use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{connector::Connector, http::causes};
use std::{path::Path, time::Duration};
use tokio::time::timeout;

/// How long CloudFormation may take to take an answer.
const TIME_TO_PUT: Duration = Duration::from_millis(2_500);

/// A request of CloudFormation's.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CustomResource {
    request_type: RequestType,
    request_id: String,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    /// Read only once there is a way to say what is wrong with it.
    #[serde(default)]
    resource_properties: Value,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
enum RequestType {
    Create,
    Update,
    Delete,
}

impl CustomResource {
    /// Whether `payload` comes from CloudFormation.
    pub(crate) fn is_one(payload: &Value) -> bool {
        payload.get("ResponseURL").is_some()
    }
}

/// Does what is asked `within` this time, and tells CloudFormation what came of it.
///
/// # Errors
///
/// When CloudFormation can't be told; it would then wait until it gives up.
pub(crate) async fn handle(
    operator: &Operator<'_>,
    payload: Value,
    within: Duration,
) -> Result<Value, AnyError> {
    let request: CustomResource = serde_json::from_value(payload)?;
    let answer = answer(&request, fulfil(operator, &request, within).await);
    put(&request.response_url, &answer, operator.ca_bundle).await?;
    Ok(Value::Null)
}

async fn fulfil(
    operator: &Operator<'_>,
    request: &CustomResource,
    within: Duration,
) -> Result<Option<Answer>, AnyError> {
    if request.request_type == RequestType::Delete {
        return Ok(None);
    }
    let properties = &request.resource_properties;
    let text = |name: &str| properties[name].as_str().unwrap_or_default();
    let create = CreateTenant {
        issuer: text("Issuer").parse()?,
        // CloudFormation passes every value on as text.
        example_data: text("ExampleData") == "true",
    };
    operator.obey(Command::CreateTenant(create), within).await.map(Some)
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>
fn answer(request: &CustomResource, outcome: Result<Option<Answer>, AnyError>) -> Value {
    let known = request.physical_resource_id.clone().unwrap_or_else(|| "none".to_owned());
    let (status, reason, physical_resource_id, data) = match outcome {
        Ok(Some(Answer::Tenant { issuer, credentials_secret })) => {
            let data = json!({ "CredentialsSecret": credentials_secret });
            ("SUCCESS", String::new(), issuer.to_string(), data)
        }
        Ok(_) => ("SUCCESS", String::new(), known, json!({})),
        Err(why) => {
            let reason = causes(&*why);
            tracing::error!(code = "failed", "{reason}");
            ("FAILED", reason, known, json!({}))
        }
    };
    json!({
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": physical_resource_id,
        "StackId": request.stack_id,
        "RequestId": request.request_id,
        "LogicalResourceId": request.logical_resource_id,
        "Data": data,
    })
}

/// The URL is signed by CloudFormation: whoever has it may put the answer there, without credentials. Tried twice,
/// since without it CloudFormation waits until it gives up.
async fn put(url: &str, answer: &Value, ca_bundle: Option<&Path>) -> Result<(), AnyError> {
    let connector = Connector::new(ca_bundle)?;
    match try_to_put(&connector, url, answer).await {
        Ok(()) => Ok(()),
        Err(_) => try_to_put(&connector, url, answer).await,
    }
}

async fn try_to_put(connector: &Connector, url: &str, answer: &Value) -> Result<(), AnyError> {
    let mut request = HttpRequest::new(SdkBody::from(answer.to_string()));
    request.set_method("PUT")?;
    request.set_uri(url)?;
    let response = timeout(TIME_TO_PUT, connector.call(request)).await??;
    if response.status().is_success() {
        return Ok(());
    }
    Err(format!("CloudFormation's answer to our answer is {}", response.status()).into())
}
