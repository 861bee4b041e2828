//! `infra/smoke-test`, which tells of a deployment what only a deployment can show.

use crate::harness::Provider;
use axum::{
    Router,
    http::{HeaderName, StatusCode},
};
use std::{path::Path, process::Output};
use tokio::{net::TcpListener, process::Command};

async fn smoke_test(arguments: &[&str]) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let command = Command::new(root.join("infra/smoke-test")).args(arguments).output();
    let Output { status, stdout, .. } = command.await.unwrap();
    (status.success(), String::from_utf8(stdout).unwrap())
}

#[tokio::test]
async fn it_finds_nothing_wrong_with_what_answers_as_it_should() {
    let provider = Provider::open_to_all().await;
    let (is_fine, said) = smoke_test(&[&provider.issuer]).await;
    assert!(is_fine && said.lines().filter(|line| line.starts_with("ok ")).count() > 20, "{said}");
}

#[tokio::test]
async fn it_says_what_a_gateway_has_changed() {
    let renamed = HeaderName::from_static("x-amzn-remapped-www-authenticate");
    let answer = move || async move { (StatusCode::UNAUTHORIZED, [(renamed, "Bearer")], "") };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer);
    tokio::spawn(async { axum::serve(listener, router).await });
    let (is_fine, said) = smoke_test(&[&issuer]).await;
    assert!(!is_fine && said.contains("the gateway renamed WWW-Authenticate"), "{said}");
    assert!(said.contains("FAIL  the document is there"), "{said}");
}
