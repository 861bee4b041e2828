//! Making keys in AWS KMS. Only the bootstrap function does.

use super::{KeyAnswer, KeyError, KeyMaker, KmsKeys, kms::TENANT};
use crate::{
    domain::TenantId,
    jose::{PublicJwk, SigningAlg},
};
use aws_lc_rs::rsa;
use aws_sdk_kms::{
    error::SdkError,
    operation::get_public_key::GetPublicKeyError,
    primitives::Blob,
    types::{DataKeySpec, KeySpec, KeyUsageType, Tag},
};
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use std::time::Duration;

/// How many seconds KMS may take until it knows everywhere a key that it has made.
const KNOWN_AFTER: usize = 10;

/// What a public key on P-256 begins with in DER (RFC 5480 §2): a sequence of its algorithm, id-ecPublicKey on prime256v1,
/// and of a bit string that is its point.
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Makes signing keys of one deployment: tagged, so that its roles reach them and no others.
#[derive(Clone, Debug)]
pub struct KmsKeyMaker {
    keys: KmsKeys,
    stack: String,
    /// JSON: who may do what with a new signing key.
    key_policy: String,
}

impl KmsKeyMaker {
    /// A maker of keys for the deployment called `stack`, each with `key_policy` (JSON).
    #[must_use]
    pub fn new(keys: KmsKeys, stack: String, key_policy: String) -> Self {
        Self { keys, stack, key_policy }
    }

    fn tags(&self) -> Result<Vec<Tag>, KeyError> {
        let tags = [("cardea:role", "tenant-signing"), ("cardea:stack", &self.stack)];
        tags.into_iter()
            .map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build())
            .collect::<Result<_, _>>()
            .map_err(|why| KeyError::because("tagging a signing key", why))
    }

    async fn create(&self, alg: SigningAlg) -> Result<String, KeyError> {
        let creating = "creating a signing key";
        let request = self
            .keys
            .client
            .create_key()
            .key_spec(match alg {
                SigningAlg::RS256 => KeySpec::Rsa2048,
                SigningAlg::ES256 => KeySpec::EccNistP256,
            })
            .key_usage(KeyUsageType::SignVerify)
            .description(format!("Signs the tokens of a tenant of {}", self.stack))
            .policy(&self.key_policy)
            .set_tags(Some(self.tags()?));
        let created = request.send().await.map_err(|why| KeyError::because(creating, why))?;
        let arn = created.key_metadata.and_then(|key| key.arn);
        arn.ok_or_else(|| KeyError::new(creating))
    }

    async fn read_public_key(&self, alg: SigningAlg, arn: &str) -> Result<PublicJwk, KeyError> {
        let reading = "reading the public half of a signing key";
        let mut answer = self.keys.client.get_public_key().key_id(arn).send().await;
        for _ in 0..KNOWN_AFTER {
            if !answer.as_ref().is_err_and(is_not_known_yet) {
                break;
            }
            TokioSleep::new().sleep(Duration::from_secs(1)).await;
            answer = self.keys.client.get_public_key().key_id(arn).send().await;
        }
        let answer = answer.map_err(|why| KeyError::because(reading, why))?;
        let der = answer.public_key.map(Blob::into_inner).unwrap_or_default();
        match alg {
            SigningAlg::RS256 => {
                let key = rsa::PublicKey::from_der(&der)
                    .map_err(|why| KeyError::because(reading, why.to_string()))?;
                Ok(PublicJwk::rsa(
                    key.modulus().big_endian_without_leading_zero(),
                    key.exponent().big_endian_without_leading_zero(),
                ))
            }
            SigningAlg::ES256 => {
                let point = der.strip_prefix(&P256_PREFIX);
                point.and_then(PublicJwk::p256).ok_or_else(|| KeyError::new(reading))
            }
        }
    }

    async fn data_key(&self, tenant: &TenantId) -> Result<Vec<u8>, KeyError> {
        let creating = "creating a sealing key";
        let request = self
            .keys
            .client
            .generate_data_key()
            .key_id(self.keys.sealing_key()?)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context(TENANT, tenant.as_str());
        let answer = request.send().await.map_err(|why| KeyError::because(creating, why))?;
        answer.ciphertext_blob.map(Blob::into_inner).ok_or_else(|| KeyError::new(creating))
    }
}

fn is_not_known_yet(why: &SdkError<GetPublicKeyError>) -> bool {
    why.as_service_error().is_some_and(GetPublicKeyError::is_not_found_exception)
}

impl KeyMaker for KmsKeyMaker {
    /// One call.
    fn create_signing_key(&self, alg: SigningAlg) -> KeyAnswer<'_, String> {
        Box::pin(self.create(alg))
    }

    /// One call, and others as long as KMS does not know the key yet.
    fn public_key<'a>(&'a self, alg: SigningAlg, reference: &'a str) -> KeyAnswer<'a, PublicJwk> {
        Box::pin(self.read_public_key(alg, reference))
    }

    /// One call. Its deletion is left to people: it can't be taken back.
    fn disable_signing_key<'a>(&'a self, reference: &'a str) -> KeyAnswer<'a, ()> {
        Box::pin(async move {
            let answer = self.keys.client.disable_key().key_id(reference).send().await;
            answer.map(drop).map_err(|why| KeyError::because("disabling a signing key", why))
        })
    }

    /// One call.
    fn create_sealing_key<'a>(&'a self, tenant: &'a TenantId) -> KeyAnswer<'a, Vec<u8>> {
        Box::pin(self.data_key(tenant))
    }
}
