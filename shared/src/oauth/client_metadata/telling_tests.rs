use super::{MAX_TOLD, RawClientMetadata};
use serde_json::{Value, json};

fn told(metadata: &Value) -> Value {
    RawClientMetadata::parse(metadata.to_string().as_bytes()).unwrap().told().into()
}

#[test]
fn what_tells_who_asked_for_what_is_told_as_it_was_sent() {
    let telling = json!({
        "client_name": "A", "redirect_uris": ["http://evil.example/", "nonsense"], "scope": "openid",
    });
    let mut metadata = telling.clone();
    metadata["client_secret"] = json!("s3cret");
    metadata["software_statement"] = json!("a.b.c");
    metadata["jwks"] = json!({ "keys": [{ "d": "private" }] });
    metadata["made_up"] = json!("x");
    assert_eq!(told(&metadata), telling);
}

#[test]
fn it_stays_short_whatever_was_sent() {
    let long = "é".repeat(5_000);
    let metadata = json!({
        "client_name": long, "redirect_uris": vec![&long; 20], "client_uri": { "a": 1 },
        "grant_types": vec!["implicit"; 20], "response_types": [1, ["code"], "token"], "scope": 7,
    });
    let told = told(&metadata);
    assert!(told.to_string().len() < MAX_TOLD + 100, "{told}");
    assert_eq!(told["client_name"], "é".repeat(200));
    assert_eq!(told["grant_types"], json!(vec!["implicit"; 5]));
    assert_eq!(told["response_types"], json!(["token"]));
    assert_eq!(
        (told.get("redirect_uris"), told.get("client_uri"), told.get("scope")),
        (None, None, None)
    );
}
