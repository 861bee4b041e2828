//! The functions in their surroundings: a provider's table and keys, reached as on AWS.

use super::{
    authority,
    functions::Function,
    process::{cpu, peak_memory},
    service::{Service, Used},
};
use crate::harness::{Lambda, Provider, SEALING_KEY};
use serde_json::Value;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the services take to answer, about as in a region of AWS.
pub(crate) const DYNAMODB_LATENCY: Duration = Duration::from_millis(5);
pub(crate) const KMS_LATENCY: Duration = Duration::from_millis(10);

/// The services.
pub(crate) struct Cloud {
    dynamodb: Service,
    kms: Service,
    ca_bundle: PathBuf,
    _directory: TempDir,
}

/// A function that runs.
pub(crate) struct Running<'a> {
    cloud: &'a Cloud,
    lambda: Lambda,
    id: u32,
    answers: usize,
}

/// What something took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

/// What a request took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) spent: Spent,
    pub(crate) dynamodb: Used,
    pub(crate) kms: Used,
}

impl Cloud {
    /// What `provider` has.
    pub(crate) async fn of(provider: &Provider) -> Self {
        let (acceptor, root) = authority::localhost();
        let directory = tempfile::tempdir().unwrap();
        let ca_bundle = directory.path().join("root.pem");
        std::fs::write(&ca_bundle, root).unwrap();
        let dynamodb = provider.database.clone();
        let dynamodb = Service::start(dynamodb, DYNAMODB_LATENCY, acceptor.clone()).await;
        let kms = Service::start(provider.aws.endpoint.clone(), KMS_LATENCY, acceptor).await;
        Self { dynamodb, kms, ca_bundle, _directory: directory }
    }

    /// Starts `function` until it asks for its first event, and says what that took.
    pub(crate) async fn start(&self, function: &Function) -> (Running<'_>, Spent) {
        let mut variables = vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.endpoint.as_str()),
            ("AWS_ENDPOINT_URL", self.kms.endpoint.as_str()),
            ("AWS_CA_BUNDLE", self.ca_bundle.to_str().unwrap()),
            ("CARDEA_SIGNING_KEY_POLICY", "{}"),
            ("CARDEA_CREDENTIALS_PREFIX", "cardea/"),
        ];
        if function.has_sealing_key {
            variables.push(("CARDEA_SEALING_KEY", SEALING_KEY));
        }
        let began = Instant::now();
        let lambda = Lambda::start(function.path.clone(), &variables).await;
        lambda.has_asked(1).await;
        let wall = began.elapsed();
        let id = lambda.process.id().unwrap();
        let running = Running { cloud: self, lambda, id, answers: 0 };
        let cpu = running.cpu().await;
        (running, Spent { cpu, wall })
    }
}

impl Running<'_> {
    /// Has it answer `event`, which must go well, and says what that took.
    pub(crate) async fn answer(&mut self, event: Value) -> Request {
        let _ = (self.cloud.dynamodb.take(), self.cloud.kms.take());
        let (before, began) = (self.cpu().await, Instant::now());
        let answer = self.lambda.invoke(event).await.unwrap();
        self.answers += 1;
        self.lambda.has_asked(self.answers + 1).await;
        let wall = began.elapsed();
        let status = answer["statusCode"].as_u64().unwrap_or(200);
        assert!(status < 400, "{answer}");
        let spent = Spent { cpu: self.cpu().await.saturating_sub(before), wall };
        Request { spent, dynamodb: self.cloud.dynamodb.take(), kms: self.cloud.kms.take() }
    }

    pub(crate) fn peak_memory(&self) -> u64 {
        peak_memory(self.id)
    }

    /// How many bytes it has logged.
    pub(crate) fn logged(&self) -> usize {
        self.lambda.log().len()
    }

    async fn cpu(&self) -> Duration {
        // It has asked for an event and is about to wait for it.
        tokio::time::sleep(Duration::from_millis(2)).await;
        cpu(self.id)
    }
}
