//! A client for addresses that strangers name.

use crate::{
    address::is_public,
    resolver::Resolver,
    response::{self, Document},
    target::Target,
};
use http_body_util::Empty;
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1,
    header::{ACCEPT, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use shared::{domain::FetchFailure, oauth::WebUri};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{IpAddr as TlsAddress, ServerName},
    },
};
use url::Host;

/// What we call ourselves.
const PRODUCT: &str = "Cardea";

/// How much of others' time and words is taken.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take in all, from the name to the last byte.
    pub duration: Duration,
    /// How long a document may be, in bytes.
    pub length: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { duration: Duration::from_secs(5), length: 64 * 1024 }
    }
}

/// Gets JSON documents from wherever strangers say that they are, as long as that is on the public internet.
///
/// A name is resolved once, all its addresses are checked, and what is connected to is one of these: no name
/// can mean another address later. There are no redirects, no proxies, no cookies, no credentials, and no
/// connection is used twice.
pub struct Client {
    resolver: Arc<dyn Resolver>,
    tls: TlsConnector,
    limits: Limits,
    is_loopback_open: bool,
}

impl Client {
    /// A client that trusts the authorities that browsers trust.
    #[must_use]
    pub fn new(resolver: impl Resolver + 'static, limits: Limits) -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::trusting(roots, resolver, limits)
    }

    /// A client that trusts other authorities.
    #[must_use]
    pub fn trusting(
        roots: RootCertStore,
        resolver: impl Resolver + 'static,
        limits: Limits,
    ) -> Self {
        let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(tls));
        Self { resolver: Arc::new(resolver), tls, limits, is_loopback_open: false }
    }

    /// The same, that also reaches this very machine, by `http` too and on any port: for local runs.
    #[must_use]
    pub fn with_loopback_open(self) -> Self {
        Self { is_loopback_open: true, ..self }
    }

    /// The document at `uri`.
    ///
    /// # Errors
    ///
    /// [`FetchFailure`].
    pub(crate) async fn get(&self, uri: &WebUri) -> Result<Document, FetchFailure> {
        let target = Target::parse(uri, self.is_loopback_open)?;
        let got = timeout(self.limits.duration, self.get_from(&target)).await;
        got.unwrap_or(Err(FetchFailure::TimedOut))
    }

    async fn get_from(&self, target: &Target) -> Result<Document, FetchFailure> {
        let host = target.host().ok_or(FetchFailure::RefusedUri)?;
        let addresses =
            self.addresses(&host, self.is_loopback_open && target.is_loopback()).await?;
        let stream = connect(&addresses, target.port()).await?;
        if !target.is_https() {
            return self.ask(stream, target).await;
        }
        let name = server_name(&host)?;
        let stream = self.tls.connect(name, stream).await.map_err(|_| FetchFailure::Unreachable)?;
        self.ask(stream, target).await
    }

    /// The addresses of `host`, if there are any and all of them may be connected to.
    async fn addresses(
        &self,
        host: &Host<&str>,
        may_be_loopback: bool,
    ) -> Result<Vec<IpAddr>, FetchFailure> {
        let addresses = match *host {
            Host::Ipv4(address) => vec![address.into()],
            Host::Ipv6(address) => vec![address.into()],
            Host::Domain(name) => {
                self.resolver.resolve(name).await.map_err(|_| FetchFailure::Unreachable)?
            }
        };
        if addresses.is_empty() {
            return Err(FetchFailure::Unreachable);
        }
        let is_open =
            |address: &IpAddr| is_public(*address) || may_be_loopback && address.is_loopback();
        addresses.iter().all(is_open).then_some(addresses).ok_or(FetchFailure::RefusedAddress)
    }

    async fn ask<S>(&self, stream: S, target: &Target) -> Result<Document, FetchFailure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let request = Request::get(target.path_and_query())
            .header(HOST, target.authority())
            .header(USER_AGENT, PRODUCT)
            .header(ACCEPT, "application/json, application/jwk-set+json")
            .body(Empty::<Bytes>::new())
            .map_err(|_| FetchFailure::RefusedUri)?;
        let unreachable = |_| FetchFailure::Unreachable;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
        // Dropped with this call, and the connection with it.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let response = sender.send_request(request).await.map_err(unreachable)?;
        response::read(response, self.limits.length).await
    }
}

/// A connection to the first of `addresses` that takes one; those of IPv4 first, which can be reached from
/// everywhere.
async fn connect(addresses: &[IpAddr], port: u16) -> Result<TcpStream, FetchFailure> {
    let (v4, v6): (Vec<IpAddr>, Vec<_>) = addresses.iter().partition(|address| address.is_ipv4());
    for address in [v4, v6].concat() {
        if let Ok(stream) = TcpStream::connect(SocketAddr::new(address, port)).await {
            return Ok(stream);
        }
    }
    Err(FetchFailure::Unreachable)
}

fn server_name(host: &Host<&str>) -> Result<ServerName<'static>, FetchFailure> {
    match *host {
        Host::Domain(name) => {
            ServerName::try_from(name.to_owned()).map_err(|_| FetchFailure::RefusedUri)
        }
        Host::Ipv4(address) => Ok(ServerName::IpAddress(TlsAddress::from(IpAddr::V4(address)))),
        Host::Ipv6(address) => Ok(ServerName::IpAddress(TlsAddress::from(IpAddr::V6(address)))),
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
