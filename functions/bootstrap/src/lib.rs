//! Makes tenants and rotates their keys. Not an endpoint: CloudFormation calls it when the stack is
//! deployed (a [custom resource]), and operators by name:
//!
//! ```sh
//! aws lambda invoke --function-name cardea-bootstrap --cli-binary-format raw-in-base64-out \
//!   --payload '{"create_tenant":{"issuer":"https://login.example.com/"}}' /dev/stdout
//! ```
//!
//! The server on a laptop makes its tenant by the same code: [`Tenancy::create`].
//!
//! [custom resource]: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

mod command;
mod credentials;
mod custom_resource;
mod deadline;
mod example;
mod loose_keys;
mod rotation;
mod tenant;
mod vault;

pub use command::{Answer, Command, InvalidCommand, Operator};
pub use credentials::Credentials;
pub use tenant::{Contents, Created, Tenancy};
pub use vault::SecretsManager;

use custom_resource::CustomResource;
use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{self, Diagnostic},
    service_fn,
};
use serde_json::Value;
use shared::{
    App,
    config::{Environment, variable},
    domain::{Issuer, TenantId},
    http::causes,
    keys::{KmsKeyMaker, KmsKeys},
    log::REQUEST,
    observation::{self, Observation},
    runtime,
};

/// Runs the function until its Lambda environment ends.
///
/// # Errors
///
/// When a variable is missing or the Lambda runtime API fails.
pub async fn run() -> Result<(), Error> {
    let environment = Environment::read()?;
    runtime::write_logs(&environment.stack);
    let sdk_config = environment.aws.patient_sdk_config()?;
    let keys = KmsKeys::new(environment.aws.kms(&sdk_config), environment.sealing_key.clone());
    let app = App::new_on_aws(&environment, &sdk_config, keys.clone());
    let key_policy = variable("CARDEA_SIGNING_KEY_POLICY")?;
    let key_maker = KmsKeyMaker::new(keys, environment.stack.clone(), key_policy);
    let prefix = variable("CARDEA_CREDENTIALS_PREFIX")?;
    let vault = SecretsManager::new(&environment.aws, &sdk_config, prefix);
    let ca_bundle = environment.aws.ca_bundle.as_deref();
    let operator = &Operator { app: &app, key_maker: &key_maker, vault: &vault, ca_bundle };
    // On the heap, since what all its calls take is too much for one type.
    lambda_runtime::run(service_fn(|event| Box::pin(handle(operator, event)))).await
}

/// Does what `event` says: a request of CloudFormation's, which is answered where it says, or an
/// operator's command.
///
/// # Errors
///
/// As Lambda shows them to whoever called: what failed, and why.
async fn handle(operator: &Operator<'_>, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let LambdaEvent { payload, context } = event;
    let tenant = tenant_of(&payload);
    let within = deadline::time_to_work(operator.app.clock.now(), context.deadline);
    let observation = Observation::of_command(env!("CARGO_PKG_NAME"), context.request_id, tenant);
    let obeyed = async {
        let done = if CustomResource::is_one(&payload) {
            Box::pin(custom_resource::handle(operator, payload, within)).await
        } else {
            Box::pin(command::handle(operator, payload, within)).await
        };
        if done.is_err() {
            observation::refused("failed");
        }
        tracing::info!(target: REQUEST, status = if done.is_ok() { 200_u16 } else { 500 });
        done.map_err(|why| {
            let error_message = causes(&*why);
            tracing::error!(code = "failed", "{error_message}");
            Diagnostic { error_type: "BootstrapError".to_owned(), error_message }
        })
    };
    observation.watch(obeyed).await
}

/// The tenant that an event is about, wherever it names its issuer.
fn tenant_of(payload: &Value) -> Option<TenantId> {
    let places = [
        "/create_tenant/issuer",
        "/rotate_signing_key/issuer",
        "/add_signing_key/issuer",
        "/ResourceProperties/Issuer",
    ];
    let issuer = places.iter().find_map(|place| payload.pointer(place))?;
    issuer.as_str()?.parse().ok().as_ref().map(Issuer::tenant_id)
}
