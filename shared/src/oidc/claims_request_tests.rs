use super::{ClaimsRequest, InvalidClaimsRequest, RequestedClaim, RequestedClaims};
use serde_json::{Value, json};

fn names(claims: &RequestedClaims) -> Vec<&str> {
    claims.iter().map(|(name, _)| name).collect()
}

/// The example of OpenID Connect Core §5.5.
#[test]
fn the_example_of_the_specification_is_read_as_it_is_meant() {
    let claims = json!({
        "userinfo": {
            "given_name": { "essential": true },
            "nickname": null,
            "email": { "essential": true },
            "email_verified": { "essential": true },
            "picture": null,
            "http://example.info/claims/groups": null
        },
        "id_token": {
            "auth_time": { "essential": true },
            "acr": { "values": ["urn:mace:incommon:iap:silver"] }
        }
    });
    let claims = ClaimsRequest::parse(&claims.to_string()).unwrap();
    assert_eq!(names(&claims.id_token), ["acr", "auth_time"]);
    assert_eq!(claims.userinfo.iter().count(), 6);
    let essential = RequestedClaim { essential: true, values: None };
    assert_eq!(claims.userinfo.get("given_name"), Some(&essential));
    assert_eq!(claims.userinfo.get("nickname"), Some(&RequestedClaim::default()));
    let acr = claims.id_token.get("acr").unwrap();
    assert!(!acr.essential && acr.accepts(&json!("urn:mace:incommon:iap:silver")));
    assert!(!acr.accepts(&json!("0")));
    let known = claims.filtered(|name| name == "email" || name == "acr");
    assert_eq!((names(&known.userinfo), names(&known.id_token)), (vec!["email"], vec!["acr"]));
}

#[test]
fn a_claim_may_be_wanted_with_one_value_or_one_of_several() {
    for (asked, accepted, refused) in [
        (json!(null), vec![json!("a"), json!(1), json!(null)], vec![]),
        (json!({}), vec![json!("a")], vec![]),
        (json!({ "value": "a" }), vec![json!("a")], vec![json!("b"), json!(["a"])]),
        (json!({ "values": ["a", true] }), vec![json!("a"), json!(true)], vec![json!("true")]),
        (json!({ "value": "a", "values": ["b"] }), vec![json!("a"), json!("b")], vec![json!("c")]),
        (json!({ "values": [] }), vec![], vec![json!("a")]),
        (json!({ "essential": false, "unknown": 1 }), vec![json!("a")], vec![]),
    ] {
        let text = json!({ "id_token": { "x": asked } }).to_string();
        let claims = ClaimsRequest::parse(&text).unwrap();
        let claim = claims.id_token.get("x").unwrap();
        assert!(accepted.iter().all(|value| claim.accepts(value)), "{asked}");
        assert!(!refused.iter().any(|value| claim.accepts(value)), "{asked}");
    }
}

#[test]
fn whatever_else_it_is_is_refused() {
    let long = json!({ "userinfo": { "x".repeat(4_096): null } }).to_string();
    for text in [
        "",
        "null",
        "[]",
        "name",
        r#"{"userinfo":[]}"#,
        r#"{"userinfo":"name"}"#,
        r#"{"id_token":{"name":true}}"#,
        r#"{"id_token":{"name":{"essential":"true"}}}"#,
        r#"{"id_token":{"name":{"values":"a"}}}"#,
        r#"{"id_token":{"name":null,"name":{"essential":true}}}"#,
        r#"{"id_token":{},"id_token":{}}"#,
        long.as_str(),
    ] {
        assert_eq!(ClaimsRequest::parse(text), Err(InvalidClaimsRequest), "{text}");
    }
    let others = json!({ "userinfo": null, "verified_claims": 1, "id_token": {} });
    assert_eq!(ClaimsRequest::parse(&others.to_string()), Ok(ClaimsRequest::default()));
    let _: Value = others;
}
