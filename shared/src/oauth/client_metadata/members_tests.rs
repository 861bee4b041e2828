use super::{permissive, verify};
use crate::oauth::RegistrationRules;
use serde_json::{Value, json};

pub(super) fn rsa(kid: &str) -> Value {
    // RFC 7638 §3.1.
    json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw" })
}

pub(super) fn p256(kid: &str) -> Value {
    // RFC 7517, appendix A.1.
    json!({ "kty": "EC", "kid": kid, "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" })
}

pub(super) fn p384(kid: &str) -> Value {
    json!({ "kty": "EC", "kid": kid, "use": "enc", "crv": "P-384", "x": "G6qxfEpUvGzlrtDdS_tgKM3F3CVepefnD3eHaEIwZt8QOE5Bmsa78RMXAPisGw6E", "y": "aT77ICLaGpcM2lp3EqYGsdO2bZhYLfnS-jAdc7OXFVSvDEViV_sieU91OVanJeYv" })
}

fn with(mut key: Value, member: &str, value: impl Into<Value>) -> Value {
    key[member] = value.into();
    key
}

fn jwks(keys: impl Into<Value>) -> Value {
    json!({ "jwks": { "keys": keys.into() } })
}

fn refusal(sent: &Value) -> String {
    let error = verify(sent.clone(), &permissive()).map(|_| ()).unwrap_err().to_string();
    error.strip_prefix("invalid_client_metadata: ").unwrap_or(&error).to_owned()
}

#[test]
fn keys_that_are_secret_weak_unknown_or_ambiguous_are_refused() {
    let secret = "jwks must not have private or symmetric keys (d, p, q, dp, dq, qi, oth, k)";
    let unsupported = "jwks must have keys of kty RSA with 2048 to 8192 bits, or of kty EC on P-256 or P-384, in base64url without padding";
    let description =
        "jwks must have keys whose use is sig or enc, and whose alg and kid are short texts";
    let not_a_set = "jwks must be an object whose member keys is an array of 1 to 10 objects";
    let ambiguous = "jwks must have a kid for each key, all different, where it has several keys";
    let short = "yAyUrvkWs72DNppjS9Zs3SoGjWeb5PSkWunYmSyMo0ZiKS9xIg6sIlzd9YYZj0zcb238xYHtVqQlMa0gjTmI0TKXtaJAsP77McSsMdeeZLZCKRqSw7Crmn3O_raPw5YdUOMgzU6cwiSpfb7PK-j2jLzQcWR47Esvsp3YIJGjwj8";
    let n = rsa("a")["n"].as_str().unwrap().to_owned();
    for (sent, why) in [
        (json!({ "jwks": "evil" }), not_a_set),
        (json!({ "jwks": [rsa("a")] }), not_a_set),
        (json!({ "jwks": {} }), not_a_set),
        (jwks(json!([])), not_a_set),
        (jwks(json!(["evil"])), not_a_set),
        (jwks((0..11).map(|kid| p256(&kid.to_string())).collect::<Vec<_>>()), not_a_set),
        (jwks([with(rsa("a"), "d", "evil")]), secret),
        (jwks([with(rsa("a"), "p", "evil")]), secret),
        (jwks([with(rsa("a"), "q", "evil")]), secret),
        (jwks([with(rsa("a"), "dp", "evil")]), secret),
        (jwks([with(rsa("a"), "dq", "evil")]), secret),
        (jwks([with(rsa("a"), "qi", "evil")]), secret),
        (jwks([with(rsa("a"), "oth", json!([]))]), secret),
        (jwks([json!({ "kty": "oct", "k": "evil" })]), secret),
        (jwks([with(p256("a"), "d", Value::Null)]), secret),
        (jwks([with(rsa("a"), "kty", "evil")]), unsupported),
        (jwks([with(rsa("a"), "n", short)]), unsupported),
        (jwks([with(rsa("a"), "n", format!("{n}="))]), unsupported),
        (jwks([with(rsa("a"), "n", format!("AA{n}"))]), unsupported),
        (jwks([with(rsa("a"), "n", 1)]), unsupported),
        (jwks([with(rsa("a"), "e", "AQ")]), unsupported),
        (jwks([with(rsa("a"), "e", "AQAA")]), unsupported),
        (jwks([with(p256("a"), "crv", "P-521")]), unsupported),
        (jwks([with(p256("a"), "crv", "P-384")]), unsupported),
        (jwks([with(p256("a"), "x", p256("a")["y"].clone())]), unsupported),
        (
            jwks([
                json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
            ]),
            unsupported,
        ),
        (jwks([with(rsa("a"), "use", "evil")]), description),
        (jwks([with(rsa("a"), "alg", 1)]), description),
        (jwks([with(rsa("a"), "kid", "")]), description),
        (jwks([with(rsa("a"), "kid", "a\n")]), description),
        (jwks([with(rsa("a"), "kid", "a".repeat(201))]), description),
        (jwks([rsa("a"), p256("a")]), ambiguous),
        (
            jwks([
                rsa("a"),
                json!({ "kty": "EC", "crv": "P-256", "x": p256("")["x"], "y": p256("")["y"] }),
            ]),
            ambiguous,
        ),
    ] {
        assert_eq!(refusal(&sent), why, "{sent}");
    }
}

