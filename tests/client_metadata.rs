//! The tables of `docs/client-metadata.md`, walked: what they say of each member is what becomes of it.

use crate::harness::{Provider, http};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

/// A row: the member, an example, what is registered of it, and what is refused.
struct Row {
    member: String,
    sent: Option<Value>,
    registered: Option<Value>,
    refused: Option<Value>,
}

impl Row {
    fn parse(line: &str) -> Self {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [member, _, _, sent, registered, refused] = cells[..] else { panic!("{line}") };
        let sent = value(sent);
        Self {
            member: member.trim_matches('`').to_owned(),
            registered: if registered == "same" { sent.clone() } else { value(registered) },
            refused: value(refused),
            sent,
        }
    }
}

/// What a cell holds in backticks; nothing for a dash.
fn value(cell: &str) -> Option<Value> {
    let json = cell.strip_prefix('`').map(|cell| cell.trim_end_matches('`'));
    assert!(json.is_some() || cell == "–", "{cell}");
    json.map(|json| serde_json::from_str(json).expect(json))
}

fn documentation() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join("docs/client-metadata.md")).unwrap()
}

fn rows() -> Vec<Row> {
    let documentation = documentation();
    let rows = documentation.lines().filter(|line| line.starts_with("| `"));
    rows.map(Row::parse).collect()
}

async fn register(provider: &Provider, member: &str, value: &Value) -> (u16, Value) {
    let mut metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    metadata[member] = value.clone();
    let response = provider.post_json("oidc/register", &metadata).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn what_is_sent_is_registered_as_the_documentation_says() {
    let provider = Provider::open_to_all().await;
    for Row { member, sent, registered, .. } in rows() {
        let Some(sent) = sent else { continue };
        let (status, client) = register(&provider, &member, &sent).await;
        assert_eq!((status, client.get(&member)), (201, registered.as_ref()), "{member}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_by_the_member() {
    let provider = Provider::open_to_all().await;
    for Row { member, refused, .. } in rows() {
        let Some(refused) = refused else { continue };
        let (status, error) = register(&provider, &member, &refused).await;
        let is_redirect_uri = member.ends_with("redirect_uris");
        let expected =
            if is_redirect_uri { "invalid_redirect_uri" } else { "invalid_client_metadata" };
        assert_eq!((status, &error["error"]), (400, &json!(expected)), "{member}");
        let description = error["error_description"].as_str().unwrap();
        assert!(description.starts_with(&member), "{member}: {description}");
    }
}

#[tokio::test]
async fn with_what_is_answered_the_same_client_can_be_registered_again() {
    let provider = Provider::open_to_all().await;
    let registers: Vec<_> = rows()
        .into_iter()
        .filter(|row| row.registered.is_some() && row.member != "token_endpoint_auth_method")
        .collect();
    for Row { member, sent, .. } in &registers {
        let (_, mut first) = register(&provider, member, sent.as_ref().unwrap()).await;
        let mut again = provider.register(&first).await;
        for client in [&mut first, &mut again] {
            let client = client.as_object_mut().unwrap();
            client
                .retain(|member, _| !member.starts_with("client_id") && member != "client_secret");
        }
        assert_eq!(again, first, "{member}");
    }
    assert!(registers.len() > 20);
}

/// The registry "OAuth Dynamic Client Registration Metadata" of IANA, without the members of CIBA, mutual TLS and UMA of
/// which the documentation names one each.
const REGISTERED: &str = "redirect_uris token_endpoint_auth_method grant_types response_types client_name client_uri \
    logo_uri scope contacts tos_uri policy_uri jwks_uri jwks software_id software_version client_id client_secret \
    client_id_issued_at client_secret_expires_at registration_access_token registration_client_uri application_type \
    sector_identifier_uri subject_type id_token_signed_response_alg id_token_encrypted_response_alg \
    id_token_encrypted_response_enc userinfo_signed_response_alg userinfo_encrypted_response_alg \
    userinfo_encrypted_response_enc request_object_signing_alg request_object_encryption_alg \
    request_object_encryption_enc token_endpoint_auth_signing_alg default_max_age require_auth_time default_acr_values \
    initiate_login_uri request_uris claims_redirect_uris tls_client_certificate_bound_access_tokens \
    tls_client_auth_subject_dn require_signed_request_object require_pushed_authorization_requests \
    introspection_signed_response_alg introspection_encrypted_response_alg introspection_encrypted_response_enc \
    frontchannel_logout_uri frontchannel_logout_session_required backchannel_logout_uri \
    backchannel_logout_session_required post_logout_redirect_uris authorization_details_types dpop_bound_access_tokens \
    authorization_signed_response_alg authorization_encrypted_response_alg authorization_encrypted_response_enc \
    backchannel_token_delivery_mode software_statement";

#[test]
fn the_documentation_has_every_member_that_a_specification_registered() {
    let documented: Vec<_> = rows().into_iter().map(|row| row.member).collect();
    let distinct: BTreeSet<_> = documented.iter().map(String::as_str).collect();
    assert_eq!(distinct.len(), documented.len(), "a member has two rows");
    assert_eq!(distinct, REGISTERED.split_whitespace().collect());
}

/// What is kept, always or where the tenant allows it, can be asked of every registration, and nothing else can.
#[tokio::test]
async fn a_tenant_can_require_each_member_that_is_kept() {
    let provider = Provider::open_to_all().await;
    let kept = documentation();
    let kept = kept.split("## What is kept").nth(1).unwrap().split("\n## ").next().unwrap();
    let kept: BTreeSet<_> = kept
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .chain(["backchannel_logout_uri", "jwks_uri", "request_uris", "sector_identifier_uri"])
        .chain(["software_statement"])
        .collect();
    for Row { member, .. } in rows() {
        let policy = json!({ "dynamic_client_registration": { "required_members": [member] } });
        let status = provider.change_settings(&policy).await.status();
        assert_eq!(status == 200, kept.contains(member.as_str()), "{member}: {status}");
    }
}

/// What `private_key_jwt` takes: its members mean something together only.
#[tokio::test]
async fn an_algorithm_of_assertions_is_kept_with_the_method_that_makes_them() {
    let provider = Provider::open_to_all().await;
    let jwks = rows().into_iter().find(|row| row.member == "jwks").unwrap().sent;
    let metadata = json!({
        "redirect_uris": ["https://app.example/cb"], "jwks": jwks,
        "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
    });
    let client = provider.register(&metadata).await;
    assert_eq!(client["token_endpoint_auth_signing_alg"], "ES256");
    assert_eq!(client.get("client_secret"), None);
    for (member, bad) in [
        ("jwks", json!(null)),
        ("token_endpoint_auth_signing_alg", json!("RS256")),
        ("token_endpoint_auth_signing_alg", json!("HS256")),
    ] {
        let mut metadata = metadata.clone();
        metadata[member] = bad;
        let request = http().post(provider.url("oidc/register")).json(&metadata);
        assert_eq!(request.send().await.unwrap().status(), 400, "{metadata}");
    }
}
