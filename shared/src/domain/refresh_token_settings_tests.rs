use super::{RefreshTokenSettings, RotationType};
use crate::{
    clock::Timestamp,
    domain::{Client, ProtectedSecret, SecurityMode, Tenant},
    entropy::CountingEntropy,
};
use serde_json::{Value, json};
use std::time::Duration;

fn changed(change: Value) -> Result<RefreshTokenSettings, String> {
    let Value::Object(change) = change else { panic!("{change}") };
    RefreshTokenSettings::default().changed(&change)
}

#[test]
fn each_member_is_changed_alone_and_what_is_none_is_refused_by_name() {
    let settings = changed(json!({ "leeway": 0, "rotation_type": "non-rotating" })).unwrap();
    assert_eq!((settings.leeway, settings.rotation_type), (0, RotationType::NonRotating));
    assert_eq!(settings.token_lifetime, RefreshTokenSettings::default().token_lifetime);
    for (member, bad) in [
        ("leeway", json!(11)),
        ("leeway", json!(-1)),
        ("leeway", json!("5")),
        ("token_lifetime", json!(0)),
        ("token_lifetime", json!(1e12)),
        ("idle_token_lifetime", json!(1.5)),
        ("infinite_token_lifetime", json!("true")),
        ("infinite_idle_token_lifetime", json!(1)),
        ("rotation_type", json!("Rotating")),
        ("expiration_type", json!(true)),
    ] {
        let why = changed(json!({ member: bad })).unwrap_err();
        assert!(why.starts_with(member), "{member}: {why}");
    }
    assert!(changed(json!({ "policies": [] })).is_err());
}

#[test]
fn nothing_ends_that_is_infinite_or_does_not_expire() {
    for (change, absolute, idle) in [
        (json!({}), Some(2_592_000), Some(1_296_000)),
        (json!({ "token_lifetime": 60, "idle_token_lifetime": 30 }), Some(60), Some(30)),
        (json!({ "infinite_token_lifetime": true }), None, Some(1_296_000)),
        (json!({ "infinite_idle_token_lifetime": true }), Some(2_592_000), None),
        (json!({ "expiration_type": "non-expiring" }), None, None),
    ] {
        let settings = changed(change.clone()).unwrap();
        assert_eq!(settings.absolute_lifetime(), absolute.map(Duration::from_secs), "{change}");
        let until = settings.idle_until(Timestamp(1_000));
        assert_eq!(until, idle.map(|idle: i64| Timestamp(1_000 + idle)), "{change}");
    }
}

#[test]
fn the_owners_word_for_a_client_comes_before_that_for_all_but_not_before_what_is_safe() {
    let tenant = Tenant::new("https://id.example/".parse().unwrap());
    let protect = |_: &_, _: &_| ProtectedSecret { mac: String::new(), sealed: None };
    let (mut client, _) =
        Client::machine_to_machine(&CountingEntropy::default(), Timestamp(0), protect);
    assert_eq!(client.refresh_token_settings(&tenant), tenant.refresh_token);
    let lax = json!({ "rotation_type": "non-rotating", "expiration_type": "non-expiring" });
    let lax = changed(lax).unwrap();
    client.owner_metadata.refresh_token = Some(lax);
    assert_eq!(client.refresh_token_settings(&tenant), lax);
    client.third_party_security_mode = SecurityMode::Strict;
    assert!(client.refresh_token_settings(&tenant).absolute_lifetime().is_some());
    client.client_secret = None;
    let public = client.refresh_token_settings(&tenant);
    assert_eq!(public.rotation_type, RotationType::Rotating, "who has no secret");
}
