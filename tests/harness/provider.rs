//! The local server, in this process, on a free port and with nothing on disk (but where a test wants to
//! restart it).

use super::{FakeAws, Outage, Policies, RoundTrips, WatchedFetcher};
use bootstrap::{Contents, Credentials, Tenancy};
use clap::Parser;
use futures_util::future::try_join_all;
use local::{CredentialsLocation, Options, Surroundings, database::TABLE, gateway::Gateway};
use reqwest::{Client, Method, Response, redirect::Policy};
use serde_json::{Value, json};
use shared::{
    App,
    clock::{Clock, SettableClock, SystemClock},
    domain::{
        Issuer, Login, PasswordHash, PasswordParameters, Session, SessionId, Urgency, User, UserId,
    },
    entropy::SystemEntropy,
    jose::SigningAlg,
    oidc::StandardClaims,
    storage::{Store, Table},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};

/// A provider that runs until it is stopped or dropped.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) port: u16,
    pub(crate) credentials: Value,
    pub(crate) round_trips: RoundTrips,
    pub(crate) kms_round_trips: RoundTrips,
    pub(crate) outage: Outage,
    pub(crate) policies: Policies,
    pub(crate) fetcher: WatchedFetcher,
    pub(crate) aws: FakeAws,
    pub(crate) database: String,
    pub(crate) gateway: Arc<Gateway>,
    clock: Arc<SettableClock>,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<()>,
}

impl Provider {
    /// A new one, with registration off.
    pub(crate) async fn start() -> Self {
        Self::start_with(&["--ephemeral", "--port", "0"]).await
    }

    /// A new one, with registration on.
    pub(crate) async fn open_to_all() -> Self {
        let provider = Self::start().await;
        let flags = json!({ "flags": { "enable_dynamic_client_registration": true } });
        assert_eq!(provider.change_settings(&flags).await.status(), 200);
        provider
    }

