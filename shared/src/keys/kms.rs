//! AWS KMS as the key holder: signing keys and the key that wraps sealing keys never leave it.

use super::{KeyAnswer, KeyError, KeyHolder};
use crate::{
    config::make_a_ping,
    domain::TenantId,
    jose::{SigningAlg, raw_p256_signature},
};
use aws_lc_rs::digest;
use aws_sdk_kms::{
    Client,
    config::retry::RetryConfig,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use std::pin::Pin;

/// What a wrapped sealing key is bound to, so that no tenant's can be taken for another's.
pub(super) const TENANT: &str = "tenant";

/// Keys in KMS.
///
/// The client tries again what is worth it (throttling, time-outs, KMS's own failures) for up to four
/// seconds; a key that is disabled, about to be deleted, gone or out of reach fails at once.
#[derive(Clone, Debug)]
pub struct KmsKeys {
    pub(super) client: Client,
    pub(super) sealing_key: Option<String>,
}

impl KmsKeys {
    /// The keys that `client` reaches; `sealing_key` is the ARN of the one that wraps sealing keys, for
    /// those who may use it.
    #[must_use]
    pub fn new(client: Client, sealing_key: Option<String>) -> Self {
        Self { client, sealing_key }
    }

    pub(super) fn sealing_key(&self) -> Result<&str, KeyError> {
        let missing =
            || KeyError::new("finding the key that wraps sealing keys: CARDEA_SEALING_KEY");
        self.sealing_key.as_deref().ok_or_else(missing)
    }
}

impl KeyHolder for KmsKeys {
    fn connect(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            // Who may not use the wrapping key uses none.
            if self.sealing_key.is_some() {
                let once =
                    aws_sdk_kms::config::Builder::new().retry_config(RetryConfig::disabled());
                let ping = self.client.decrypt().customize();
                let _ = ping.config_override(once).mutate_request(make_a_ping).send().await;
            }
        })
    }

    /// One call. By its digest, since KMS takes no message above 4,096 bytes and a JWT may be longer.
    fn sign<'a>(
        &'a self,
        alg: SigningAlg,
        reference: &'a str,
        message: &'a [u8],
    ) -> KeyAnswer<'a, Vec<u8>> {
        let digest = digest::digest(&digest::SHA256, message);
        let request = self
            .client
            .sign()
            .key_id(reference)
            .message(Blob::new(digest.as_ref()))
            .message_type(MessageType::Digest)
            .signing_algorithm(match alg {
                SigningAlg::RS256 => SigningAlgorithmSpec::RsassaPkcs1V15Sha256,
                SigningAlg::ES256 => SigningAlgorithmSpec::EcdsaSha256,
            });
        Box::pin(async move {
            let answer = request.send().await.map_err(|why| KeyError::because("signing", why))?;
            let signature = answer.signature.map(Blob::into_inner);
            let signature = match alg {
                SigningAlg::RS256 => signature,
                SigningAlg::ES256 => {
                    signature.and_then(|der| raw_p256_signature(&der)).map(|raw| raw.to_vec())
                }
            };
            signature.ok_or_else(|| KeyError::new("signing"))
        })
    }

    /// One call.
    fn unwrap_sealing_key<'a>(
        &'a self,
        tenant: &'a TenantId,
        wrapped: &'a [u8],
    ) -> KeyAnswer<'a, [u8; 32]> {
        Box::pin(async move {
            let doing = "unwrapping a sealing key";
            let request = self
                .client
                .decrypt()
                .key_id(self.sealing_key()?)
                .ciphertext_blob(Blob::new(wrapped))
                .encryption_context(TENANT, tenant.as_str());
            let answer = request.send().await.map_err(|why| KeyError::because(doing, why))?;
            let key = answer.plaintext.map(Blob::into_inner).unwrap_or_default();
            key.try_into().map_err(|_| KeyError::new(doing))
        })
    }
}
