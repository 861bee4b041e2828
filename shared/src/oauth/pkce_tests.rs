use super::{CodeChallenge, CodeVerifier};
use crate::oauth::Parameters;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn challenge(query: &str) -> Result<Option<CodeChallenge>, &'static str> {
    CodeChallenge::from_parameters(&Parameters::from_form(query.as_bytes()).unwrap())
}

#[test]
fn the_example_of_the_specification_verifies_and_another_verifier_does_not() {
    let challenge = challenge(&format!("code_challenge={CHALLENGE}&code_challenge_method=S256"))
        .unwrap()
        .unwrap();
    assert!(challenge.is_met_by(&CodeVerifier::parse(VERIFIER).unwrap()));
    assert!(!challenge.is_met_by(&CodeVerifier::parse(&VERIFIER.replace('d', "e")).unwrap()));
}

#[test]
fn every_other_method_and_shape_is_refused() {
    assert_eq!(challenge("").unwrap(), None);
    for query in [
        format!("code_challenge={CHALLENGE}"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
        "code_challenge_method=S256".to_owned(),
        "code_challenge=short&code_challenge_method=S256".to_owned(),
        format!("code_challenge={CHALLENGE}%3D&code_challenge_method=S256"),
        format!("code_challenge={CHALLENGE}A&code_challenge_method=S256"),
    ] {
        assert!(challenge(&query).is_err(), "{query}");
    }
}

#[test]
fn a_verifier_has_43_to_128_unreserved_characters() {
    assert!(CodeVerifier::parse(&"a".repeat(42)).is_none());
    assert!(CodeVerifier::parse(&"a".repeat(128)).is_some());
    assert!(CodeVerifier::parse(&"a".repeat(129)).is_none());
    assert!(CodeVerifier::parse(&"/".repeat(43)).is_none());
}
