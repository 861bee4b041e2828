//! Making tenants and rotating their keys, as CloudFormation and operators have it done.

use crate::harness::{Deployment, FakeAws, Lines, Policies, Trouble};
use bootstrap::Answer;
use serde_json::{Value, json};
use shared::{
    domain::{Issuer, KeySet, KeyState},
    jose::SigningAlg,
    storage::keys,
};
use std::{collections::BTreeSet, time::Duration};

const ISSUER: &str = "https://login.example.com/";
const SECRET: &str = "cardea/login.example.com";
const DAY: Duration = Duration::from_hours(24);
const REFUSED: Trouble = Trouble::Error("AccessDeniedException", 400);

fn create() -> Value {
    json!({ "create_tenant": { "issuer": ISSUER } })
}

fn rotate(at_once: bool) -> Value {
    json!({ "rotate_signing_key": { "issuer": ISSUER, "at_once": at_once } })
}

async fn key_set(deployment: &Deployment) -> KeySet {
    let t = ISSUER.parse::<Issuer>().unwrap().tenant_id();
    deployment.app.store.read(keys::key_set(&t)).await.unwrap().unwrap()
}

/// The ARNs of the keys that count.
async fn named_keys(deployment: &Deployment) -> BTreeSet<String> {
    key_set(deployment).await.keys.into_iter().map(|key| key.reference).collect()
}

async fn has_tenant(deployment: &Deployment) -> bool {
    let t = ISSUER.parse::<Issuer>().unwrap().tenant_id();
    deployment.app.store.read(keys::tenant(&t)).await.unwrap().is_some()
}

async fn deployment() -> (FakeAws, Deployment) {
    let aws = FakeAws::start().await;
    let deployment = Deployment::new(&aws, &Policies::of_the_template()).await;
    (aws, deployment)
}

#[tokio::test]
async fn a_tenant_is_made_once_and_its_credentials_are_kept_in_its_secret_alone() {
    let (aws, deployment) = deployment().await;
    let made = deployment.obey(&create()).await.unwrap();
    let expected =
        Answer::Tenant { issuer: ISSUER.parse().unwrap(), credentials_secret: SECRET.to_owned() };
    assert_eq!(made, expected);
    let kept = aws.secret(SECRET).unwrap();
    let credentials: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(credentials["issuer"], ISSUER);
    assert_eq!(credentials["management"]["client_secret"].as_str().unwrap().len(), 64);
    assert_eq!(credentials.get("user"), None, "nobody asked for the example");

    let before = key_set(&deployment).await;
    assert_eq!(deployment.obey(&create()).await.unwrap(), expected);
    assert_eq!(key_set(&deployment).await, before);
    assert_eq!(aws.secret(SECRET).unwrap(), kept);
    assert_eq!(aws.signing_keys().len(), 2);
}

#[tokio::test]
async fn a_secret_of_a_removed_stack_that_is_marked_for_deletion_holds_the_new_credentials() {
    let (aws, first) = deployment().await;
    first.obey(&create()).await.unwrap();
    let old = aws.secret(SECRET).unwrap();
    aws.delete_secret(SECRET);
    let second = Deployment::new(&aws, &Policies::of_the_template()).await;
    second.obey(&create()).await.unwrap();
    assert!(has_tenant(&second).await);
    let new = aws.secret(SECRET).unwrap();
    let credentials: Value = serde_json::from_str(&new).unwrap();
    assert_eq!(credentials["issuer"], ISSUER);
    assert_ne!(new, old);
}

#[tokio::test]
async fn signing_keys_bear_the_tags_that_the_roles_are_bound_to() {
    let (aws, deployment) = deployment().await;
    deployment.obey(&create()).await.unwrap();
    for (request, is_enabled) in aws.signing_keys() {
        assert!(is_enabled);
        let tags = request["Tags"].as_array().unwrap();
        assert!(tags.contains(&json!({ "TagKey": "cardea:role", "TagValue": "tenant-signing" })));
        assert!(tags.contains(&json!({ "TagKey": "cardea:stack", "TagValue": "test" })));
        assert_eq!(request["Policy"], "{}", "what the template says");
    }
}

