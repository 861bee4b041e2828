//! KMS and Secrets Manager as far as the provider uses them, spoken to over HTTP by the same SDKs, and as they
//! are on a bad day. The real things, as far as they can be had without an account, are in `tests/deployed`.

use super::UnlimitedRetries;
use aws_lc_rs::{
    digest::{self, Digest},
    encoding::{AsDer, PublicKeyX509Der},
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use aws_sdk_dynamodb::config::{Credentials, SharedInterceptor};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse};
use base64::{Engine, engine::general_purpose::STANDARD};
use local::Keys;
use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::{
    config::{Aws, Endpoints},
    entropy::{Entropy, SystemEntropy},
    keys::{KmsKeyMaker, KmsKeys},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// What stands for the key that wraps sealing keys.
pub(crate) const SEALING_KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/sealing";

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// The service answers with this error and status.
    Error(&'static str, u16),
    /// It does not answer.
    Silence,
}

/// The services, for as long as the test runs.
#[derive(Clone)]
pub(crate) struct FakeAws {
    pub(crate) endpoint: String,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    signing_keys: BTreeMap<String, SigningKey>,
    /// Wrapped sealing keys, and what each was wrapped with.
    data_keys: BTreeMap<String, (Value, [u8; 32])>,
    secrets: BTreeMap<String, String>,
    /// The names of those that are marked for deletion.
    deleted_secrets: BTreeSet<String>,
    /// By operation, and how often it goes well before.
    troubles: BTreeMap<String, (usize, Trouble)>,
}

struct SigningKey {
    pair: Arc<Pair>,
    is_enabled: bool,
    request: Value,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Pair {
    fn generate(spec: &str) -> Self {
        match spec {
            "RSA_2048" => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            "ECC_NIST_P256" => {
                Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
            }
            other => panic!("nobody needs a key of {other}"),
        }
    }

    fn public_der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Rsa(pair) => pair.public_key().as_der().unwrap(),
            Self::P256(pair) => pair.public_key().as_der().unwrap(),
        };
        der.as_ref().to_vec()
    }

    fn sign(&self, algorithm: &str, digest: &Digest) -> Result<Vec<u8>, Refusal> {
        match (self, algorithm) {
            (Self::Rsa(pair), "RSASSA_PKCS1_V1_5_SHA_256") => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, digest, &mut signature).unwrap();
                Ok(signature)
            }
            (Self::P256(pair), "ECDSA_SHA_256") => {
                let signature = pair.sign_digest(digest).unwrap();
                Ok(signature.as_ref().to_vec())
            }
            _ => Err(("InvalidKeyUsageException", 400)),
        }
    }
}

