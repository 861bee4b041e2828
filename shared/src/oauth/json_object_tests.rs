use super::{InvalidJsonObject, JsonObject};
use proptest::{collection::vec, prelude::any, prop_assert_eq, proptest};

#[test]
fn a_member_is_refused_twice_however_deep() {
    use InvalidJsonObject::{NotAnObject, RepeatedMember};
    for (json, expected) in [
        (r#"{"a":1,"a":1}"#, RepeatedMember),
        (r#"{"a":{"b":1,"b":2}}"#, RepeatedMember),
        (r#"{"a":[{"b":{"c":1,"c":null}}]}"#, RepeatedMember),
        (r#"{"a":1,"\u0061":1}"#, RepeatedMember),
        (r"[]", NotAnObject),
        (r"1", NotAnObject),
        (r#""a""#, NotAnObject),
        (r"null", NotAnObject),
        (r#"{"a":1} {}"#, NotAnObject),
        (r#"{"a":1,}"#, NotAnObject),
        (r#"[{"a":1,"a":2}]"#, RepeatedMember),
        ("", NotAnObject),
    ] {
        assert_eq!(JsonObject::parse(json.as_bytes()).err(), Some(expected), "{json}");
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    assert_eq!(JsonObject::parse(deep.as_bytes()).err(), Some(NotAnObject));
}

#[test]
fn every_kind_of_value_is_read_as_any_reader_of_json_does() {
    let json = r#"{"a":[null,true,-1,18446744073709551615,1.5,1e300,"\n\u00e9",{"b":{}},[]]}"#;
    let read: serde_json::Map<_, _> =
        JsonObject::parse(json.as_bytes()).ok().unwrap().into_members().collect();
    assert_eq!(
        serde_json::Value::from(read),
        serde_json::from_str::<serde_json::Value>(json).unwrap()
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_it_reads_no_more_than_serde_json(bytes in vec(any::<u8>(), 0..60), json in r#"[{}\[\]",:a1 ]{0,20}"#) {
        let _ = JsonObject::parse(&bytes);
        if let Ok(object) = JsonObject::parse(json.as_bytes()) {
            let members: serde_json::Map<_, _> = object.into_members().collect();
            prop_assert_eq!(serde_json::Value::from(members), serde_json::from_str::<serde_json::Value>(&json).unwrap());
        }
    }
}
