use super::IndividualClaims;
use crate::{
    domain::{CustomClaim, User, UserId},
    oauth::Scopes,
    oidc::{ClaimsRequest, StandardClaims},
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

fn user() -> User {
    User {
        user_id: UserId::parse("usr_1").unwrap(),
        blocked: false,
        claims: StandardClaims {
            name: Some("Janus".into()),
            email_verified: Some(true),
            locale: Some("it-IT".into()),
            ..StandardClaims::default()
        },
        user_metadata: BTreeMap::from([("department".to_owned(), "Hinges".to_owned())]),
    }
}

fn custom() -> Vec<CustomClaim> {
    vec![CustomClaim {
        claim: "https://example.com/department".parse().unwrap(),
        attribute: "department".to_owned(),
        scopes: Scopes::default(),
    }]
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_user_has_is_told_where_it_was_asked_for_if_its_value_will_do() {
    let request = json!({
        "userinfo": {
            "name": null,
            "acr": null,
            "email": { "essential": true },
            "email_verified": { "value": true },
            "https://example.com/department": { "values": ["Hinges", "Doors"] },
        },
        "id_token": {
            "locale": { "values": ["fr", "en"] },
            "acr": { "values": ["1"] },
            "sub": { "value": "usr_2" },
        },
    });
    let request = ClaimsRequest::parse(&request.to_string()).unwrap();
    let claims = IndividualClaims::of(&request, &user(), &custom());
    assert_eq!(
        claims.userinfo,
        names(&["name", "email_verified", "https://example.com/department"])
    );
    assert_eq!(claims.id_token, names(&["acr"]));
    assert_eq!(
        serde_json::Value::from(user().claims_named(&claims.userinfo, &custom())),
        json!({ "name": "Janus", "email_verified": true, "https://example.com/department": "Hinges" })
    );
    let to_agree_to = IndividualClaims::to_agree_to(&request);
    let department = "https://example.com/department";
    assert_eq!(to_agree_to, names(&["email", "email_verified", department, "locale", "name"]));
}