type Refusal = (&'static str, u16);

impl FakeAws {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let aws = Self { endpoint, inside: Arc::default() };
        let router = Router::new().fallback(serve).with_state(aws.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        aws
    }

    /// How the SDKs reach it.
    pub(crate) fn reached(&self, mut interceptors: Vec<SharedInterceptor>) -> Aws {
        interceptors.push(UnlimitedRetries.into_interceptor());
        Aws {
            region: "eu-central-1".to_owned(),
            credentials: Credentials::new("id", "secret", None, None, "test"),
            endpoints: Endpoints {
                dynamodb: None,
                kms: Some(self.endpoint.clone()),
                lambda: None,
                secrets_manager: Some(self.endpoint.clone()),
            },
            ca_bundle: None,
            interceptors,
        }
    }

    /// The keys in it, for a provider.
    pub(crate) fn keys(&self, interceptors: Vec<SharedInterceptor>) -> Keys {
        let aws = self.reached(interceptors);
        let client = aws.kms(&aws.sdk_config().unwrap());
        let keys = KmsKeys::new(client, Some(SEALING_KEY.to_owned()));
        let maker = KmsKeyMaker::new(keys.clone(), "test".to_owned(), "{}".to_owned());
        (Arc::new(keys), Arc::new(maker))
    }

    /// From now on `operation` goes wrong, or right again.
    pub(crate) fn trouble(&self, operation: &str, trouble: Option<Trouble>) {
        match trouble {
            Some(trouble) => self.trouble_after(0, operation, trouble),
            None => drop(self.inside.lock().unwrap().troubles.remove(operation)),
        }
    }

    /// So many times `operation` still goes well, and then it goes wrong.
    pub(crate) fn trouble_after(&self, times: usize, operation: &str, trouble: Trouble) {
        self.inside.lock().unwrap().troubles.insert(operation.to_owned(), (times, trouble));
    }

    /// What the signing keys were created with, and whether each is enabled, oldest first.
    pub(crate) fn signing_keys(&self) -> Vec<(Value, bool)> {
        let inside = self.inside.lock().unwrap();
        inside.signing_keys.values().map(|key| (key.request.clone(), key.is_enabled)).collect()
    }

    /// The ARNs of the signing keys that are enabled.
    pub(crate) fn enabled_keys(&self) -> BTreeSet<String> {
        let inside = self.inside.lock().unwrap();
        let enabled = inside.signing_keys.iter().filter(|(_, key)| key.is_enabled);
        enabled.map(|(arn, _)| arn.clone()).collect()
    }

    /// What is kept under `name`.
    pub(crate) fn secret(&self, name: &str) -> Option<String> {
        let inside = self.inside.lock().unwrap();
        inside.secrets.get(name).filter(|_| !inside.deleted_secrets.contains(name)).cloned()
    }

    /// Marks for deletion what is kept under `name`, as `delete-secret` does.
    pub(crate) fn delete_secret(&self, name: &str) {
        self.inside.lock().unwrap().deleted_secrets.insert(name.to_owned());
    }

    fn trouble_now(&self, operation: &str) -> Option<Trouble> {
        let mut inside = self.inside.lock().unwrap();
        let (times, trouble) = inside.troubles.get_mut(operation)?;
        if *times == 0 {
            return Some(*trouble);
        }
        *times -= 1;
        None
    }

    fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        match operation {
            "CreateKey" => Ok(self.create_key(request)),
            "GetPublicKey" => {
                let der = self.signing_key(request)?.public_der();
                Ok(json!({ "PublicKey": STANDARD.encode(der) }))
            }
            "DisableKey" => {
                let mut inside = self.inside.lock().unwrap();
                let key = inside.signing_keys.get_mut(request["KeyId"].as_str().unwrap());
                key.ok_or(("NotFoundException", 400))?.is_enabled = false;
                Ok(json!({}))
            }
            "Sign" => self.sign(request),
            "GenerateDataKey" => Ok(self.generate_data_key(request)),
            "Decrypt" => self.decrypt(request),
            "CreateSecret" => self.create_secret(request),
            "PutSecretValue" => self.put_secret_value(request),
            "RestoreSecret" => {
                let name = request["SecretId"].as_str().unwrap();
                assert!(self.inside.lock().unwrap().deleted_secrets.remove(name));
                Ok(json!({}))
            }
            _ => Err(("UnknownOperationException", 400)),
        }
    }

    fn create_key(&self, request: &Value) -> Value {
        assert_eq!(request["KeyUsage"], "SIGN_VERIFY");
        let mut inside = self.inside.lock().unwrap();
        let arn =
            format!("arn:aws:kms:eu-central-1:111122223333:key/{}", inside.signing_keys.len());
        let pair = Arc::new(Pair::generate(request["KeySpec"].as_str().unwrap()));
        let key = SigningKey { pair, is_enabled: true, request: request.clone() };
        inside.signing_keys.insert(arn.clone(), key);
        json!({ "KeyMetadata": { "KeyId": arn, "Arn": arn } })
    }

    fn signing_key(&self, request: &Value) -> Result<Arc<Pair>, Refusal> {
        let inside = self.inside.lock().unwrap();
        let key = inside.signing_keys.get(request["KeyId"].as_str().unwrap());
        let key = key.ok_or(("NotFoundException", 400))?;
        if key.is_enabled { Ok(key.pair.clone()) } else { Err(("DisabledException", 400)) }
    }

    fn sign(&self, request: &Value) -> Result<Value, Refusal> {
        assert_eq!(request["MessageType"], "DIGEST");
        let pair = self.signing_key(request)?;
        let message = STANDARD.decode(request["Message"].as_str().unwrap()).unwrap();
        let digest = Digest::import_less_safe(&message, &digest::SHA256).unwrap();
        let signature = pair.sign(request["SigningAlgorithm"].as_str().unwrap(), &digest)?;
        Ok(json!({ "Signature": STANDARD.encode(signature) }))
    }

    fn generate_data_key(&self, request: &Value) -> Value {
        assert_eq!(
            (&request["KeyId"], &request["KeySpec"]),
            (&SEALING_KEY.into(), &"AES_256".into())
        );
        let mut inside = self.inside.lock().unwrap();
        let key: [u8; 32] = (&SystemEntropy as &dyn Entropy).bytes();
        let blob = STANDARD.encode(format!("data key {}", inside.data_keys.len()));
        inside.data_keys.insert(blob.clone(), (request["EncryptionContext"].clone(), key));
        json!({ "CiphertextBlob": blob, "Plaintext": STANDARD.encode(key) })
    }

    fn decrypt(&self, request: &Value) -> Result<Value, Refusal> {
        assert_eq!(request["KeyId"], SEALING_KEY);
        let inside = self.inside.lock().unwrap();
        let found = inside.data_keys.get(request["CiphertextBlob"].as_str().unwrap());
        let found = found.filter(|(context, _)| *context == request["EncryptionContext"]);
        let (_, key) = found.ok_or(("InvalidCiphertextException", 400))?;
        Ok(json!({ "Plaintext": STANDARD.encode(key) }))
    }

    fn create_secret(&self, request: &Value) -> Result<Value, Refusal> {
        let name = request["Name"].as_str().unwrap().to_owned();
        let mut inside = self.inside.lock().unwrap();
        if inside.deleted_secrets.contains(&name) {
            return Err(("InvalidRequestException", 400));
        }
        if inside.secrets.contains_key(&name) {
            return Err(("ResourceExistsException", 400));
        }
        inside.secrets.insert(name, request["SecretString"].as_str().unwrap().to_owned());
        Ok(json!({}))
    }

    fn put_secret_value(&self, request: &Value) -> Result<Value, Refusal> {
        let name = request["SecretId"].as_str().unwrap().to_owned();
        let mut inside = self.inside.lock().unwrap();
        if inside.deleted_secrets.contains(&name) {
            return Err(("InvalidRequestException", 400));
        }
        let kept = inside.secrets.get_mut(&name).ok_or(("ResourceNotFoundException", 400))?;
        request["SecretString"].as_str().unwrap().clone_into(kept);
        Ok(json!({}))
    }
}

async fn serve(State(aws): State<FakeAws>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.split('.').nth(1)).unwrap_or_default();
    let trouble = aws.trouble_now(operation);
    let outcome = match trouble {
        Some(Trouble::Silence) => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Err(("Late", 500))
        }
        Some(Trouble::Error(code, status)) => Err((code, status)),
        None => aws.answer(operation, &serde_json::from_slice(&body).unwrap_or_default()),
    };
    let (status, body) = match outcome {
        Ok(answer) => (200, answer),
        Err((code, status)) => {
            (status, json!({ "__type": code, "message": "a detail that nobody must see" }))
        }
    };
    (
        StatusCode::from_u16(status).unwrap(),
        [("content-type", "application/x-amz-json-1.1")],
        body.to_string(),
    )
}
