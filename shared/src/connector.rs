//! HTTP to AWS: HTTP/1.1 over TLS, whose connections are kept.
//!
//! The SDK's own client also speaks HTTP/2, through proxies, and to whatever a system trusts: a tenth of each
//! function, for nothing that one needs.

use crate::config::InvalidEnvironment;
use aws_smithy_runtime_api::client::{
    http::{
        HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector as Tcp},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{error::Error as StdError, fs, path::Path, sync::Arc, time::Duration};

/// The authorities that AWS's own endpoints are certified by: <https://www.amazontrust.com/repository/>.
/// Reading these five takes no time that shows; reading all that a system trusts takes milliseconds.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// How long a connection may take, so that another can be tried within a call's own time.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(300);

/// Sends requests, and keeps the connections.
#[derive(Clone, Debug)]
pub struct Connector(Client<HttpsConnector<Tcp>, SdkBody>);

impl Connector {
    /// A connector that trusts Amazon's authorities, or those of the PEM file `ca_bundle` instead of them.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvironment`], when they can't be read.
    pub fn new(ca_bundle: Option<&Path>) -> Result<Self, InvalidEnvironment> {
        let unusable = |why: rustls::Error| InvalidEnvironment::Authorities(Box::new(why));
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_root_certificates(trusted_authorities(ca_bundle)?)
            .with_no_client_auth();
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client =
            Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https);
        Ok(Self(client))
    }

    /// The same for an SDK.
    #[must_use]
    pub fn into_http_client(self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self);
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(why) => return HttpConnectorFuture::ready(Err(ConnectorError::user(why.into()))),
        };
        let response = self.0.request(request);
        HttpConnectorFuture::new(async {
            let response = response.await.map_err(connector_error)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|why| ConnectorError::other(why.into(), None))
        })
    }
}

/// What the SDK makes of a failure: it repeats what may go better the next time.
fn connector_error(why: Error) -> ConnectorError {
    let cause = why.source().and_then(|cause| cause.downcast_ref::<hyper::Error>());
    if cause.is_some_and(hyper::Error::is_user) {
        ConnectorError::user(why.into())
    } else {
        ConnectorError::io(why.into())
    }
}

fn trusted_authorities(ca_bundle: Option<&Path>) -> Result<RootCertStore, InvalidEnvironment> {
    let pem = match ca_bundle {
        None => AMAZON_ROOTS.to_vec(),
        Some(path) => fs::read(path)
            .map_err(|source| InvalidEnvironment::CaBundle { path: path.to_owned(), source })?,
    };
    let unusable = |why| InvalidEnvironment::Authorities(why);
    let mut trusted = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|why| unusable(why.into()))?;
        trusted.add(certificate).map_err(|why| unusable(why.into()))?;
    }
    Ok(trusted)
}
