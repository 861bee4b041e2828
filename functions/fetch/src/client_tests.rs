use super::{Client, Limits};
use crate::resolver::{Resolution, Resolver};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, Error, IsCa, KeyIdMethod,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey,
};
use shared::domain::{DocumentKind, FetchFailure};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{RootCertStore, ServerConfig, pki_types::PrivatePkcs8KeyDer},
};

const SHORT: Limits = Limits { duration: Duration::from_millis(400), length: 1_000 };
const LONG: Limits = Limits { duration: Duration::from_secs(5), length: 1_000 };
const GOOD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";

/// Says something else each time, the last thing for ever, and counts how often it was asked.
#[derive(Clone)]
struct Fickle {
    answers: Vec<Vec<&'static str>>,
    asked: Arc<AtomicUsize>,
}

impl Fickle {
    fn new(answers: &[&[&'static str]]) -> Self {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        Self { answers, asked: Arc::default() }
    }
}

impl Resolver for Fickle {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolution<'a> {
        let time = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let addresses: Vec<IpAddr> =
            self.answers[time].iter().map(|address| address.parse().unwrap()).collect();
        Box::pin(async { Ok(addresses) })
    }
}

/// A server that answers every request with these bytes, a piece at a time: its port, and how many connected.
async fn server(pieces: Vec<Vec<u8>>, pause: Duration) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connected = Arc::new(AtomicUsize::new(0));
    let count = connected.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(answer(stream, pieces.clone(), pause));
        }
    });
    (port, connected)
}

