//! Cardea on one machine, with nothing else needed: all functions in one process behind the routes of
//! `template.yaml`, an embedded DynamoDB, and keys in local files.
//!
//! [`Provider::open`] makes everything ready; [`Provider::serve`] answers until it is told to stop.

mod data;
pub mod database;
mod fetching;
mod functions;
pub mod gateway;
mod options;
mod server;
pub mod template;

pub use bootstrap::Credentials;
pub use data::DataError;
pub use fetching::WatchFetcher;
pub use options::Options;
pub use template::InvalidTemplate;

use aws_sdk_dynamodb::config::SharedInterceptor;
use bootstrap::{Contents, Created, Tenancy};
use data::DataDirectory;
use database::Engine;
use gateway::Gateway;
use shared::{
    App,
    clock::{Clock, SystemClock},
    domain::Issuer,
    entropy::{Entropy, SystemEntropy},
    http::causes,
    jose::SigningAlg,
    keys::{KeyHolder, KeyMaker, LocalKeys, write_private},
    storage::{Store, Table, keys},
};
use std::{error::Error, io, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Who signs, and who makes keys.
pub type Keys = (Arc<dyn KeyHolder>, Arc<dyn KeyMaker>);

/// What a test sets otherwise: the time, who watches the calls to DynamoDB and of the `fetch` function, and who
/// holds the keys.
pub struct Surroundings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who watches.
    pub interceptors: Vec<SharedInterceptor>,
    /// Who holds the keys, if not files.
    pub keys: Option<Keys>,
    /// Who watches the calls of the function that fetches.
    pub watch_fetcher: Option<WatchFetcher>,
}

impl Default for Surroundings {
    fn default() -> Self {
        let clock = Arc::new(SystemClock);
        Self { clock, interceptors: Vec::new(), keys: None, watch_fetcher: None }
    }
}

/// Why the provider can't start. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something listens there already.
    #[error("port {0} is in use. Stop what listens there, or choose another with --port")]
    PortInUse(u16),
    /// The port can't be listened on.
    #[error("cannot listen on port {port}: {source}")]
    CannotListen {
        /// The port.
        port: u16,
        /// Why not.
        source: io::Error,
    },
    /// The data directory can't be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The template is not that of this program.
    #[error(transparent)]
    Template(#[from] InvalidTemplate),
    /// Something else.
    #[error("cannot start: {0}")]
    Other(Box<dyn Error + Send + Sync>),
}

/// A provider that is ready to answer.
pub struct Provider {
    issuer: Issuer,
    port: u16,
    listeners: Vec<TcpListener>,
    gateway: Arc<Gateway>,
    credentials: CredentialsLocation,
    engine: Engine,
    directory: Option<DataDirectory>,
}

/// Where the first credentials are.
pub enum CredentialsLocation {
    /// In this file.
    File(PathBuf),
    /// In this file once, but it is gone.
    Lost(PathBuf),
    /// Nowhere else.
    Here(Box<Credentials>),
}

impl Provider {
    /// Listens, opens or makes the data, and checks that its keys work.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing is changed for a port in use or a directory in use.
    pub async fn open(
        options: &Options,
        mut surroundings: Surroundings,
    ) -> Result<Self, StartError> {
        let listeners = server::listen(options.port).await?;
        let port = listeners[0].local_addr().map_or(options.port, |address| address.port());
        let issuer = options.issuer.clone().map_or_else(|| local_issuer(port), Ok)?;
        let directory =
            if options.ephemeral { None } else { Some(DataDirectory::open(&options.data_dir)?) };
        if let Some(directory) = &directory {
            directory.claim(&issuer)?;
        }
        let watch_fetcher = surroundings.watch_fetcher.take();
        let parts = Parts::open(directory.as_ref(), surroundings).await?;
        let (first_app, mut app) = (parts.app(), parts.app());
        let tenancy = Tenancy::new(&first_app, &*parts.keys.1);
        let credentials = first_start(&tenancy, &issuer, directory.as_ref()).await?;
        if options.es256 {
            let added = tenancy.add_signing_key(&issuer, SigningAlg::ES256).await;
            added.map_err(|why| corrupt(directory.as_ref(), &*why))?;
        }
        if let Err(why) = check_keys(&parts.app(), &issuer).await {
            return Err(corrupt(directory.as_ref(), &*why));
        }
        let fetcher = fetching::in_process(parts.app(), options.fetch_from_loopback);
        app.fetcher = Some(watch_fetcher.map_or(fetcher.clone(), |watch| watch(fetcher)));
        // Only somebody on this machine can do something with it, so that nobody else is told.
        if let (CredentialsLocation::File(path), true) = (&credentials, issuer.is_loopback()) {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            app.credentials_location = Some(path.display().to_string());
        }
        let gateway = Arc::new(Gateway::new(app, TEMPLATE)?);
        let engine = parts.engine;
        Ok(Self { issuer, port, listeners, gateway, credentials, engine, directory })
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its database.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The gateway, for callers in this process.
    #[must_use]
    pub fn gateway(&self) -> Arc<Gateway> {
        self.gateway.clone()
    }

    /// Where its first credentials are.
    #[must_use]
    pub fn credentials(&self) -> &CredentialsLocation {
        &self.credentials
    }

    /// Answers requests until `stop` comes true; then finishes those that have begun.
    ///
    /// # Errors
    ///
    /// When the system no longer lets it listen.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let served = server::serve(self.listeners, self.gateway, stop).await;
        self.engine.stop().await;
        drop(self.directory);
        served
    }
}

