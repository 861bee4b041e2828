//! Listening, and handing each request to the gateway.

use crate::{StartError, gateway::Gateway};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use lambda_http::http::{self, StatusCode};
use std::{
    future::Future,
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// More than the gateway takes, so that it is the gateway that refuses.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// How long requests that have begun may take once it is to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens on `port` on this machine only; `localhost` may mean either kind of address.
///
/// # Errors
///
/// [`StartError::PortInUse`] or [`StartError::CannotListen`].
pub(crate) async fn listen(port: u16) -> Result<Vec<TcpListener>, StartError> {
    let mut attempts = if port == 0 { 10 } else { 1 };
    loop {
        attempts -= 1;
        match listen_on_both(port).await {
            // A port that is free for one kind of address need not be for the other.
            Err(StartError::PortInUse(_)) if attempts > 0 => {}
            outcome => return outcome,
        }
    }
}

async fn listen_on_both(port: u16) -> Result<Vec<TcpListener>, StartError> {
    let failed = |source: io::Error| match source.kind() {
        ErrorKind::AddrInUse => StartError::PortInUse(port),
        _ => StartError::CannotListen { port, source },
    };
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let bound = v4.local_addr().map_err(failed)?.port();
    match TcpListener::bind((Ipv6Addr::LOCALHOST, bound)).await {
        Ok(v6) => Ok(vec![v4, v6]),
        // Half of the names for this machine leading to another server would be a trap.
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(StartError::PortInUse(port)),
        // A machine without IPv6.
        Err(_) => Ok(vec![v4]),
    }
}

/// Answers requests until `stop` comes true.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    gateway: Arc<Gateway>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, stopped) = watch::channel(());
    let mut late = stopped.clone();
    tokio::spawn(async move {
        stop.await;
        drop(stopping);
    });
    let router = Router::new().fallback(answer).with_state(gateway);
    let mut servers = JoinSet::new();
    for listener in listeners {
        let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let mut stopped = stopped.clone();
        servers.spawn(async move {
            let until = async move { while stopped.changed().await.is_ok() {} };
            axum::serve(listener, service).with_graceful_shutdown(until).await
        });
    }
    let too_late = async {
        while late.changed().await.is_ok() {}
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = all(&mut servers) => served,
        () = too_late => Ok(()),
    }
}

async fn all(servers: &mut JoinSet<io::Result<()>>) -> io::Result<()> {
    while let Some(served) = servers.join_next().await {
        served.map_err(io::Error::other)??;
    }
    Ok(())
}

async fn answer(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    #[expect(clippy::disallowed_methods, reason = "for the log alone")]
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let path = parts.uri.path().to_owned();
    let response = match to_bytes(body, MAX_BODY).await {
        Ok(body) => {
            let request = http::Request::from_parts(parts, body.to_vec());
            into_axum(gateway.call(request, source_ip(source)).await)
        }
        Err(_) => status(StatusCode::PAYLOAD_TOO_LARGE),
    };
    // Never the query: it holds what is nobody's business.
    tracing::info!("{method} {path} {} {:?}", response.status().as_u16(), began.elapsed());
    response
}

fn source_ip(source: SocketAddr) -> IpAddr {
    source.ip().to_canonical()
}

fn into_axum(response: shared::http::Response) -> Response {
    response.map(|body| match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    })
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