#[tokio::test]
async fn what_was_interrupted_is_made_good_by_doing_it_again() {
    let (aws, deployment) = deployment().await;
    for operation in ["CreateKey", "GetPublicKey", "GenerateDataKey", "Decrypt", "CreateSecret"] {
        aws.trouble(operation, Some(REFUSED));
        let why = deployment.obey(&create()).await.unwrap_err().to_string();
        assert!(!why.contains("client_secret"), "{why}");
        assert!(!has_tenant(&deployment).await, "{operation}");
        aws.trouble(operation, None);
    }
    deployment.obey(&create()).await.unwrap();
    assert!(has_tenant(&deployment).await);
    assert_eq!(key_set(&deployment).await.keys.len(), 2);
    assert_eq!(aws.enabled_keys(), named_keys(&deployment).await);
}

#[tokio::test]
async fn whatever_interrupts_the_making_of_keys_none_stays_enabled_that_nothing_names() {
    let (aws, deployment) = deployment().await;
    let wrong = [("CreateKey", 0), ("CreateKey", 1), ("GetPublicKey", 0), ("GetPublicKey", 1)];
    for (operation, times) in [&[("GenerateDataKey", 0)], &wrong[..]].concat() {
        aws.trouble_after(times, operation, REFUSED);
        deployment.obey(&create()).await.unwrap_err();
        aws.trouble(operation, None);
        assert_eq!(aws.enabled_keys(), BTreeSet::new(), "{operation} after {times}");
    }
    assert_eq!(aws.signing_keys().len(), 1 + 1 + 2, "what costs is made last");
    deployment.obey(&create()).await.unwrap();
    deployment.advance(DAY);
    for (operation, times) in wrong {
        aws.trouble_after(times, operation, REFUSED);
        deployment.obey(&add_es256()).await.unwrap_err();
        if times == 0 {
            deployment.obey(&rotate(false)).await.unwrap_err();
        }
        aws.trouble(operation, None);
        let named = named_keys(&deployment).await;
        assert_eq!((aws.enabled_keys(), named.len()), (named, 2), "{operation} after {times}");
    }
}

#[tokio::test]
async fn a_command_whose_time_is_up_says_so_and_leaves_no_key_enabled() {
    const BRIEFLY: Duration = Duration::from_millis(500);
    let (aws, deployment) = deployment().await;
    aws.trouble_after(1, "CreateKey", Trouble::Silence);
    let why = deployment.obey_within(&create(), BRIEFLY).await.unwrap_err().to_string();
    assert!(why.contains("the time was up"), "{why}");
    assert_eq!((aws.signing_keys().len(), aws.enabled_keys().len()), (1, 0));
    aws.trouble("CreateKey", None);
    deployment.obey(&create()).await.unwrap();

    // The keys that a rotation put out of use are no longer named either.
    let old = key_set(&deployment).await.current(SigningAlg::RS256).unwrap().reference.clone();
    aws.trouble("DisableKey", Some(Trouble::Silence));
    let (lines, _guard) = Lines::collect();
    let why = deployment.obey_within(&rotate(true), BRIEFLY).await.unwrap_err().to_string();
    assert!(why.contains("look at the key set"), "{why}");
    let log = lines.text();
    let told = log.lines().find(|line| line.contains("still_enabled")).unwrap();
    assert!(told.contains(&old), "{told}");
}

#[tokio::test]
async fn a_key_that_cannot_be_disabled_either_is_named_in_the_log() {
    let (aws, deployment) = deployment().await;
    let (lines, _guard) = Lines::collect();
    aws.trouble_after(1, "CreateKey", REFUSED);
    aws.trouble("DisableKey", Some(REFUSED));
    deployment.obey(&create()).await.unwrap_err();
    let [key] = &Vec::from_iter(aws.enabled_keys())[..] else { panic!("{}", lines.text()) };
    let line = lines.text().lines().find(|line| line.contains("still_enabled")).unwrap().to_owned();
    assert!(line.contains(key), "{line}");
}