    /// One with these arguments, as if on the command line.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let options = Options::try_parse_from([&["cardea"], arguments].concat()).unwrap();
        let clock = Arc::new(SettableClock::at(SystemClock.now()));
        let (round_trips, outage) = (RoundTrips::default(), Outage::default());
        let (kms_round_trips, policies) = (RoundTrips::default(), Policies::of_the_template());
        let (aws, fetcher) = (FakeAws::start().await, WatchedFetcher::default());
        let watching_kms =
            vec![kms_round_trips.clone().into_interceptor(), policies.clone().into_interceptor()];
        let surroundings = Surroundings {
            clock: clock.clone(),
            interceptors: vec![
                round_trips.clone().into_interceptor(),
                policies.clone().into_interceptor(),
                outage.clone().into_interceptor(),
            ],
            // What is on disk has its keys beside it.
            keys: options.ephemeral.then(|| aws.keys(watching_kms)),
            watch_fetcher: Some(fetcher.clone().into_watch(policies.clone())),
        };
        let provider = local::Provider::open(&options, surroundings).await.unwrap();
        let credentials = match provider.credentials() {
            CredentialsLocation::Here(credentials) => serde_json::to_value(credentials).unwrap(),
            CredentialsLocation::File(path) => {
                serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
            }
            CredentialsLocation::Lost(path) => panic!("{} is gone", path.display()),
        };
        let (issuer, port) = (provider.issuer().to_string(), provider.port());
        let gateway = provider.gateway();
        let database = provider.engine().endpoint_url().to_owned();
        let (stop, stopping) = oneshot::channel();
        let stopped = tokio::spawn(async move {
            let until = async {
                let _ = stopping.await;
            };
            provider.serve(until).await.unwrap();
        });
        Self {
            issuer,
            port,
            credentials,
            round_trips,
            kms_round_trips,
            outage,
            policies,
            fetcher,
            aws,
            database,
            gateway,
            clock,
            stop,
            stopped,
        }
    }

    /// Stops it, and waits until it has let go of everything.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.stopped.await.unwrap();
    }

    /// What time it is there, in seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().0
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        http().get(self.url(path)).send().await.unwrap()
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Response {
        http().post(self.url(path)).json(body).send().await.unwrap()
    }

    pub(crate) async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Response {
        http().post(self.url(path)).form(form).send().await.unwrap()
    }

    /// Registers a client that must be acceptable.
    pub(crate) async fn register(&self, metadata: &Value) -> Value {
        let response = self.post_json("oidc/register", metadata).await;
        assert_eq!(response.status(), 201, "{metadata}");
        response.json().await.unwrap()
    }

    /// Its table, for what no request can do.
    pub(crate) fn store(&self) -> Store {
        self.store_reached(false)
    }

    /// The same, for whoever asks so much at once that answers take long.
    pub(crate) fn patient_store(&self) -> Store {
        self.store_reached(true)
    }

    fn store_reached(&self, is_patient: bool) -> Store {
        let mut aws = self.aws.reached(vec![]);
        aws.endpoints.dynamodb = Some(self.database.clone());
        let config = if is_patient { aws.patient_sdk_config() } else { aws.sdk_config() };
        let table = Table::new(aws.dynamodb(&config.unwrap()), TABLE);
        Store::new(table, self.clock.clone())
    }

    /// Signs a user in so many times, just now, and in no browser.
    pub(crate) async fn begin_sessions(&self, sub: &str, count: usize) {
        let (store, now) = (self.patient_store(), self.clock.now());
        let t = self.issuer.parse::<Issuer>().unwrap().tenant_id();
        let sessions = (0..count).map(|_| Session {
            sid: SessionId::generate(&SystemEntropy).sid(),
            user_id: UserId::parse(sub).unwrap(),
            auth_time: now,
            expires_at: now + Duration::from_hours(1),
            clients: vec![],
        });
        let sessions: Vec<_> = sessions.collect();
        for some in sessions.chunks(100) {
            let begun = some.iter().map(|session| store.start_session(&t, session));
            try_join_all(begun).await.unwrap();
        }
    }

    /// Another tenant of the same deployment, by another name of this machine, with registration on.
    pub(crate) async fn another_tenant(&self) -> Self {
        let issuer = format!("http://127.0.0.1:{}/", self.port);
        let (holder, key_maker) = self.aws.keys(vec![]);
        let app = App::new(self.store(), holder, self.clock.clone(), Arc::new(SystemEntropy));
        let tenancy = Tenancy::new(&app, &*key_maker);
        let mut credentials = Value::Null;
        let keep = async |made: Credentials| {
            credentials = serde_json::to_value(&made)?;
            Ok(())
        };
        tenancy.create(&issuer.parse().unwrap(), Contents::WithExample, keep).await.unwrap();
        let (stop, _) = oneshot::channel();
        let tenant = Self {
            issuer,
            port: self.port,
            credentials,
            round_trips: self.round_trips.clone(),
            kms_round_trips: self.kms_round_trips.clone(),
            outage: self.outage.clone(),
            policies: self.policies.clone(),
            fetcher: self.fetcher.clone(),
            aws: self.aws.clone(),
            database: self.database.clone(),
            gateway: self.gateway.clone(),
            clock: self.clock.clone(),
            stop,
            stopped: tokio::spawn(async {}),
        };
        let flags = json!({ "flags": { "enable_dynamic_client_registration": true } });
        assert_eq!(tenant.change_settings(&flags).await.status(), 200);
        tenant
    }

    /// Another user: e-mail address and password.
    pub(crate) async fn add_user(&self) -> (&'static str, &'static str) {
        let (email, password) = ("other@example.com", "a password of another user");
        let claims = StandardClaims { email: Some(email.to_owned()), ..StandardClaims::default() };
        let (user_id, user_metadata) = (UserId::generate(&SystemEntropy), BTreeMap::new());
        let user = User { user_id: user_id.clone(), blocked: false, claims, user_metadata };
        let password_hash = PasswordHash::new(password, PasswordParameters::TARGET, &SystemEntropy);
        let login = Login { user_id, password_hash };
        let t = self.issuer.parse::<Issuer>().unwrap().tenant_id();
        self.store().create_user(&t, &user, email, &login).await.unwrap();
        (email, password)
    }

    /// Gives its tenant keys for ES256, as an operator does.
    pub(crate) async fn add_es256(&self) {
        let (keys, maker) = self.aws.keys(vec![]);
        let app = App::new(self.store(), keys, self.clock.clone(), Arc::new(SystemEntropy));
        let tenancy = Tenancy::new(&app, &*maker);
        let issuer: Issuer = self.issuer.parse().unwrap();
        tenancy.add_signing_key(&issuer, SigningAlg::ES256).await.unwrap();
    }

    /// Gives its tenant a new key to sign with, as an operator does.
    pub(crate) async fn rotate_signing_key(&self, urgency: Urgency) {
        let (keys, maker) = self.aws.keys(vec![]);
        let app = App::new(self.store(), keys, self.clock.clone(), Arc::new(SystemEntropy));
        let tenancy = Tenancy::new(&app, &*maker);
        let issuer: Issuer = self.issuer.parse().unwrap();
        tenancy.rotate(&issuer, SigningAlg::RS256, urgency).await.unwrap();
    }

    /// The same provider in a process that has just begun, and remembers nothing.
    pub(crate) fn cold(&self) -> Gateway {
        let watched = vec![self.policies.clone().into_interceptor()];
        let (keys, _) = self.aws.keys(watched.clone());
        let mut aws = self.aws.reached(watched);
        aws.endpoints.dynamodb = Some(self.database.clone());
        let table = Table::new(aws.dynamodb(&aws.sdk_config().unwrap()), TABLE);
        let store = Store::new(table, self.clock.clone());
        let app = App::new(store, keys, self.clock.clone(), Arc::new(SystemEntropy));
        Gateway::new(app, include_str!("../../template.yaml")).unwrap()
    }

    pub(crate) fn management(&self, member: &str) -> &str {
        self.credentials["management"][member].as_str().unwrap()
    }

    pub(crate) fn user(&self, member: &str) -> &str {
        self.credentials["user"][member].as_str().unwrap()
    }

    /// A token for the Management API, with these scopes or all of them.
    pub(crate) async fn management_token(&self, scope: Option<&str>) -> String {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.management("client_id")),
            ("client_secret", self.management("client_secret")),
            ("audience", self.management("audience")),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        let body: Value = self.post_form("oauth/token", &form).await.json().await.unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Asks the Management API, with all its scopes.
    pub(crate) async fn manage(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Response {
        let token = self.management_token(None).await;
        let url = self.url(&format!("api/v2/{path}"));
        let request = http().request(method, url).bearer_auth(token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        request.send().await.unwrap()
    }

    pub(crate) async fn settings(&self) -> Value {
        let token = self.management_token(None).await;
        let request = http().get(self.url("api/v2/tenants/settings")).bearer_auth(token);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn change_settings(&self, change: &Value) -> Response {
        let token = self.management_token(None).await;
        let url = self.url("api/v2/tenants/settings");
        http().patch(url).bearer_auth(token).json(change).send().await.unwrap()
    }
}

/// A client that follows no redirect, since where they lead is what is tested.
pub(crate) fn http() -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

/// Hands a request to the gateway as if it came from `source`.
pub(crate) async fn send_from(
    provider: &Provider,
    request: reqwest::Request,
    source: &str,
) -> shared::http::Response {
    send_through(&provider.gateway, request, source).await
}

/// The same, to any gateway.
pub(crate) async fn send_through(
    gateway: &Gateway,
    request: reqwest::Request,
    source: &str,
) -> shared::http::Response {
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec();
    let url = request.url();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut sent = lambda_http::http::Request::builder()
        .method(request.method())
        .uri(&url[url::Position::BeforePath..]);
    *sent.headers_mut().unwrap() = request.headers().clone();
    let sent = sent.header("host", host).body(body).unwrap();
    gateway.call(sent, source.parse().unwrap()).await
}
