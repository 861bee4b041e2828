//! Modules of the OpenID Foundation's certification: responses and the happy flow.

use crate::harness::{Module, Variant, certified, is_error};
use serde_json::json;

#[tokio::test]
async fn oidcc_server() {
    let provider = certified().await;
    for variant in Variant::all() {
        Module::start(&provider, variant).await.succeeds(&[]).await;
    }
}

#[tokio::test]
async fn oidcc_response_type_missing() {
    let provider = certified().await;
    for variant in Variant::all() {
        let mut module = Module::start(&provider, variant).await;
        let url = module.url(&[("response_type", "")]);
        let arrival = module.browser.open(&url).await;
        let answer = if variant.response_mode == "form_post" {
            module.answer(arrival)
        } else {
            // Nothing says that it was about anything else than a code.
            arrival.landing().query()
        };
        is_error(&answer);
        assert_eq!(answer["error"], "invalid_request", "{variant:?}");
        assert_eq!(answer["state"].len(), 128);
    }
}

#[tokio::test]
async fn oidcc_server_client_secret_post() {
    let provider = certified().await;
    for variant in Variant::all().into_iter().filter(|variant| variant.has("code")) {
        let method = json!({ "token_endpoint_auth_method": "client_secret_post" });
        Module::start_as(&provider, variant, method).await.succeeds(&[]).await;
    }
}

#[tokio::test]
async fn oidcc_ensure_post_request_succeeds() {
    let provider = certified().await;
    for variant in Variant::all() {
        let mut module = Module::start(&provider, variant).await;
        module.succeeds(&[]).await;
        let form: Vec<_> = module.parameters(&[]);
        let form: Vec<_> =
            form.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        let arrival = module.browser.send(&provider.url("authorize"), &form).await;
        module.check(arrival, true).await;
    }
}

#[tokio::test]
async fn oidcc_alternate_happy_flow() {
    let provider = certified().await;
    for variant in Variant::all() {
        let mut module = Module::start(&provider, variant).await;
        let scope = ("scope", "phone address email profile openid");
        if !variant.has_access_token() {
            module.asked = ALL_CLAIMS.to_vec();
        }
        let mut parameters = module.parameters(&[scope]);
        parameters.reverse();
        let url = url::Url::parse_with_params(&provider.url("authorize"), parameters).unwrap();
        let arrival = module.browser.arrive(url.as_str()).await;
        module.check(arrival, true).await;
    }
}

/// What the scopes `profile`, `email`, `address` and `phone` release (OpenID Connect Core §5.4).
const ALL_CLAIMS: [&str; 19] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
];
