//! `cargo bench -p cardea-tests`: what the budgets of ARCHITECTURE.md come to on this machine: round trips to DynamoDB,
//! and how long answers take through HTTP, one after the other.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark may fail loudly, and has to print"
)]
#![expect(dead_code, unused_imports, reason = "of the tests' harness it needs only a part")]

mod harness;

use harness::{API, Browser, Provider, RelyingParty, http};
use serde_json::json;
use std::time::{Duration, Instant};

const ROUNDS: usize = 200;

#[tokio::main]
async fn main() {
    starting().await;
    let provider = Provider::open_to_all().await;
    println!("\n{:<44} {:>6} {:>6} {:>10} {:>10}", "endpoint", "calls", "steps", "median", "95 %");
    published(&provider).await;
    programs(&provider).await;
    browser(&provider).await;
}

/// From nothing, and from a data directory that is there, to the first 200.
async fn starting() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().to_str().unwrap().to_owned();
    let mut port = "0".to_owned();
    for name in ["first start to the first 200", "restart to the first 200"] {
        let began = Instant::now();
        let provider = Provider::start_with(&["--port", &port, "--data-dir", &data_dir]).await;
        assert_eq!(provider.get("").await.status(), 200);
        println!("{name:<44} {:>10.1?}", began.elapsed());
        port = provider.port.to_string();
        provider.stop().await;
    }
}

async fn published(provider: &Provider) {
    for path in [".well-known/openid-configuration", ".well-known/jwks.json"] {
        let client = http();
        let get =
            async || assert_eq!(client.get(provider.url(path)).send().await.unwrap().status(), 200);
        measure(provider, &format!("GET {path}"), get).await;
    }
}

async fn programs(provider: &Provider) {
    let client = http();
    let metadata = json!({ "client_name": "Bench", "redirect_uris": ["https://app.example/cb"] });
    let register = async || {
        let request = client.post(provider.url("oidc/register")).json(&metadata);
        assert_eq!(request.send().await.unwrap().status(), 201);
    };
    measure(provider, "POST oidc/register", register).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("audience", provider.management("audience")),
    ];
    let token = async || {
        let request = client.post(provider.url("oauth/token")).form(&form);
        assert_eq!(request.send().await.unwrap().status(), 200);
    };
    measure(provider, "POST oauth/token, client credentials", token).await;
    let bearer = provider.management_token(None).await;
    let settings = async || {
        let request = client.get(provider.url("api/v2/tenants/settings")).bearer_auth(&bearer);
        assert_eq!(request.send().await.unwrap().status(), 200);
    };
    measure(provider, "GET api/v2/tenants/settings", settings).await;
}

async fn browser(provider: &Provider) {
    let client = RelyingParty::register_public(provider).await;
    let mut browser = Browser::new(provider);
    let code = client.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let landing = browser.authorize(&code).await;
    let implicit = [("response_type", "id_token token"), ("nonce", "n"), ("audience", API)];
    let implicit = client.url(&[&implicit[..], &[("scope", "openid read:contacts")]].concat());

    let answer = landing.query();
    let form = client.exchange(&answer["code"]);
    let response = http().post(provider.url("oauth/token")).form(&form).send().await.unwrap();
    let tokens: serde_json::Value = response.json().await.unwrap();
    let bearer = tokens["access_token"].as_str().unwrap().to_owned();
    let userinfo_client = http();
    let userinfo = async || {
        let request = userinfo_client.get(provider.url("userinfo")).bearer_auth(&bearer);
        assert_eq!(request.send().await.unwrap().status(), 200);
    };
    measure(provider, "GET userinfo", userinfo).await;
    for (name, url) in [("GET authorize, code", code), ("GET authorize, id_token token", implicit)]
    {
        measure(provider, name, async || drop(browser.landing(&url).await)).await;
    }
}

async fn measure(provider: &Provider, name: &str, mut request: impl AsyncFnMut()) {
    request().await;
    provider.round_trips.take();
    request().await;
    let (calls, steps) = provider.round_trips.take();
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        request().await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| -> Duration { times[ROUNDS * share / 100] };
    println!("{name:<44} {calls:>6} {steps:>6} {:>10.1?} {:>10.1?}", at(50), at(95));
}
