//! What operators can tell the function to do, and how it answers.

use crate::{
    tenant::{AnyError, Contents, Tenancy},
    vault::SecretsManager,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    App,
    domain::{Issuer, KeySet, Urgency},
    jose::SigningAlg,
    keys::KeyMaker,
};
use std::{path::Path, time::Duration};
use tokio::time::timeout;

/// Who does it: the deployment's table, keys and secrets.
#[derive(Clone, Copy)]
pub struct Operator<'a> {
    /// The table, and who signs.
    pub app: &'a App,
    /// Who makes keys.
    pub key_maker: &'a dyn KeyMaker,
    /// Where credentials are kept.
    pub vault: &'a SecretsManager,
    /// The authorities to trust instead of Amazon's, as a PEM file.
    pub ca_bundle: Option<&'a Path>,
}

/// A command.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Makes a tenant, unless it is there.
    CreateTenant(CreateTenant),
    /// Rotates a tenant's signing keys.
    RotateSigningKey(RotateSigningKey),
    /// Gives a tenant keys for another algorithm.
    AddSigningKey(AddSigningKey),
}

/// Which tenant to make.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateTenant {
    /// Its issuer: `https://HOST/`.
    pub issuer: Issuer,
    /// Whether to add an API, a user and a custom claim to try it with.
    #[serde(default)]
    pub example_data: bool,
}

/// Whose keys to rotate.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateSigningKey {
    /// The tenant's issuer.
    pub issuer: Issuer,
    /// Those for this algorithm: RS256, unless it says so.
    #[serde(default)]
    pub alg: SigningAlg,
    /// Whether a key is in the wrong hands, so that every token signed so far must be refused.
    #[serde(default)]
    pub at_once: bool,
}

/// Who gets keys for what.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddSigningKey {
    /// The tenant's issuer.
    pub issuer: Issuer,
    /// The algorithm.
    pub alg: SigningAlg,
}

/// What was done.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The tenant is there.
    Tenant {
        /// Its issuer.
        issuer: Issuer,
        /// The name of the secret that holds its credentials.
        credentials_secret: String,
    },
    /// The keys are rotated, or there.
    Keys {
        /// The tenant's issuer.
        issuer: Issuer,
        /// The key that signs from now on with this algorithm.
        kid: String,
    },
}

/// The payload is no command.
#[derive(Debug, thiserror::Error)]
#[error(
    "not a command: {0}. Send {{\"create_tenant\":{{\"issuer\":\"https://login.example.com/\",\"example_data\":false}}}} \
     or {{\"rotate_signing_key\":{{\"issuer\":\"https://login.example.com/\",\"at_once\":false}}}} \
     or {{\"add_signing_key\":{{\"issuer\":\"https://login.example.com/\",\"alg\":\"ES256\"}}}}"
)]
pub struct InvalidCommand(serde_json::Error);

/// A command was interrupted, since the function would have been.
#[derive(Debug, thiserror::Error)]
#[error(
    "the time was up before it was done: repeat it, but look at the key set before you repeat a rotation"
)]
struct TimeIsUp;

/// Does what `payload` says, `within` this time.
pub(crate) async fn handle(
    operator: &Operator<'_>,
    payload: Value,
    within: Duration,
) -> Result<Value, AnyError> {
    let command = serde_json::from_value(payload).map_err(InvalidCommand)?;
    Ok(serde_json::to_value(operator.obey(command, within).await?)?)
}

impl<'a> Operator<'a> {
    /// Does what `command` says, `within` this time. Whatever comes of it, a key that no key set names is disabled, or
    /// named in the log.
    ///
    /// # Errors
    ///
    /// When a dependency fails, the time is up, or a rotation comes too soon.
    pub async fn obey(&self, command: Command, within: Duration) -> Result<Answer, AnyError> {
        let tenancy = Tenancy::new(self.app, self.key_maker);
        let done = timeout(within, Box::pin(self.obey_in(&tenancy, command))).await;
        tenancy.leave_no_loose_keys().await;
        done.map_err(|_| TimeIsUp)?
    }

    async fn obey_in(&self, tenancy: &Tenancy<'a>, command: Command) -> Result<Answer, AnyError> {
        match command {
            Command::CreateTenant(CreateTenant { issuer, example_data }) => {
                let contents = if example_data { Contents::WithExample } else { Contents::Bare };
                let keep = async |credentials| self.vault.keep(&credentials).await;
                let created = tenancy.create(&issuer, contents, keep).await?;
                tracing::info!(code = "tenant", "{created:?}");
                let credentials_secret = self.vault.name(&issuer);
                Ok(Answer::Tenant { issuer, credentials_secret })
            }
            Command::RotateSigningKey(RotateSigningKey { issuer, alg, at_once }) => {
                let urgency = if at_once { Urgency::Emergency } else { Urgency::Planned };
                let key_set = tenancy.rotate(&issuer, alg, urgency).await?;
                signing(issuer, &key_set, alg, "rotated")
            }
            Command::AddSigningKey(AddSigningKey { issuer, alg }) => {
                let key_set = tenancy.add_signing_key(&issuer, alg).await?;
                signing(issuer, &key_set, alg, "added")
            }
        }
    }
}

/// Which key signs with `alg` from now on.
fn signing(
    issuer: Issuer,
    key_set: &KeySet,
    alg: SigningAlg,
    code: &str,
) -> Result<Answer, AnyError> {
    let current = key_set.current(alg).ok_or("the key set has no current key")?;
    tracing::info!(code, "{} signs with {}", current.jwk.kid(), alg.as_str());
    Ok(Answer::Keys { issuer, kid: current.jwk.kid().to_owned() })
}
