//! A client for addresses that strangers name.

use crate::{
    address::is_public,
    resolver::Resolver,
    response::{self, Document, Rejection},
    target::Target,
};
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT},
    http::request,
};
use hyper_util::rt::TokioIo;
use shared::{
    domain::{DocumentKind, FetchFailure},
    oauth::WebUri,
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{IpAddr as TlsAddress, ServerName},
    },
};
use url::Host;

/// How long to wait before what was posted is posted again, each time.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

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

/// Gets documents from wherever strangers say that they are, and posts forms there, as long as that is on the public
/// internet.
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
    pub(crate) async fn get(
        &self,
        uri: &WebUri,
        kind: DocumentKind,
    ) -> Result<Document, FetchFailure> {
        let got = async {
            let target = Target::parse(uri, self.is_loopback_open)?;
            let request = Request::get(target.path_and_query()).header(ACCEPT, accept(kind));
            let answer = self.send(&target, request, "").await?;
            response::read(answer.response, kind, self.limits.length).await
        };
        timeout(self.limits.duration, got).await.unwrap_or(Err(FetchFailure::TimedOut))
    }

    /// Posts `form` to `uri`, and again where that may help, within the time that there is.
    ///
    /// # Errors
    ///
    /// [`FetchFailure`].
    pub(crate) async fn post(&self, uri: &WebUri, form: &str) -> Result<(), FetchFailure> {
        let posted = async {
            let target = Target::parse(uri, self.is_loopback_open)?;
            for pause in PAUSES {
                match self.post_once(&target, form).await {
                    Err(Rejection::ForNow(_)) => sleep(pause).await,
                    Err(Rejection::ForGood(why)) => return Err(why),
                    Ok(()) => return Ok(()),
                }
            }
            self.post_once(&target, form).await.map_err(Rejection::reason)
        };
        timeout(self.limits.duration, posted).await.unwrap_or(Err(FetchFailure::TimedOut))
    }

    async fn post_once(&self, target: &Target, form: &str) -> Result<(), Rejection> {
        let request = Request::post(target.path_and_query())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.send(target, request, form).await.map_err(|why| match why {
            FetchFailure::Unreachable => Rejection::ForNow(why),
            why => Rejection::ForGood(why),
        })?;
        response::is_taken(answer.response.status())
    }

    async fn send(
        &self,
        target: &Target,
        request: request::Builder,
        body: &str,
    ) -> Result<Answer, FetchFailure> {
        let request = request
            .header(HOST, target.authority())
            .header(USER_AGENT, PRODUCT)
            .body(Full::from(body.to_owned()))
            .map_err(|_| FetchFailure::RefusedUri)?;
        let host = target.host().ok_or(FetchFailure::RefusedUri)?;
        let addresses =
            self.addresses(&host, self.is_loopback_open && target.is_loopback()).await?;
        let stream = connect(&addresses, target.port()).await?;
        if !target.is_https() {
            return ask(stream, request).await;
        }
        let name = server_name(&host)?;
        let stream = self.tls.connect(name, stream).await.map_err(|_| FetchFailure::Unreachable)?;
        ask(stream, request).await
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
}

/// An answer, and what reads the rest of it.
struct Answer {
    response: Response<Incoming>,
    _driver: JoinSet<hyper::Result<()>>,
}

async fn ask<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answer, FetchFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let unreachable = |_| FetchFailure::Unreachable;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    // Dropped with the answer, and the connection with it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.map_err(unreachable)?;
    Ok(Answer { response, _driver: driver })
}

fn accept(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Json => "application/json, application/jwk-set+json",
        DocumentKind::Jwt => "application/oauth-authz-req+jwt, application/jwt",
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
