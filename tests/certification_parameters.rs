//! Modules of the OpenID Foundation's certification: the nonce, and parameters that must work or at least not break.

use crate::harness::{Module, Variant, certified};
use serde_json::Value;

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    let provider = certified().await;
    for variant in Variant::all().into_iter().filter(|variant| !variant.has("id_token")) {
        Module::start(&provider, variant).await.succeeds(&[("nonce", "")]).await;
    }
}

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_fails() {
    let provider = certified().await;
    for variant in Variant::all().into_iter().filter(|variant| variant.has("id_token")) {
        let mut module = Module::start(&provider, variant).await;
        let url = module.url(&[("nonce", "")]);
        let arrival = module.browser.open(&url).await;
        assert_eq!(module.error(arrival), "invalid_request", "{variant:?}");
    }
}

/// The flow succeeds as if the parameter were not there.
async fn succeeds_with(parameter: (&str, &str)) {
    let provider = certified().await;
    for variant in Variant::all() {
        Module::start(&provider, variant).await.succeeds(&[parameter]).await;
    }
}

#[tokio::test]
async fn oidcc_display_page() {
    succeeds_with(("display", "page")).await;
}

#[tokio::test]
async fn oidcc_display_popup() {
    succeeds_with(("display", "popup")).await;
}

#[tokio::test]
async fn a_display_that_nobody_knows_breaks_nothing() {
    succeeds_with(("display", "hologram")).await;
}

#[tokio::test]
async fn oidcc_ui_locales() {
    succeeds_with(("ui_locales", "se fi-FI xx")).await;
}

#[tokio::test]
async fn oidcc_claims_locales() {
    succeeds_with(("claims_locales", "se")).await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_unknown_parameter_succeeds() {
    succeeds_with(("extra", "foobar")).await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_acr_values_succeeds() {
    let provider = certified().await;
    let document: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    let supported = document["acr_values_supported"].as_array().unwrap();
    let supported: Vec<_> = supported.iter().map(|value| value.as_str().unwrap()).collect();
    for variant in Variant::all() {
        let mut module = Module::start(&provider, variant).await;
        let outcome = module.succeeds(&[("acr_values", &supported.join(" "))]).await;
        for id_token in outcome.id_tokens {
            let acr = id_token["acr"].as_str().unwrap();
            assert!(supported.contains(&acr), "{acr}");
        }
    }
}