#[tokio::test]
async fn keys_that_may_be_in_the_key_set_stay_enabled_and_are_named_in_the_log() {
    let (aws, deployment) = deployment().await;
    let (lines, _guard) = Lines::collect();
    deployment.outage.of(&["PutItem"]);
    deployment.obey(&create()).await.unwrap_err();
    let keys = aws.enabled_keys();
    assert_eq!(keys.len(), 2);
    let log = lines.text();
    let told: Vec<_> = log.lines().filter(|line| line.contains("still_enabled")).collect();
    assert_eq!(told.len(), 2, "{log}");
    assert!(keys.iter().all(|key| told.iter().any(|line| line.contains(key))), "{log}");
}

#[tokio::test]
async fn rotation_waits_until_verifiers_can_know_the_next_key() {
    let (aws, deployment) = deployment().await;
    deployment.obey(&create()).await.unwrap();
    let first = key_set(&deployment).await;
    let why = deployment.obey(&rotate(false)).await.unwrap_err().to_string();
    assert!(why.contains("24 hours"), "{why}");
    assert_eq!(aws.signing_keys().len(), 2, "asking too soon makes no key");

    deployment.advance(DAY);
    let rotated = deployment.obey(&rotate(false)).await.unwrap();
    let second = key_set(&deployment).await;
    assert_eq!(second.version, first.version + 1);
    assert_eq!(second.current(SigningAlg::RS256).unwrap().reference, first.keys[1].reference);
    let kid = second.current(SigningAlg::RS256).unwrap().jwk.kid().to_owned();
    assert_eq!(rotated, Answer::Keys { issuer: ISSUER.parse().unwrap(), kid });
    let states: Vec<_> = second.keys.iter().map(|key| key.state).collect();
    assert_eq!(states, [KeyState::Previous, KeyState::Current, KeyState::Next]);
    assert!(aws.signing_keys().iter().all(|(_, is_enabled)| *is_enabled), "tokens still live");
}

#[tokio::test]
async fn a_key_in_the_wrong_hands_is_out_at_once() {
    let (aws, deployment) = deployment().await;
    deployment.obey(&create()).await.unwrap();
    let first = key_set(&deployment).await;
    deployment.obey(&rotate(true)).await.unwrap();
    let second = key_set(&deployment).await;
    assert!(second.public_key(first.current(SigningAlg::RS256).unwrap().jwk.kid()).is_none());
    let enabled: Vec<_> = aws.signing_keys().iter().map(|(_, is_enabled)| *is_enabled).collect();
    assert_eq!(enabled, [false, true, true]);
}

#[tokio::test]
async fn a_key_that_cannot_be_disabled_is_named_and_keeps_no_other_enabled() {
    let (aws, deployment) = deployment().await;
    deployment.obey(&create()).await.unwrap();
    deployment.advance(DAY);
    deployment.obey(&rotate(false)).await.unwrap();
    aws.trouble("DisableKey", Some(Trouble::Error("AccessDeniedException", 400)));
    let why = deployment.obey(&rotate(true)).await.unwrap_err().to_string();
    let retired = ["key/0", "key/1"];
    assert!(retired.iter().all(|reference| why.contains(reference)), "{why}");
    assert_eq!(key_set(&deployment).await.keys.len(), 2, "they are out of the set nevertheless");
}

#[tokio::test]
async fn of_two_rotations_at_once_one_counts_and_the_other_leaves_no_key_behind() {
    let (aws, deployment) = deployment().await;
    deployment.obey(&create()).await.unwrap();
    deployment.advance(DAY);
    let command = rotate(false);
    let (one, other) = tokio::join!(deployment.obey(&command), deployment.obey(&command));
    assert_ne!(one.is_ok(), other.is_ok());
    let key_set = key_set(&deployment).await;
    assert_eq!((key_set.version, key_set.keys.len()), (1, 3));
    let enabled = aws.signing_keys().iter().filter(|(_, is_enabled)| *is_enabled).count();
    assert_eq!((aws.signing_keys().len(), enabled), (4, 3));
}