fn local_issuer(port: u16) -> Result<Issuer, StartError> {
    // 80 is what `http` means anyway, and no URL in its normal form names it.
    let port = if port == 80 { String::new() } else { format!(":{port}") };
    format!("http://localhost{port}/").parse().map_err(|why| StartError::Other(Box::new(why)))
}

/// What the provider is made of.
struct Parts {
    table: Table,
    keys: Keys,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    engine: Engine,
}

impl Parts {
    async fn open(
        directory: Option<&DataDirectory>,
        surroundings: Surroundings,
    ) -> Result<Self, StartError> {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let Surroundings { clock, interceptors, keys, .. } = surroundings;
        let keys = match keys {
            Some(keys) => keys,
            None => local_keys(directory, entropy.clone())?,
        };
        let path = directory.map(DataDirectory::database);
        let table = database::open(path.as_deref(), &*entropy, interceptors).await;
        let (table, engine) = table.map_err(|why| corrupt(directory, &*why))?;
        Ok(Self { table, keys, clock, entropy, engine })
    }

    /// A new app: it remembers nothing of what others did.
    fn app(&self) -> App {
        let store = Store::new(self.table.clone(), self.clock.clone());
        App::new(store, self.keys.0.clone(), self.clock.clone(), self.entropy.clone())
    }
}

fn local_keys(
    directory: Option<&DataDirectory>,
    entropy: Arc<dyn Entropy>,
) -> Result<Keys, StartError> {
    let path = directory.map(DataDirectory::keys);
    let keys = LocalKeys::open(path.as_deref(), entropy).map_err(|error| match directory {
        Some(directory) => directory.bad_keys(error).into(),
        None => StartError::Other(Box::new(error)),
    })?;
    let keys = Arc::new(keys);
    Ok((keys.clone(), keys))
}

/// Makes the tenant, if there is none.
async fn first_start(
    tenancy: &Tenancy<'_>,
    issuer: &Issuer,
    directory: Option<&DataDirectory>,
) -> Result<CredentialsLocation, StartError> {
    let broken = |why: Box<dyn Error + Send + Sync>| corrupt(directory, &*why);
    let file = directory.map(DataDirectory::credentials).unwrap_or_default();
    if file.exists() && !tenancy.has_begun(issuer).await.map_err(broken)? {
        return Err(broken("there are credentials, but the database is empty".into()));
    }
    let mut kept = CredentialsLocation::Lost(file.clone());
    let keep = async |credentials| {
        kept = if directory.is_some() {
            let json = format!("{}\n", serde_json::to_string_pretty(&credentials)?);
            write_private(&file, json.as_bytes())?;
            CredentialsLocation::File(file.clone())
        } else {
            CredentialsLocation::Here(Box::new(credentials))
        };
        Ok(())
    };
    let created = tenancy.create(issuer, Contents::WithExample, keep).await.map_err(broken)?;
    match created {
        Created::Already if file.exists() => Ok(CredentialsLocation::File(file)),
        Created::Already | Created::New => Ok(kept),
    }
}

/// Whether what the table says can be sealed and signed with really can be.
async fn check_keys(app: &App, issuer: &Issuer) -> Result<(), Box<dyn Error + Send + Sync>> {
    let t = issuer.tenant_id();
    app.sealing(&t).await?;
    let key_set = app.store.read(keys::key_set(&t)).await?.ok_or("its keys are gone")?;
    for key in &key_set.keys {
        let message = b"a message to see whether the key works";
        let signature = app.keys.sign(key.jwk.alg(), &key.reference, message).await?;
        if !key.jwk.verifies(message, &signature) {
            return Err("a signing key is not the one that was published".into());
        }
    }
    Ok(())
}

fn corrupt(directory: Option<&DataDirectory>, why: &(dyn Error + 'static)) -> StartError {
    let causes = causes(why);
    match directory {
        Some(directory) => directory.corrupt(&causes).into(),
        None => StartError::Other(causes.into()),
    }
}

#[cfg(test)]
mod tests;