#[test]
fn what_means_nothing_in_a_key_is_not_registered() {
    let sent = jwks([with(with(rsa("a"), "x5c", json!(["evil"])), "key_ops", json!(["verify"]))]);
    assert_eq!(verify(sent, &permissive()).unwrap()["jwks"], json!({ "keys": [rsa("a")] }));
}

#[test]
fn assertions_need_a_key_that_makes_them() {
    let client = |keys: Value, alg: Value| {
        json!({
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": alg,
            "jwks": keys,
        })
    };
    let key_set = |key: Value| json!({ "keys": [key] });
    let any_rsa = with(rsa("a"), "alg", "PS256");
    for (keys, alg) in [
        (key_set(rsa("a")), Value::Null),
        (key_set(rsa("a")), json!("RS256")),
        (key_set(any_rsa.clone()), json!("PS256")),
        (key_set(p256("a")), json!("ES256")),
        (json!({ "keys": [p384("a"), p256("b")] }), json!("ES256")),
    ] {
        let sent = client(keys.clone(), alg.clone());
        let registered = verify(sent.clone(), &permissive()).unwrap();
        assert_eq!(registered["token_endpoint_auth_method"], "private_key_jwt", "{sent}");
        assert_eq!(registered["jwks"], keys, "{sent}");
        assert_eq!(registered["token_endpoint_auth_signing_alg"], alg, "{sent}");
    }
    let none = "token_endpoint_auth_method private_key_jwt needs jwks with a key for token_endpoint_auth_signing_alg, or jwks_uri";
    for (keys, alg, why) in [
        (Value::Null, Value::Null, none),
        (key_set(p384("a")), Value::Null, none),
        (key_set(with(rsa("a"), "use", "enc")), Value::Null, none),
        (key_set(rsa("a")), json!("ES256"), none),
        (key_set(rsa("a")), json!("PS256"), none),
        (key_set(p256("a")), json!("RS256"), none),
        (
            key_set(rsa("a")),
            json!("HS256"),
            "token_endpoint_auth_signing_alg must be RS256, PS256 or ES256",
        ),
        (
            key_set(rsa("a")),
            json!("none"),
            "token_endpoint_auth_signing_alg must be RS256, PS256 or ES256",
        ),
    ] {
        let sent = client(keys, alg);
        assert_eq!(refusal(&sent), why, "{sent}");
    }
    let mut sent = client(key_set(rsa("a")), Value::Null);
    sent["id_token_signed_response_alg"] = json!("HS256");
    assert!(refusal(&sent).contains("needs a client with a secret"), "there is no secret");
}

#[test]
fn what_people_read_can_be_seen() {
    for blank in [
        " ",
        "   ",
        "\u{a0}",
        "\u{3000}",
        "\u{2800}",
        "\u{301}\u{301}",
        "\u{200d}",
        "\u{fe0f} ",
        "\u{e000}\u{fffd}",
    ] {
        for (sent, member) in [
            (json!({ "client_name": blank }), "client_name"),
            (json!({ "client_name#ja": blank }), "client_name"),
            (json!({ "contacts": ["dev@app.example", blank] }), "contacts"),
        ] {
            assert_eq!(refusal(&sent), format!("{member} must have a visible character"), "{sent}");
        }
    }
    assert_eq!(refusal(&json!({ "contacts": [""] })), "contacts must have a visible character");
    for name in ["\u{1f389}", "?", " a ", "\u{65e5}\u{672c}"] {
        assert_eq!(
            verify(json!({ "client_name": name }), &permissive()).unwrap()["client_name"],
            name
        );
    }
}

#[test]
fn pairwise_subjects_need_redirect_uris_of_one_host() {
    let client = |uris: &[&str]| json!({ "subject_type": "pairwise", "redirect_uris": uris });
    for uris in [
        &["https://app.example/cb"][..],
        &["https://app.example/cb", "https://app.example:8443/other"],
    ] {
        let registered = verify(client(uris), &permissive()).unwrap();
        assert_eq!(registered["subject_type"], "pairwise", "{uris:?}");
    }
    let why = "subject_type pairwise needs a sector_identifier_uri, or redirect_uris that all have the same host, and neither a private-use scheme nor a loopback address";
    for uris in [
        &["https://app.example/cb", "https://www.app.example/cb"][..],
        &["https://app.example/cb", "http://localhost/cb"],
        &["http://127.0.0.1/cb", "http://localhost/cb"],
        // Everybody has such a host.
        &["http://localhost/cb", "http://localhost:3000/cb"],
        &["http://127.0.0.1/cb"],
        &["http://[::1]/cb"],
        &["https://localhost/cb"],
        &["evil://app.example/cb"],
        &["https://app.example/cb", "evil:/cb"],
        &["evil:/cb"],
    ] {
        let mut sent = client(uris);
        sent["application_type"] = json!("native");
        assert_eq!(refusal(&sent), why, "{uris:?}");
    }
}

