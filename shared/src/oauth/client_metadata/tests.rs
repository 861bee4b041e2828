use super::{ClientMetadata, RawClientMetadata, RegistrationRules};
use crate::oauth::{GrantType, OAuthError, ResponseType};
use serde_json::{Value, json};

#[path = "members_tests.rs"]
mod members;
#[path = "property_tests.rs"]
mod properties;

fn permissive() -> RegistrationRules {
    RegistrationRules {
        grant_types: vec![
            GrantType::AuthorizationCode,
            GrantType::Implicit,
            GrantType::RefreshToken,
        ],
        response_types: ResponseType::ALL.to_vec(),
        may_use_hs256: true,
        may_fetch: false,
        allowed_scopes: None,
        default_scopes: None,
    }
}

fn strict() -> RegistrationRules {
    RegistrationRules {
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseType::Code],
        may_use_hs256: false,
        ..permissive()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "each case makes its own")]
fn verify(metadata: Value, rules: &RegistrationRules) -> Result<Value, OAuthError> {
    let mut body = json!({ "redirect_uris": ["https://app.example/cb"] });
    body.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    let raw = RawClientMetadata::parse(body.to_string().as_bytes())?;
    Ok(serde_json::to_value(ClientMetadata::verify(&raw, rules)?).unwrap())
}

#[test]
fn redirect_uris_alone_get_every_default_and_nothing_else() {
    let registered = verify(json!({}), &permissive()).unwrap();
    assert_eq!(
        registered,
        json!({
            "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
            "response_types": ResponseType::ALL,
            "application_type": "web",
            "id_token_signed_response_alg": "RS256",
            "subject_type": "public",
        })
    );
}

