//! `cargo bench -p cardea-tests --bench registrations`: registrations a second through the local server, and processor
//! time of each, with one guard after the other. Client, server and database are this one process, so that what a guard
//! takes is the difference.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark may fail loudly, and has to print"
)]
#![expect(dead_code, unused_imports, reason = "of the tests' harness it needs only a part")]

#[path = "../harness/mod.rs"]
mod harness;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{StreamExt, stream};
use harness::{Provider, http, send_from};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Registrations of each kind.
const COUNT: usize = 1_000;

/// How many are under way at the same time.
const CONCURRENCY: usize = 16;

/// Clock ticks of `/proc`, in a second.
const TICKS: f64 = 100.0;

/// Where registrations come from.
#[derive(Clone, Copy, PartialEq)]
enum From {
    /// Through HTTP, from this machine, which is not counted.
    ThisMachine,
    /// The same straight into the gateway, as all that follow.
    Here,
    /// From a different address each.
    Elsewhere,
}

#[tokio::main]
async fn main() {
    println!("{:<58} {:>10} {:>12}", "registrations", "a second", "CPU, each");
    let open = json!({ "deduplicate_public_clients": false });
    measure("open, through HTTP", From::ThisMachine, &open, &json!({})).await;
    measure("open, with no guard", From::Here, &open, &json!({})).await;
    for (name, policy, metadata) in guards() {
        measure(name, From::Elsewhere, &policy, &metadata).await;
    }
}

fn guards() -> Vec<(&'static str, Value, Value)> {
    let hosts: Vec<_> =
        (0..99).map(|n| format!("h{n}.example")).chain(["app.example".to_owned()]).collect();
    let ranges: Vec<_> = (0..100).map(|n| format!("192.0.{n}.0/24")).collect();
    let patterns: Vec<_> = (0..50).map(|n| format!("*refused{n}*")).collect();
    let (issuer, statement) = software_statement();
    vec![
        ("with the three limits", json!({ "deduplicate_public_clients": false }), json!({})),
        (
            "… of a public client, the same each time",
            json!({}),
            json!({ "token_endpoint_auth_method": "none", "client_name": "Same" }),
        ),
        (
            "… with 50 patterns that names are held to",
            json!({ "client_name_refused_patterns": patterns }),
            json!({}),
        ),
        (
            "… with 100 hosts that redirect URIs may have",
            json!({ "allowed_redirect_hosts": hosts }),
            json!({}),
        ),
        (
            "… with 100 ranges of addresses that are refused",
            json!({ "refused_ip_ranges": ranges }),
            json!({}),
        ),
        (
            "… with a registration access token",
            json!({ "client_registration_management": "full" }),
            json!({}),
        ),
        (
            "… with an initial access token",
            json!({ "admission": "initial_access_token" }),
            json!({}),
        ),
        (
            "… with a software statement",
            json!({ "admission": "software_statement", "software_statement_issuers": [issuer] }),
            json!({ "software_statement": statement }),
        ),
    ]
}

/// An issuer with its key, and what it vouches for.
fn software_statement() -> (Value, String) {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = key.public_key().as_ref();
    let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": coordinate(&point[1..33]), "y": coordinate(&point[33..]) });
    let claims = json!({ "iss": "https://vouching.example", "software_id": "bench" });
    let signing = EncodingKey::from_ec_der(key.to_pkcs8v1().unwrap().as_ref());
    let statement = encode(&Header::new(Algorithm::ES256), &claims, &signing).unwrap();
    (json!({ "issuer": "https://vouching.example", "jwks": { "keys": [jwk] } }), statement)
}

async fn measure(name: &str, from: From, policy: &Value, metadata: &Value) {
    let provider = Provider::open_to_all().await;
    let mut policy = policy.clone();
    policy["registrations_per_tenant"] = 30_000.into();
    let change = json!({ "friendly_name": "Acme", "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&change).await.status(), 200, "{change}");
    let made = json!({ "max_uses": null });
    let made = provider.manage(Method::POST, "initial-access-tokens", Some(&made)).await;
    let made: Value = made.json().await.unwrap();
    // Where none is needed, none is read.
    let token = made["token"].as_str().unwrap();
    let client = http();
    let turn = AtomicUsize::default();
    let register = async || {
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        let mut body = json!({ "client_name": format!("Bench {turn}"), "redirect_uris": ["https://app.example/cb"] });
        body.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
        let request = client.post(provider.url("oidc/register")).bearer_auth(token).json(&body);
        let status = match from {
            From::ThisMachine => request.send().await.unwrap().status().as_u16(),
            From::Here | From::Elsewhere => {
                let elsewhere =
                    format!("198.{}.{}.{}", 18 + turn / 62_500, turn / 250 % 250, 1 + turn % 250);
                let source = if from == From::Here { "127.0.0.1" } else { &elsewhere };
                send_from(&provider, request.build().unwrap(), source).await.status().as_u16()
            }
        };
        assert_eq!(status, 201, "{name}");
    };
    register().await;
    let (began, before) = (Instant::now(), processor_time());
    stream::iter(0..COUNT).for_each_concurrent(CONCURRENCY, async |_| register().await).await;
    let (wall, processor) = (began.elapsed(), processor_time().saturating_sub(before));
    let count = u32::try_from(COUNT).unwrap();
    println!(
        "{name:<58} {:>10.0} {:>12.1?}",
        f64::from(count) / wall.as_secs_f64(),
        processor / count
    );
}

/// What this process has taken so far, in user and system mode.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    Duration::from_secs_f64(ticks.sum::<f64>() / TICKS)
}
