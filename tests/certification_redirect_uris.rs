//! Modules of the OpenID Foundation's certification: redirect URIs.

use crate::harness::{Module, REDIRECT_URI, Variant, certified};
use serde_json::{Value, json};

/// The request ends on a page of ours, and nothing is sent to anybody.
async fn is_a_page_of_ours(registered: &[&str], requested: &str) {
    let provider = certified().await;
    for variant in Variant::all() {
        let metadata = json!({ "redirect_uris": registered });
        let mut module = Module::start_as(&provider, variant, metadata).await;
        let url = url::Url::parse_with_params(
            &provider.url("authorize"),
            module.parameters(&[("redirect_uri", requested)]),
        );
        let page = module.browser.page(url.unwrap().as_str()).await;
        assert_eq!(page.status, 400);
        assert!(page.html.contains("<code>invalid_request</code>"), "{}", page.html);
        assert!(!page.html.contains("<form"), "{}", page.html);
    }
}

#[tokio::test]
async fn oidcc_ensure_registered_redirect_uri() {
    is_a_page_of_ours(&[REDIRECT_URI], "https://app.example/cb/unregistered").await;
}

#[tokio::test]
async fn oidcc_ensure_redirect_uri_in_authorization_request() {
    is_a_page_of_ours(&[REDIRECT_URI, "https://app.example/other"], "").await;
}

#[tokio::test]
async fn oidcc_redirect_uri_query_ok() {
    let provider = certified().await;
    let redirect_uri = "https://app.example/cb?dummy1=lorem&dummy2=ipsum";
    for variant in Variant::all() {
        let metadata = json!({ "redirect_uris": [redirect_uri] });
        let mut module = Module::start_as(&provider, variant, metadata).await;
        // Where the answer arrives is compared with the whole of it.
        let outcome = module.succeeds(&[]).await;
        if variant.response_type == "code" && variant.response_mode.is_empty() {
            assert_eq!(
                (&*outcome.answer["dummy1"], &*outcome.answer["dummy2"]),
                ("lorem", "ipsum")
            );
        }
    }
}

#[tokio::test]
async fn oidcc_redirect_uri_query_mismatch() {
    is_a_page_of_ours(&["https://app.example/cb?foo=bar"], "https://app.example/cb?foo=baz").await;
}

#[tokio::test]
async fn oidcc_redirect_uri_query_added() {
    is_a_page_of_ours(&[REDIRECT_URI], "https://app.example/cb?foo=bar").await;
}

#[tokio::test]
async fn oidcc_redirect_uri_regfrag() {
    let provider = certified().await;
    let metadata = json!({ "redirect_uris": ["https://app.example/cb#foo=bar"] });
    let response = provider.post_json("oidc/register", &metadata).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["content-type"], "application/json");
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["error"], "invalid_redirect_uri");
}