#[test]
fn what_is_fetched_is_registered_where_the_tenant_allows_it() {
    let rules = RegistrationRules { may_fetch: true, ..permissive() };
    let uri = "https://app.example/x";
    let signing =
        |uri: &str| json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri });
    let uris = json!(["https://app.example/cb", "https://other.example/cb"]);
    let pairwise = |uri: &str| json!({ "subject_type": "pairwise", "sector_identifier_uri": uri, "redirect_uris": uris });
    for (sent, member) in [(signing(uri), "jwks_uri"), (pairwise(uri), "sector_identifier_uri")] {
        let registered = verify(sent.clone(), &rules).unwrap();
        assert_eq!(registered[member], uri);
        let read: super::super::ClientMetadata =
            serde_json::from_value(registered.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), registered, "it is stored as it is");
        assert!(refusal(&sent).contains("this tenant does not fetch"), "{sent}");
    }
    for (uri, why) in [
        ("http://app.example/x", "must use https"),
        ("http://127.0.0.1.example/x", "must use https"),
        ("http://127.0.0.1:3000/x", ""),
        ("http://localhost/x", ""),
        (
            "ftp://app.example/x",
            "must be an https or http URI of at most 2000 printable ASCII characters",
        ),
        (
            "https://user@app.example/x",
            "must be an https or http URI of at most 2000 printable ASCII characters",
        ),
    ] {
        for (sent, member) in [(signing(uri), "jwks_uri"), (pairwise(uri), "sector_identifier_uri")]
        {
            match verify(sent, &rules) {
                Ok(registered) => assert_eq!((&registered[member], why), (&json!(uri), "")),
                Err(error) => {
                    assert_eq!(error.error_description, format!("{member} {why}"), "{uri}");
                }
            }
        }
    }
    let mut both = signing(uri);
    both["jwks"] = json!({ "keys": [rsa("a")] });
    let error = verify(both, &rules).unwrap_err();
    assert_eq!(error.error_description, "jwks and jwks_uri must not be used together");
}

#[test]
fn a_client_is_told_where_we_may_call_and_only_where_the_tenant_lets_us() {
    let rules = RegistrationRules { may_fetch: true, ..permissive() };
    for (uri, why) in [
        ("https://anywhere.example/logout?a=b", ""),
        ("http://localhost:3000/", ""),
        ("http://app.example/", "must use https"),
        ("https://app.example/#evil", "must not have a fragment"),
        (
            "app://app.example/",
            "must be an https or http URI of at most 2000 printable ASCII characters",
        ),
    ] {
        let sent =
            json!({ "redirect_uris": ["https://app.example/cb"], "backchannel_logout_uri": uri });
        match verify(sent, &rules) {
            Ok(registered) => {
                assert_eq!((&registered["backchannel_logout_uri"], why), (&json!(uri), ""));
            }
            Err(error) => {
                assert_eq!(error.error_description, format!("backchannel_logout_uri {why}"));
            }
        }
    }
    let sent = json!({
        "redirect_uris": ["https://app.example/cb"], "backchannel_logout_uri": "https://app.example/logout",
    });
    assert_eq!(
        refusal(&sent),
        "backchannel_logout_uri is not supported, since this tenant does not fetch clients' URIs"
    );
}