async fn answer<S>(mut stream: S, pieces: Vec<Vec<u8>>, pause: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = [0; 1_024];
    let _ = stream.read(&mut request).await;
    for piece in pieces {
        if stream.write_all(&piece).await.is_err() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
    let _ = stream.shutdown().await;
}

async fn server_of(answer: &str) -> (u16, Arc<AtomicUsize>) {
    server(vec![answer.as_bytes().to_vec()], Duration::ZERO).await
}

async fn get(client: &Client, uri: &str) -> Result<String, FetchFailure> {
    client.get(&uri.parse().unwrap(), DocumentKind::Json).await.map(|document| document.json)
}

fn opened(limits: Limits) -> Client {
    Client::new(Fickle::new(&[&["127.0.0.1"]]), limits).with_loopback_open()
}

#[tokio::test]
async fn only_https_uris_on_their_own_port_are_asked() {
    for (uri, closed, open) in [
        ("http://app.example/", FetchFailure::RefusedUri, FetchFailure::RefusedUri),
        ("http://app.example:443/", FetchFailure::RefusedUri, FetchFailure::RefusedUri),
        ("https://app.example:8443/", FetchFailure::RefusedUri, FetchFailure::RefusedUri),
        ("https://app.example/", FetchFailure::RefusedAddress, FetchFailure::RefusedAddress),
        ("http://127.0.0.1:1/", FetchFailure::RefusedUri, FetchFailure::Unreachable),
        ("https://127.0.0.1:1/", FetchFailure::RefusedUri, FetchFailure::Unreachable),
        ("http://localhost:1/", FetchFailure::RefusedUri, FetchFailure::Unreachable),
        ("https://10.0.0.1/", FetchFailure::RefusedAddress, FetchFailure::RefusedAddress),
        ("https://169.254.169.254/", FetchFailure::RefusedAddress, FetchFailure::RefusedAddress),
    ] {
        let closed_client = Client::new(Fickle::new(&[&["127.0.0.1"]]), SHORT);
        assert_eq!(get(&closed_client, uri).await, Err(closed), "{uri}, closed");
        assert_eq!(get(&opened(SHORT), uri).await, Err(open), "{uri}, open");
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_all_its_addresses_must_be_public() {
    for answers in [
        &[&["127.0.0.1"][..]][..],
        &[&["169.254.169.254"][..]],
        &[&["fd00:ec2::254"][..]],
        &[&["::ffff:127.0.0.1"][..]],
        &[&["64:ff9b::a9fe:a9fe"][..]],
        &[&["2d00::1", "10.0.0.1"][..]],
        &[&["10.0.0.1", "2d00::1"][..]],
        &[&["::1"][..], &["2d00::1"]],
    ] {
        let resolver = Fickle::new(answers);
        let client = Client::new(resolver.clone(), SHORT);
        assert_eq!(get(&client, "https://app.example/").await, Err(FetchFailure::RefusedAddress));
        assert_eq!(resolver.asked.load(Ordering::SeqCst), 1);
    }
    let nowhere = Client::new(Fickle::new(&[&[]]), SHORT);
    assert_eq!(get(&nowhere, "https://app.example/").await, Err(FetchFailure::Unreachable));
}

#[tokio::test]
async fn a_name_that_means_another_address_later_is_connected_to_where_it_was_checked() {
    // A public address where nobody answers first, this machine ever after.
    let rebinding = Fickle::new(&[&["2d00::1"], &["127.0.0.1"]]);
    let client = Client::new(rebinding.clone(), SHORT);
    let failure = get(&client, "https://app.example/").await.unwrap_err();
    assert!(matches!(failure, FetchFailure::Unreachable | FetchFailure::TimedOut), "{failure}");
    assert_eq!(rebinding.asked.load(Ordering::SeqCst), 1, "no second answer is ever asked for");

    // The other way round: the server is found where the first answer says, though nobody else is told so.
    let (port, connected) = server_of(GOOD).await;
    let pinned = Fickle::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = Client::new(pinned.clone(), SHORT).with_loopback_open();
    assert_eq!(get(&client, &format!("http://localhost:{port}/")).await, Ok("[]".to_owned()));
    assert_eq!(pinned.asked.load(Ordering::SeqCst), 1);
    assert_eq!(connected.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (target, followed) = server_of(GOOD).await;
    for status in [301, 302, 303, 307, 308] {
        let head = format!(
            "HTTP/1.1 {status} Elsewhere\r\nlocation: http://127.0.0.1:{target}/\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n[]"
        );
        let (port, _) = server_of(&head).await;
        let got = get(&opened(SHORT), &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(got, Err(FetchFailure::Redirected), "{status}");
    }
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_is_read_as_far_as_it_may_go_whatever_its_length_is_said_to_be() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    let chunked = |length: usize| {
        let (first, second) = (text(length)[..1].to_owned(), text(length)[1..].to_owned());
        format!(
            "{head}transfer-encoding: chunked\r\n\r\n1\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
            second.len()
        )
    };
    for (answer, expected) in [
        (format!("{head}content-length: 1000\r\n\r\n{}", text(1_000)), None),
        (
            format!("{head}content-length: 1001\r\n\r\n{}", text(1_001)),
            Some(FetchFailure::TooLarge),
        ),
        (
            format!("{head}content-length: 9999999999\r\n\r\n{}", text(5_000)),
            Some(FetchFailure::TooLarge),
        ),
        (format!("{head}\r\n{}", text(1_001)), Some(FetchFailure::TooLarge)),
        (chunked(1_000), None),
        (chunked(1_001), Some(FetchFailure::TooLarge)),
        (format!("{head}content-length: 20\r\n\r\n[]"), Some(FetchFailure::Unreachable)),
        (format!("{head}content-length: 3\r\n\r\n[1x"), Some(FetchFailure::NotJson)),
        (format!("{head}content-length: 0\r\n\r\n"), Some(FetchFailure::NotJson)),
        (
            // More than twice what is taken of a head, since so much may come at once.
            format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1_000_000)),
            Some(FetchFailure::Unreachable),
        ),
        ("no http\r\n\r\n".to_owned(), Some(FetchFailure::Unreachable)),
        (String::new(), Some(FetchFailure::Unreachable)),
    ] {
        let (port, _) = server_of(&answer).await;
        let got = get(&opened(LONG), &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(got.err(), expected, "{}", &answer[..answer.len().min(200)]);
    }
}

#[tokio::test]
async fn a_slow_answer_ends_when_the_time_is_up_wherever_it_is_slow() {
    let tick = Duration::from_millis(100);
    let slow_head = GOOD.bytes().map(|byte| vec![byte]).collect();
    let endless_body =
        [vec![GOOD.replace("content-length: 2", "x: y").into_bytes()], vec![b" ".to_vec(); 900]];
    for pieces in [slow_head, endless_body.concat(), vec![Vec::new(); 900]] {
        let (port, _) = server(pieces, tick).await;
        let (client, uri) = (opened(SHORT), format!("http://127.0.0.1:{port}/"));
        let got = tokio::time::timeout(SHORT.duration * 5, get(&client, &uri));
        assert_eq!(got.await.expect("it ends"), Err(FetchFailure::TimedOut));
    }
}

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Key {
    #[expect(clippy::disallowed_methods, reason = "nothing depends on what it is")]
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signed = self.0.sign(&SystemRandom::new(), message);
        signed.map(|signature| signature.as_ref().to_vec()).map_err(|_| Error::RemoteKeyError)
    }
}

fn parameters(names: &[&str], serial_number: u64) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let mut parameters = CertificateParams::new(names).unwrap();
    parameters.serial_number = Some(SerialNumber::from(serial_number));
    parameters.key_identifier_method = KeyIdMethod::PreSpecified(vec![1; 20]);
    parameters
}

#[tokio::test]
async fn over_tls_the_certificate_must_be_trusted_and_of_that_name() {
    let mut authority = parameters(&[], 1);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, Key::new()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    for (name, is_trusted, is_good) in
        [("localhost", true, true), ("other.example", true, false), ("localhost", false, false)]
    {
        let key = Key::new();
        let certificate = parameters(&[name], 2).signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.0.to_pkcs8v1().unwrap().as_ref().to_vec()).into(),
        );
        let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, vec![GOOD.as_bytes().to_vec()], Duration::ZERO).await;
            }
        });
        let resolver = Fickle::new(&[&["127.0.0.1"]]);
        let client = if is_trusted {
            Client::trusting(roots.clone(), resolver, LONG)
        } else {
            Client::new(resolver, LONG)
        };
        let uri = format!("https://localhost:{port}/");
        let got = get(&client.with_loopback_open(), &uri).await;
        let expected = if is_good { Ok("[]".to_owned()) } else { Err(FetchFailure::Unreachable) };
        assert_eq!(got, expected, "{name}, trusted: {is_trusted}");
    }
}