#[tokio::test]
async fn a_command_that_is_none_is_refused_and_told_what_one_looks_like() {
    let (_, deployment) = deployment().await;
    for wrong in [
        json!({}),
        json!({ "create_tenant": { "issuer": "http://login.example.com/" } }),
        json!({ "create_tenant": { "issuer": "https://login.example.com/path" } }),
        json!({ "create_tenant": { "issuer": ISSUER, "example_data": "true" } }),
        json!({ "create_tenant": { "issuer": ISSUER, "exampleData": true } }),
        json!({ "add_signing_key": { "issuer": ISSUER } }),
        json!({ "add_signing_key": { "issuer": ISSUER, "alg": "PS256" } }),
        json!({ "delete_tenant": { "issuer": ISSUER } }),
    ] {
        assert!(deployment.obey(&wrong).await.is_err(), "{wrong}");
    }
    let unknown = json!({ "rotate_signing_key": { "issuer": "https://other.example.com/" } });
    let why = deployment.obey(&unknown).await.unwrap_err().to_string();
    assert_eq!(why, "https://other.example.com/ is no tenant of this deployment");
}

fn add_es256() -> Value {
    json!({ "add_signing_key": { "issuer": ISSUER, "alg": "ES256" } })
}

#[tokio::test]
async fn keys_for_es256_are_added_once_and_rotated_by_themselves() {
    let (aws, deployment) = deployment().await;
    let why = deployment.obey(&add_es256()).await.unwrap_err().to_string();
    assert_eq!(why, format!("{ISSUER} is no tenant of this deployment"));
    deployment.obey(&create()).await.unwrap();
    let rotate_es256 =
        json!({ "rotate_signing_key": { "issuer": ISSUER, "alg": "ES256", "at_once": true } });
    let why = deployment.obey(&rotate_es256).await.unwrap_err().to_string();
    assert_eq!(why, format!("{ISSUER} has no key for ES256: add one with add_signing_key"));
    assert_eq!(aws.signing_keys().len(), 2, "no key was made for nothing");

    // Whatever interrupts it is made good by doing it again.
    for operation in ["CreateKey", "GetPublicKey"] {
        aws.trouble(operation, Some(Trouble::Error("AccessDeniedException", 400)));
        deployment.obey(&add_es256()).await.unwrap_err();
        aws.trouble(operation, None);
    }
    let made = aws.signing_keys().len();
    let added = deployment.obey(&add_es256()).await.unwrap();
    assert_eq!(deployment.obey(&add_es256()).await.unwrap(), added);
    let specs: Vec<_> = aws.signing_keys()[made..]
        .iter()
        .map(|(request, _)| request["KeySpec"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(specs, ["ECC_NIST_P256", "ECC_NIST_P256"]);
    let both = key_set(&deployment).await;
    let kid = both.current(SigningAlg::ES256).unwrap().jwk.kid().to_owned();
    assert_eq!(added, Answer::Keys { issuer: ISSUER.parse().unwrap(), kid: kid.clone() });
    assert_eq!(both.keys.len(), 4);

    let rs256 = both.current(SigningAlg::RS256).cloned();
    deployment.obey(&rotate_es256).await.unwrap();
    let rotated = key_set(&deployment).await;
    assert!(rotated.public_key(&kid).is_none());
    assert_eq!(rotated.current(SigningAlg::RS256).cloned(), rs256);
    assert_eq!(rotated.keys.len(), 4);
    // What every tenant has needs no command.
    let add_rs256 = json!({ "add_signing_key": { "issuer": ISSUER, "alg": "RS256" } });
    deployment.obey(&add_rs256).await.unwrap();
    assert_eq!(key_set(&deployment).await, rotated);
}