#[test]
fn what_we_could_not_keep_to_is_refused_and_what_changes_nothing_is_left_out() {
    let fetch = "is not supported, since this tenant does not fetch clients' URIs";
    let uri = "https://app.example/x";
    for (sent, why) in [
        (json!({ "jwks_uri": uri }), format!("jwks_uri {fetch}")),
        (json!({ "jwks_uri": "http://app.example/x" }), "jwks_uri must use https".to_owned()),
        (
            json!({ "jwks_uri": uri, "jwks": { "keys": [rsa("a")] } }),
            "jwks and jwks_uri must not be used together".to_owned(),
        ),
        (json!({ "sector_identifier_uri": uri }), format!("sector_identifier_uri {fetch}")),
        (
            json!({ "sector_identifier_uri": "http://app.example/x" }),
            "sector_identifier_uri must use https".to_owned(),
        ),
        (json!({ "subject_type": "evil" }), "subject_type must be public or pairwise".to_owned()),
        (
            json!({ "userinfo_signed_response_alg": "none" }),
            "userinfo_signed_response_alg must be RS256 or ES256".to_owned(),
        ),
        (
            json!({ "default_acr_values": "evil" }),
            "default_acr_values must be an array of at most 20 strings".to_owned(),
        ),
        (
            json!({ "request_uris": "evil" }),
            "request_uris must be an array of at most 20 strings".to_owned(),
        ),
        (
            json!({ "request_object_signing_alg": 1 }),
            "request_object_signing_alg must be a string".to_owned(),
        ),
        (
            json!({ "request_object_signing_alg": "none" }),
            "request_object_signing_alg must be RS256, PS256 or ES256".to_owned(),
        ),
        (
            json!({ "require_signed_request_object": true }),
            "require_signed_request_object needs jwks or jwks_uri".to_owned(),
        ),
        (
            json!({ "dpop_bound_access_tokens": "true" }),
            "dpop_bound_access_tokens must be true or false".to_owned(),
        ),
    ] {
        assert_eq!(refusal(&sent), why, "{sent}");
    }
    for member in super::super::unsupported::REFUSED {
        let sent = json!({ member: "RSA-OAEP" });
        assert_eq!(refusal(&sent), format!("{member} is not supported"));
    }
    let plain = verify(json!({}), &permissive()).unwrap();
    let member = super::super::unsupported::REFUSED_UNLESS_FALSE;
    assert_eq!(refusal(&json!({ member: true })), format!("{member} true is not supported"));
    assert_eq!(verify(json!({ member: false }), &permissive()).unwrap(), plain, "{member}");
    for sent in [
        json!({ "request_uris": ["https://app.example/request.jwt"] }),
        json!({ "token_endpoint_auth_signing_alg": "ES256" }),
        json!({ "software_statement": "a.b.c" }),
    ] {
        assert_eq!(verify(sent.clone(), &permissive()).unwrap(), plain, "{sent}");
    }
}

#[test]
fn scopes_are_held_to_the_tenants_list() {
    let rules = |allowed: Option<&str>, default: Option<&str>| RegistrationRules {
        allowed_scopes: allowed.map(|scopes| scopes.parse().unwrap()),
        default_scopes: default.map(|scopes| scopes.parse().unwrap()),
        ..permissive()
    };
    let none = "invalid_client_metadata: scope has none that this server allows";
    for (sent, allowed, default, registered) in [
        (None, None, None, Ok(None)),
        (Some(" "), None, None, Ok(None)),
        (None, None, Some("a b"), Ok(Some("a b"))),
        (None, Some("a"), None, Ok(Some("a"))),
        (None, Some("a"), Some("a b"), Ok(Some("a"))),
        (Some("b"), None, Some("a"), Ok(Some("b"))),
        (Some("c b a"), Some("a b"), Some("a"), Ok(Some("b a"))),
        (Some("c"), Some("a b"), Some("a"), Err(none)),
    ] {
        let rules = rules(allowed, default);
        let found = verify(json!({ "scope": sent }), &rules);
        let found = found.map(|metadata| metadata.get("scope").cloned());
        let expected = registered.map(|scope: Option<&str>| scope.map(Value::from));
        assert_eq!(
            found.map_err(|why| why.to_string()),
            expected.map_err(str::to_owned),
            "{sent:?} {allowed:?} {default:?}"
        );
    }
}

#[test]
fn response_types_are_held_to_the_tenants_list() {
    let rules = RegistrationRules {
        response_types: vec!["code".parse().unwrap(), "id_token".parse().unwrap()],
        ..permissive()
    };
    for (sent, responses) in [
        (json!({}), json!(["code", "id_token"])),
        (json!({ "response_types": ["token", "id_token"] }), json!(["id_token"])),
    ] {
        assert_eq!(verify(sent.clone(), &rules).unwrap()["response_types"], responses, "{sent}");
    }
    assert!(verify(json!({ "response_types": ["token"] }), &rules).is_err());
}

#[test]
fn request_uris_are_kept_where_they_are_fetched_and_are_https_and_short() {
    let rules = RegistrationRules { may_fetch: true, ..permissive() };
    let registered = |uri: &str| verify(json!({ "request_uris": [uri] }), &rules);
    for uri in ["https://app.example/request.jwt#v1", "http://localhost:3000/request.jwt"] {
        assert_eq!(registered(uri).unwrap()["request_uris"], json!([uri]));
    }
    let long = format!("https://app.example/{}", "a".repeat(493));
    for uri in ["http://app.example/request.jwt", "urn:a:b", long.as_str()] {
        let why = registered(uri).unwrap_err().error_description;
        assert_eq!(why, "request_uris must be https URIs of at most 512 characters", "{uri}");
    }
    assert!(registered(&long[..512]).is_ok());
}
