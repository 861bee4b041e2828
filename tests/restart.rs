use crate::harness::{Browser, Provider, RelyingParty};
use serde_json::Value;

#[tokio::test]
async fn everything_is_kept_over_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().to_str().unwrap();
    let first = Provider::start_with(&["--port", "0", "--data-dir", data_dir]).await;
    let (issuer, credentials) = (first.issuer.clone(), first.credentials.clone());
    let flags = serde_json::json!({ "flags": { "enable_dynamic_client_registration": true } });
    first.change_settings(&flags).await;
    let client = RelyingParty::register(&first).await;
    let url = client.url(&[
        ("response_type", "id_token token"),
        ("nonce", "n"),
        ("scope", "openid email"),
    ]);
    let mut browser = Browser::new(&first);
    let token = browser.authorize(&url).await.fragment()["access_token"].clone();
    let keys: Value = first.get(".well-known/jwks.json").await.json().await.unwrap();
    let cookies = browser.cookies.clone();
    drop((client, browser));
    first.stop().await;

    let port = issuer.trim_end_matches('/').rsplit(':').next().unwrap();
    let second = Provider::start_with(&["--port", port, "--data-dir", data_dir]).await;
    assert_eq!((&second.issuer, &second.credentials), (&issuer, &credentials));
    assert_eq!(second.settings().await["flags"]["enable_dynamic_client_registration"], true);
    let keys_again: Value = second.get(".well-known/jwks.json").await.json().await.unwrap();
    assert_eq!(keys, keys_again);
    let mut browser = Browser::new(&second);
    browser.cookies = cookies;
    assert!(
        browser.landing(&url).await.fragment().contains_key("id_token"),
        "session, client and consent"
    );
    let request = crate::harness::http().get(second.url("userinfo")).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 200);
    second.stop().await;
}
