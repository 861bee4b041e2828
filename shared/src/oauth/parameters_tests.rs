use super::{InvalidParameters, Parameters};
use proptest::prelude::*;
use std::collections::BTreeSet;
use url::form_urlencoded;

#[test]
fn a_repeated_parameter_is_an_error_even_with_the_same_value_or_an_empty_one() {
    for form in ["state=a&state=a", "state=&state=a", "state=a&st%61te=b", "state&state=a"] {
        assert_eq!(
            Parameters::from_form(form.as_bytes()),
            Err(InvalidParameters::Repeated),
            "{form}"
        );
    }
    for json in [r#"{"state":"a","state":"b"}"#, r#"{"state":"a","st\u0061te":"b"}"#] {
        assert_eq!(
            Parameters::from_json(json.as_bytes()),
            Err(InvalidParameters::Repeated),
            "{json}"
        );
    }
}

#[test]
fn an_empty_parameter_counts_as_omitted() {
    let parameters = Parameters::from_form(b"nonce=&state=a+b&login_hint").unwrap();
    assert_eq!(parameters.get("nonce"), None);
    assert_eq!(parameters.get("login_hint"), None);
    assert_eq!(parameters.get("state"), Some("a b"));
    let parameters = Parameters::from_json(br#"{"scope":null,"audience":"","state":"s"}"#).unwrap();
    assert_eq!(parameters.to_query(), "state=s");
}

#[test]
fn what_cannot_be_read_is_refused_not_repaired() {
    for form in ["a=%", "a=%4", "a=%zz", "a=%+1", "%=a", "a=%ff", "a=%C3%28"] {
        assert_eq!(
            Parameters::from_form(form.as_bytes()),
            Err(InvalidParameters::BadEncoding),
            "{form}"
        );
    }
    assert_eq!(Parameters::from_form(b"a=\xff"), Err(InvalidParameters::BadEncoding));
    for json in
        ["", "[]", "1", r#"{"a":1}"#, r#"{"a":["b"]}"#, r#"{"a":{"b":"c"}}"#, r#"{"a":true}"#]
    {
        assert_eq!(
            Parameters::from_json(json.as_bytes()),
            Err(InvalidParameters::NotAnObjectOfStrings),
            "{json}"
        );
    }
}

#[test]
fn debug_output_holds_no_value() {
    let parameters = Parameters::from_form(b"client_secret=hunter2").unwrap();
    assert_eq!(format!("{parameters:?}"), r#"{"client_secret"}"#);
}

proptest! {
    #[test]
    fn any_parameters_survive_a_round_trip(pairs in prop::collection::btree_map(".{1,8}", ".{1,8}", 0..6)) {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let parameters = Parameters::from_form(query.as_bytes()).unwrap();
        prop_assert_eq!(parameters.to_query(), query);
        for (name, value) in &pairs {
            prop_assert_eq!(parameters.get(name), Some(value.as_str()));
        }
    }

    #[test]
    fn what_is_accepted_is_read_as_the_url_standard_reads_it(form in "[ab=&%+0-9a-fA-F]{0,24}") {
        let standard: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let names: BTreeSet<_> = standard.iter().map(|(name, _)| name).collect();
        match Parameters::from_form(form.as_bytes()) {
            Ok(parameters) => {
                prop_assert_eq!(names.len(), standard.len(), "a repetition was accepted");
                for (name, value) in &standard {
                    prop_assert_eq!(parameters.get(name).unwrap_or_default(), value);
                }
            }
            Err(InvalidParameters::Repeated) => prop_assert!(names.len() < standard.len()),
            Err(_) => prop_assert!(form.contains('%')),
        }
    }

    #[test]
    fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Parameters::from_form(&bytes);
        let _ = Parameters::from_json(&bytes);
    }
}

#[test]
fn resource_alone_may_be_repeated_and_keeps_its_order() {
    let parameters = Parameters::from_form(b"resource=b:2&state=s&resource=a:1&resource=").unwrap();
    assert_eq!(parameters.resources(), ["b:2", "a:1"]);
    assert_eq!(parameters.get("resource"), Some("b:2"));
    assert_eq!(parameters.to_query(), "state=s&resource=b%3A2&resource=a%3A1");
    assert_eq!(parameters.names().collect::<Vec<_>>(), ["state", "resource"]);
    for (json, expected) in [
        (r#"{"resource":"a:1"}"#, Some(1)),
        (r#"{"resource":["a:1","b:2"]}"#, Some(2)),
        (r#"{"resource":null}"#, Some(0)),
        (r#"{"resource":["a:1",2]}"#, None),
        (r#"{"resource":{"a":"b"}}"#, None),
        (r#"{"resource":"a:1","resource":"b:2"}"#, None),
    ] {
        let resources = Parameters::from_json(json.as_bytes()).ok().map(|it| it.resources().len());
        assert_eq!(resources, expected, "{json}");
    }
}
