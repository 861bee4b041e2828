//! A client's members by Auth0's names, and how they are called where they are registered (`docs/clients.md`).

use serde_json::{Map, Value, json};
use shared::{
    clock::Timestamp,
    domain::Client,
    management::ManagementError,
    oauth::{OAuthError, TokenEndpointAuthMethod},
};
use std::time::Duration;

/// What is called otherwise than the specifications call it. A name comes before those that it contains.
pub(crate) const RENAMED: [(&str, &str); 5] = [
    ("allowed_logout_urls", "post_logout_redirect_uris"),
    ("callbacks", "redirect_uris"),
    ("name", "client_name"),
    (ALG, "id_token_signed_response_alg"),
    (BACKCHANNEL_LOGOUT_URLS, "backchannel_logout_uri"),
];

/// Members of members: they are read and shown apart from the others.
const ALG: &str = "jwt_configuration.alg";
const BACKCHANNEL_LOGOUT_URLS: &str = "oidc_logout.backchannel_logout_urls";

/// What is called as the specifications call it.
const REGISTERED: [&str; 28] = [
    "application_type",
    "backchannel_logout_session_required",
    "client_uri",
    "contacts",
    "default_acr_values",
    "default_max_age",
    "dpop_bound_access_tokens",
    "grant_types",
    "initiate_login_uri",
    "jwks",
    "jwks_uri",
    "logo_uri",
    "policy_uri",
    "request_object_signing_alg",
    "request_uris",
    "require_auth_time",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "response_types",
    "scope",
    "sector_identifier_uri",
    "software_id",
    "software_version",
    "subject_type",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "tos_uri",
    "userinfo_signed_response_alg",
];

/// What there can be in several languages (RFC 7591 §2.2).
const IN_SEVERAL_LANGUAGES: [&str; 5] =
    ["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];

/// How the member that the owner calls `name` is registered, if it is one that can be.
pub(crate) fn registered_name(name: &str) -> Option<&str> {
    if let Some((_, registered)) = RENAMED.iter().find(|(known, _)| *known == name) {
        return (!name.contains('.')).then_some(registered);
    }
    let language = name.split_once('#').map(|(member, _)| member);
    let is_in_a_language = language.is_some_and(|member| IN_SEVERAL_LANGUAGES.contains(&member));
    (REGISTERED.contains(&name) || is_in_a_language).then_some(name)
}

/// Everything that is registered of a client, by the names of the specifications. A program that acts for itself may
/// have been made without.
pub(crate) fn registered(client: &Client) -> Map<String, Value> {
    let alone = || {
        json!({
            "redirect_uris": [],
            "grant_types": ["client_credentials"],
            "response_types": [],
            "token_endpoint_auth_method": TokenEndpointAuthMethod::default(),
            "id_token_signed_response_alg": client.id_token_signed_response_alg(),
        })
    };
    let members = client.metadata.as_ref().map_or_else(alone, |metadata| json!(metadata));
    members.as_object().cloned().unwrap_or_default()
}

/// A client as its owner sees it: no secret is in it, and nothing that is kept of one.
pub(crate) fn shown(client: &Client) -> Value {
    let mut members = registered(client);
    let [alg, backchannel_logout_url] = [ALG, BACKCHANNEL_LOGOUT_URLS].map(|name| {
        RENAMED.iter().find(|(known, _)| *known == name).and_then(|(_, it)| members.remove(*it))
    });
    for (name, registered) in RENAMED {
        if let Some(value) = members.remove(registered) {
            members.insert(name.to_owned(), value);
        }
    }
    let notes = &client.owner_metadata;
    for (name, value) in [
        ("client_id", Some(json!(client.client_id))),
        ("client_id_issued_at", Some(json!(client.client_id_issued_at))),
        ("is_first_party", Some(json!(client.is_first_party))),
        ("oidc_conformant", Some(json!(true))),
        ("disabled", Some(json!(client.is_disabled))),
        ("app_type", Some(json!(client.app_type()))),
        ("description", notes.description.as_ref().map(|text| json!(text))),
        ("client_metadata", Some(json!(notes.client_metadata)).filter(|it| *it != json!({}))),
        ("web_origins", Some(json!(notes.web_origins)).filter(|it| *it != json!([]))),
        ("refresh_token", notes.refresh_token.map(|settings| json!(settings))),
        ("third_party_security_mode", third_party_security_mode(client)),
        ("software_statement", client.software_statement.as_ref().map(|text| json!(text))),
        ("jwt_configuration", alg.map(|alg| json!({ "alg": alg }))),
        (
            "oidc_logout",
            backchannel_logout_url.map(|url| json!({ "backchannel_logout_urls": [url] })),
        ),
        ("last_used_at", client.last_used_on.map(|day| json!(midnight(day).to_rfc3339()))),
        ("expires_at", client.expires_at.map(|at| json!(at.to_rfc3339()))),
    ] {
        members.extend(value.map(|value| (name.to_owned(), value)));
    }
    members.into()
}

fn third_party_security_mode(client: &Client) -> Option<Value> {
    (!client.is_first_party).then(|| json!(client.third_party_security_mode))
}

fn midnight(day: i64) -> Timestamp {
    Timestamp(0) + Duration::from_hours(24) * u32::try_from(day).unwrap_or_default()
}

/// Why a member can't be registered, by the name that the owner knows it by.
pub(crate) fn refusal(error: &OAuthError) -> ManagementError {
    let why = error.error_description.to_string();
    let by_its_name = |why: String, (name, registered): (&str, &str)| why.replace(registered, name);
    ManagementError::invalid_body(&RENAMED.into_iter().fold(why, by_its_name))
}