#[test]
fn every_plain_member_is_registered_as_sent() {
    let sent = json!({
        "redirect_uris": ["https://app.example/cb", "http://localhost:3000/cb"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "application_type": "web",
        "id_token_signed_response_alg": "HS256",
        "client_name": "Ünïcode – 名前",
        "client_name#ja-JP": "クライアント名",
        "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.png",
        "policy_uri": "https://app.example/policy",
        "policy_uri#fr": "https://app.example/fr/policy",
        "tos_uri": "http://app.example/tos",
        "contacts": ["admin@app.example"],
        "scope": "openid profile read:contacts",
        "default_max_age": 3600,
        "require_auth_time": true,
        "default_acr_values": ["urn:mace:incommon:iap:silver"],
        "userinfo_signed_response_alg": "RS256",
        "subject_type": "public",
        "jwks": { "keys": [members::p256("a"), members::p384("b"), members::rsa("c")] },
        "backchannel_logout_session_required": true,
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.1",
        "post_logout_redirect_uris": ["https://app.example/bye"],
        "initiate_login_uri": "https://app.example/login",
    });
    assert_eq!(verify(sent.clone(), &permissive()).unwrap(), sent);
}

#[test]
fn what_is_registered_can_be_registered_again_with_the_same_result() {
    for sent in [
        json!({ "client_name": "e\u{301}", "redirect_uris": ["cursor://a/cb"] }),
        json!({ "grant_types": ["implicit", "implicit"], "application_type": "web" }),
    ] {
        let once = verify(sent, &permissive()).unwrap();
        assert_eq!(verify(once.clone(), &permissive()).unwrap(), once);
    }
}

#[test]
fn unknown_members_null_and_empty_texts_are_left_out() {
    let sent = json!({
        "is_first_party": true, "client_id": "mine", "client_secret": "mine", "pk": "TENANT#x",
        "skip_consent": true, "x#y": 1, "client_uri": "", "logo_uri": null, "contacts": [],
    });
    assert_eq!(verify(sent, &permissive()).unwrap(), verify(json!({}), &permissive()).unwrap());
}

#[test]
fn grants_and_response_types_decide_each_other_and_what_is_not_to_be_had_is_left_out() {
    let all = ResponseType::ALL.map(ResponseType::as_str);
    for (sent, rules, grants, responses) in [
        (
            json!({ "response_types": ["code"] }),
            permissive(),
            &["authorization_code", "refresh_token"][..],
            &all[..1],
        ),
        (json!({ "response_types": ["token id_token"] }), permissive(), &["implicit"], &all[3..4]),
        (
            json!({ "response_types": ["token code"] }),
            permissive(),
            &["authorization_code", "implicit", "refresh_token"],
            &all[5..6],
        ),
        (
            json!({ "response_types": ["code id_token", "code"], "grant_types": ["authorization_code"] }),
            permissive(),
            &["authorization_code"],
            &all[..1],
        ),
        (
            json!({ "response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"] }),
            permissive(),
            &["authorization_code", "implicit"],
            &all[4..5],
        ),
        (
            json!({ "grant_types": ["authorization_code"] }),
            permissive(),
            &["authorization_code"],
            &all[..1],
        ),
        (json!({ "grant_types": ["implicit"] }), permissive(), &["implicit"], &all[1..4]),
        (
            json!({ "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "client_credentials"], "response_types": ["code"] }),
            permissive(),
            &["authorization_code", "refresh_token"],
            &all[..1],
        ),
        (json!({}), strict(), &["authorization_code", "refresh_token"], &all[..1]),
        (
            json!({ "response_types": ["code", "token"] }),
            strict(),
            &["authorization_code", "refresh_token"],
            &all[..1],
        ),
    ] {
        let registered = verify(sent.clone(), &rules).unwrap();
        assert_eq!(registered["grant_types"], json!(grants), "{sent}");
        assert_eq!(registered["response_types"], json!(responses), "{sent}");
    }
}

#[test]
fn native_clients_are_recognised_by_their_redirect_uris() {
    for (redirect_uris, sent, registered) in [
        (json!(["https://app.example/cb"]), None, "web"),
        (json!(["http://127.0.0.1/cb"]), None, "native"),
        (json!(["http://127.0.0.1/cb"]), Some("web"), "native"),
        (json!(["cursor://x/cb"]), Some("web"), "native"),
        (json!(["https://app.example/cb", "cursor://x/cb"]), None, "native"),
        (json!(["https://vscode.dev/redirect", "http://localhost/"]), None, "web"),
        (json!(["https://app.example/cb"]), Some("native"), "native"),
    ] {
        let sent = json!({ "redirect_uris": redirect_uris, "application_type": sent });
        assert_eq!(
            verify(sent.clone(), &permissive()).unwrap()["application_type"],
            registered,
            "{sent}"
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn bad_members_are_refused_by_name_and_never_quoted() {
    let long = "a".repeat(101);
    for (sent, error) in [
        (
            json!({ "redirect_uris": [] }),
            "invalid_redirect_uri: redirect_uris is required: at least one URI to send responses to",
        ),
        (
            json!({ "redirect_uris": "https://evil.example" }),
            "invalid_redirect_uri: redirect_uris must be an array of at most 20 strings",
        ),
        (
            json!({ "redirect_uris": vec!["https://evil.example/"; 21] }),
            "invalid_redirect_uri: redirect_uris must be an array of at most 20 strings",
        ),
        (
            json!({ "redirect_uris": ["https://a.example/", "https://evil.example/#x"] }),
            "invalid_redirect_uri: redirect_uris[1] must not have a fragment",
        ),
        (
            json!({ "redirect_uris": ["https://a.example/", "evil://x/"], "application_type": "web" }),
            "invalid_redirect_uri: redirect_uris with a private-use scheme need application_type native",
        ),
        (
            json!({ "client_name": "evil\u{202e}" }),
            "invalid_client_metadata: client_name must not contain control, bidirectional or zero-width characters",
        ),
        (
            json!({ "client_name": long }),
            "invalid_client_metadata: client_name must be at most 100 characters long",
        ),
        (json!({ "client_name": 1 }), "invalid_client_metadata: client_name must be a string"),
        (
            json!({ "client_name#ja": "evil\u{200b}" }),
            "invalid_client_metadata: client_name must not contain control, bidirectional or zero-width characters",
        ),
        (
            json!({ "client_name#evil!": "x" }),
            "invalid_client_metadata: client_name must have language tags of BCP 47, at most 20",
        ),
        (
            json!({ "tos_uri#ja": "evil" }),
            "invalid_client_metadata: tos_uri must be an https or http URI in each language",
        ),
        (
            json!({ "token_endpoint_auth_method": "evil" }),
            "invalid_client_metadata: token_endpoint_auth_method must be none, client_secret_post, client_secret_basic or private_key_jwt",
        ),
        (
            json!({ "grant_types": ["evil"] }),
            "invalid_client_metadata: grant_types has none that this server gives to clients",
        ),
        (
            json!({ "grant_types": ["client_credentials"] }),
            "invalid_client_metadata: grant_types has none that this server gives to clients",
        ),
        (
            json!({ "response_types": ["evil"], "grant_types": ["implicit"] }),
            "invalid_client_metadata: response_types has none that grant_types and this server allow",
        ),
        (
            json!({ "response_types": ["token"], "grant_types": ["authorization_code"] }),
            "invalid_client_metadata: response_types has none that grant_types and this server allow",
        ),
        (
            json!({ "application_type": "evil" }),
            "invalid_client_metadata: application_type must be web or native",
        ),
        (
            json!({ "client_uri": "javascript:evil" }),
            "invalid_client_metadata: client_uri must be an https or http URI of at most 2000 printable ASCII characters",
        ),
        (
            json!({ "logo_uri": "https://evil example/" }),
            "invalid_client_metadata: logo_uri must be an https or http URI of at most 2000 printable ASCII characters",
        ),
        (
            json!({ "contacts": ["evil\u{202e}"] }),
            "invalid_client_metadata: contacts must not contain control, bidirectional or zero-width characters",
        ),
        (
            json!({ "contacts": [1] }),
            "invalid_client_metadata: contacts must be an array of at most 20 strings",
        ),
        (
            json!({ "scope": "evil\"" }),
            "invalid_client_metadata: scope must be words of printable ASCII separated by spaces, without quotes and backslashes",
        ),
        (
            json!({ "default_max_age": -1 }),
            "invalid_client_metadata: default_max_age must be a number of seconds",
        ),
        (
            json!({ "require_auth_time": "true" }),
            "invalid_client_metadata: require_auth_time must be true or false",
        ),
        (
            json!({ "post_logout_redirect_uris": ["http://evil.example/"] }),
            "invalid_redirect_uri: post_logout_redirect_uris[0] must use https, http on a loopback address, or a private-use scheme",
        ),
        (
            json!({ "initiate_login_uri": "http://evil.example/" }),
            "invalid_client_metadata: initiate_login_uri must use https",
        ),
        (
            json!({ "id_token_signed_response_alg": "none" }),
            "invalid_client_metadata: id_token_signed_response_alg must be RS256, ES256 or HS256",
        ),
        (
            json!({ "id_token_signed_response_alg": "HS256", "token_endpoint_auth_method": "none" }),
            "invalid_client_metadata: id_token_signed_response_alg HS256 needs a client with a secret, in permissive mode",
        ),
    ] {
        assert_eq!(verify(sent.clone(), &permissive()).unwrap_err().to_string(), error, "{sent}");
    }
    let hs256 = json!({ "id_token_signed_response_alg": "HS256" });
    assert!(verify(hs256, &strict()).is_err());
    assert!(verify(json!({ "response_types": ["id_token"] }), &strict()).is_err());
}

#[test]
fn bodies_that_are_no_object_or_say_a_thing_twice_are_refused() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    for body in ["", "[]", "null", "\"x\"", "{", r#"{"client_name":"a","client_name":"b"}"#, &deep]
    {
        assert!(RawClientMetadata::parse(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn who_acts_for_itself_alone_needs_no_redirect_uri_where_that_is_allowed() {
    let own = {
        let mut grant_types = permissive().grant_types;
        grant_types.push(GrantType::ClientCredentials);
        RegistrationRules { grant_types, ..permissive() }
    };
    let alone = json!({ "redirect_uris": [], "grant_types": ["client_credentials"] });
    let registered = verify(alone.clone(), &own).unwrap();
    assert_eq!(registered["grant_types"], json!(["client_credentials"]));
    assert_eq!(registered["response_types"], json!([]));
    assert_eq!(registered["application_type"], "web");
    assert_eq!(verify(registered.clone(), &own).unwrap(), registered);

    let both = json!({ "grant_types": ["authorization_code", "client_credentials"] });
    assert_eq!(verify(both.clone(), &own).unwrap()["grant_types"], both["grant_types"]);
    for refused in [
        json!({ "redirect_uris": [], "grant_types": both["grant_types"] }),
        json!({ "redirect_uris": [], "grant_types": [] }),
        json!({ "redirect_uris": [], "grant_types": ["refresh_token"] }),
        json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "none" }),
    ] {
        assert!(verify(refused.clone(), &own).is_err(), "{refused}");
    }
    assert!(verify(alone, &permissive()).is_err());
}
