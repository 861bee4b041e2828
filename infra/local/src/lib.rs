//! Cardea on one machine, with nothing else needed: all functions in one process behind the routes of
//! `template.yaml`, an embedded DynamoDB, and keys in local files.
//!
//! [`Provider::open`] makes everything ready; [`Provider::serve`] answers until it is told to stop.

mod data;
mod database;
mod first_start;
mod functions;
pub mod gateway;
mod options;
mod server;
pub mod template;

pub use data::DataError;
pub use first_start::Credentials;
pub use options::Options;
pub use template::InvalidTemplate;

use aws_sdk_dynamodb::config::SharedInterceptor;
use data::DataDirectory;
use database::Engine;
use first_start::Progress;
use gateway::Gateway;
use shared::{
    App,
    clock::{Clock, SystemClock},
    domain::Issuer,
    entropy::{Entropy, SystemEntropy},
    keys::{LocalKeys, write_private},
    storage::{Store, keys},
};
use std::{error::Error, io, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// What a test sets otherwise: the time, and who watches the calls to DynamoDB.
pub struct Surroundings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who watches.
    pub interceptors: Vec<SharedInterceptor>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), interceptors: Vec::new() }
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
    pub async fn open(options: &Options, surroundings: Surroundings) -> Result<Self, StartError> {
        let listeners = server::listen(options.port).await?;
        let port = listeners[0].local_addr().map_or(options.port, |address| address.port());
        let issuer = options.issuer.clone().map_or_else(|| local_issuer(port), Ok)?;
        let directory =
            if options.ephemeral { None } else { Some(DataDirectory::open(&options.data_dir)?) };
        if let Some(directory) = &directory {
            directory.claim(&issuer)?;
        }
        let (mut app, engine) = app(directory.as_ref(), surroundings).await?;
        let credentials = first_start(&app, &issuer, directory.as_ref()).await?;
        if let Err(why) = check_keys(&app, &issuer).await {
            return Err(corrupt(directory.as_ref(), &*why));
        }
        // Only somebody on this machine can do something with it, so that nobody else is told.
        if let (CredentialsLocation::File(path), true) = (&credentials, issuer.is_loopback()) {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            app.credentials_location = Some(path.display().to_string());
        }
        let gateway = Arc::new(Gateway::new(app, TEMPLATE)?);
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

async fn app(
    directory: Option<&DataDirectory>,
    surroundings: Surroundings,
) -> Result<(App, Engine), StartError> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let keys_directory = directory.map(DataDirectory::keys);
    let keys = LocalKeys::open(keys_directory.as_deref(), entropy.clone());
    let keys = keys.map_err(|error| match directory {
        Some(directory) => directory.bad_keys(error).into(),
        None => StartError::Other(Box::new(error)),
    })?;
    let path = directory.map(DataDirectory::database);
    let table = database::open(path.as_deref(), &*entropy, surroundings.interceptors).await;
    let (table, engine) = table.map_err(|why| corrupt(directory, &*why))?;
    let store = Store::new(table, surroundings.clock.clone());
    Ok((App::new(store, Arc::new(keys), surroundings.clock, entropy), engine))
}

/// Makes the tenant, if there is none. The credentials are written before it, so that they can't be lost.
async fn first_start(
    app: &App,
    issuer: &Issuer,
    directory: Option<&DataDirectory>,
) -> Result<CredentialsLocation, StartError> {
    let broken = |why: Box<dyn Error + Send + Sync>| corrupt(directory, &*why);
    let path = directory.map(DataDirectory::credentials).unwrap_or_default();
    match first_start::progress(app, &issuer.tenant_id()).await.map_err(broken)? {
        Progress::Done if path.exists() => return Ok(CredentialsLocation::File(path)),
        Progress::Done => return Ok(CredentialsLocation::Lost(path)),
        Progress::NotBegun if path.exists() => {
            return Err(broken("there are credentials, but the database is empty".into()));
        }
        Progress::NotBegun | Progress::Interrupted => {}
    }
    let credentials = first_start::prepare(app, issuer).await.map_err(broken)?;
    let location = match directory {
        None => CredentialsLocation::Here(Box::new(credentials)),
        Some(directory) => {
            let path = directory.credentials();
            let mut json = serde_json::to_vec_pretty(&credentials)
                .map_err(|why| StartError::Other(Box::new(why)))?;
            json.push(b'\n');
            write_private(&path, &json)
                .map_err(|source| DataError::Unusable { path: path.clone(), source })?;
            CredentialsLocation::File(path)
        }
    };
    first_start::open(app, issuer).await.map_err(broken)?;
    Ok(location)
}

/// Whether what the table says can be sealed and signed with really can be.
async fn check_keys(app: &App, issuer: &Issuer) -> Result<(), Box<dyn Error + Send + Sync>> {
    let t = issuer.tenant_id();
    app.sealing(&t).await?;
    let key_set = app.store.read(keys::key_set(&t)).await?.ok_or("its keys are gone")?;
    for key in &key_set.keys {
        let message = b"a message to see whether the key works";
        let signature = app.keys.sign(&key.reference, message).await?;
        if !key.jwk.verifies(message, &signature) {
            return Err("a signing key is not the one that was published".into());
        }
    }
    Ok(())
}

fn corrupt(directory: Option<&DataDirectory>, why: &(dyn Error + 'static)) -> StartError {
    let mut causes = why.to_string();
    let mut next = why.source();
    while let Some(deeper) = next {
        causes = format!("{causes}: {deeper}");
        next = deeper.source();
    }
    match directory {
        Some(directory) => directory.corrupt(&causes).into(),
        None => StartError::Other(causes.into()),
    }
}

#[cfg(test)]
mod tests;
