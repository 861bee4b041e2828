use super::*;

const HOUR: Duration = Duration::from_hours(1);
const START: Timestamp = Timestamp(1_800_000_000);

fn named(name: &str) -> (String, PublicJwk) {
    (name.to_owned(), PublicJwk::rsa(name.as_bytes(), &[1, 0, 1]))
}

fn key_set() -> KeySet {
    let key = |state, name| {
        let (reference, jwk) = named(name);
        SigningKey { state, reference, jwk, since: START }
    };
    let keys = vec![key(KeyState::Current, "a"), key(KeyState::Next, "b")];
    KeySet { version: 7, keys, wrapped_sealing_key: String::new() }
}

fn states(key_set: &KeySet) -> Vec<(&str, KeyState)> {
    key_set.keys.iter().map(|key| (key.reference.as_str(), key.state)).collect()
}

#[test]
fn the_next_key_signs_only_once_every_verifier_can_know_it() {
    let day = HOUR * 24;
    let early =
        key_set().rotate(named("c"), Urgency::Planned, START + day - Duration::from_secs(1));
    assert_eq!(early, Err(TooSoon { not_before: START + day }));

    let rotation = key_set().rotate(named("c"), Urgency::Planned, START + day).unwrap();
    let expected = [("a", KeyState::Previous), ("b", KeyState::Current), ("c", KeyState::Next)];
    assert_eq!(states(&rotation.key_set), expected);
    assert_eq!(rotation.key_set.current(SigningAlg::RS256).unwrap().reference, "b");
    assert_eq!(rotation.retired, []);
    assert_eq!(rotation.key_set.version, 7, "what it replaces is what is compared");
}

#[test]
fn a_key_that_has_signed_is_published_until_its_last_token_has_died() {
    let first_change = START + HOUR * 24;
    let first = key_set().rotate(named("c"), Urgency::Planned, first_change).unwrap().key_set;
    let month = HOUR * 24 * 31;
    let just_before = first_change + month - Duration::from_secs(1);
    let kept = first.rotate(named("d"), Urgency::Planned, just_before).unwrap();
    assert_eq!(kept.retired, []);
    assert!(states(&kept.key_set).contains(&("a", KeyState::Previous)));

    let dropped = first.rotate(named("d"), Urgency::Planned, first_change + month).unwrap();
    assert_eq!(dropped.retired.len(), 1);
    assert_eq!(dropped.retired[0].reference, "a");
    let expected = [("b", KeyState::Previous), ("c", KeyState::Current), ("d", KeyState::Next)];
    assert_eq!(states(&dropped.key_set), expected);
}

#[test]
fn in_an_emergency_nothing_that_has_signed_is_left() {
    let rotation = key_set().rotate(named("c"), Urgency::Emergency, START).unwrap();
    assert_eq!(states(&rotation.key_set), [("b", KeyState::Current), ("c", KeyState::Next)]);
    assert_eq!(rotation.retired[0].reference, "a");
    assert!(rotation.key_set.public_key(rotation.retired[0].jwk.kid()).is_none());
}

#[test]
fn each_algorithm_is_rotated_by_itself() {
    let es256 = |reference: &str, state| {
        let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
        let y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
        let jwk = serde_json::json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": reference,
        });
        let jwk: PublicJwk = serde_json::from_value(jwk).unwrap();
        SigningKey { state, reference: reference.to_owned(), jwk, since: START + HOUR * 12 }
    };
    let keys = [es256("x", KeyState::Current), es256("y", KeyState::Next)];
    let both = key_set().with_keys_for_another_alg(keys);
    assert!(both.has(SigningAlg::ES256) && !key_set().has(SigningAlg::ES256));
    assert_eq!(both.current(SigningAlg::RS256).unwrap().reference, "a");
    assert_eq!(both.current(SigningAlg::ES256).unwrap().reference, "x");

    // Those for RS256 have been published for long enough, those for ES256 have not.
    let now = START + HOUR * 24;
    let rotation = both.rotate(named("c"), Urgency::Planned, now).unwrap();
    let expected = [
        ("a", KeyState::Previous),
        ("b", KeyState::Current),
        ("x", KeyState::Current),
        ("y", KeyState::Next),
        ("c", KeyState::Next),
    ];
    assert_eq!(states(&rotation.key_set), expected);
    let new = es256("z", KeyState::Next);
    let new = (new.reference, new.jwk);
    assert!(both.rotate(new.clone(), Urgency::Planned, now).is_err());
    let emergency = both.rotate(new, Urgency::Emergency, now).unwrap();
    assert_eq!(emergency.retired.iter().map(|key| &*key.reference).collect::<Vec<_>>(), ["x"]);
    assert_eq!(emergency.key_set.current(SigningAlg::RS256).unwrap().reference, "a");
    assert_eq!(emergency.key_set.current(SigningAlg::ES256).unwrap().reference, "y");
}
