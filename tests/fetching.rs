//! What clients refer to (`jwks_uri`, `sector_identifier_uri`): fetched by one function, and only where the tenant's
//! owner allows it.

use crate::harness::{
    Browser, CODE_VERIFIER, ClientKey, Owner, Provider, REDIRECT_URI, RelyingParty, Website, http,
};
use aws_lc_rs::digest;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use reqwest::Response;
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};

/// How long a URI is left alone once it was asked.
const PAUSE: Duration = Duration::from_secs(30);

/// A provider that may fetch from this machine, where the clients' web site is.
async fn start() -> (Provider, Website) {
    let arguments = ["--ephemeral", "--port", "0", "--fetch-from-loopback"];
    let provider = Provider::start_with(&arguments).await;
    allow(&provider, json!(true)).await;
    (provider, Website::start().await)
}

async fn allow(provider: &Provider, is_allowed: Value) {
    let change = json!({
        "flags": { "enable_dynamic_client_registration": true },
        "dynamic_client_registration": {
            "allow_fetching": is_allowed,
            "client_registration_management": "full",
        },
    });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
}

async fn try_to_register(provider: &Provider, metadata: &Value) -> (u16, Value) {
    let mut body = json!({ "redirect_uris": [REDIRECT_URI] });
    body.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    read(provider.post_json("oidc/register", &body).await).await
}

async fn read(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}

fn keys(keys: &[&ClientKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

fn signing(jwks_uri: &str) -> Value {
    json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": jwks_uri })
}

/// What comes of presenting no code with `key`: `invalid_grant` to whoever has authenticated.
async fn authenticate(provider: &Provider, client_id: &str, key: &ClientKey) -> String {
    let assertion = key.assertion(client_id, &provider.issuer, provider.now());
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", "none"),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", client_id),
    ];
    form.extend(assertion.iter().map(|(name, value)| (*name, value.as_str())));
    let (_, body) = read(provider.post_form("oauth/token", &form).await).await;
    body["error"].as_str().unwrap().to_owned()
}

/// The owner's token with this scope, signed anew by the key that signs.
async fn with_scope(provider: &Provider, scope: &str) -> String {
    let token = provider.management_token(None).await;
    let parts: Vec<_> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let mut claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["scope"] = scope.into();
    let signed = format!("{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()));
    let digest = digest::digest(&digest::SHA256, signed.as_bytes());
    let request = json!({
        "KeyId": "arn:aws:kms:eu-central-1:111122223333:key/0",
        "Message": STANDARD.encode(digest.as_ref()),
        "MessageType": "DIGEST",
        "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
    });
    let sign = http().post(&provider.aws.endpoint).header("x-amz-target", "TrentService.Sign");
    let (_, answer) = read(sign.json(&request).send().await.unwrap()).await;
    let signature = STANDARD.decode(answer["Signature"].as_str().unwrap()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn subject(provider: &Provider, client: &RelyingParty<'_>, redirect_uri: &str) -> Value {
    let url = client.code_url(&[("scope", "openid"), ("redirect_uri", redirect_uri)]);
    let code = Browser::new(provider).authorize(&url).await.query()["code"].clone();
    let form: Vec<_> = client
        .exchange(&code)
        .into_iter()
        .map(|(name, value)| (name, if name == "redirect_uri" { redirect_uri } else { value }))
        .collect();
    let (_, tokens) = read(provider.post_form("oauth/token", &form).await).await;
    client.verify_id_token(tokens["id_token"].as_str().unwrap()).await["sub"].clone()
}

#[tokio::test]
async fn nothing_is_fetched_until_the_owner_allows_it() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let jwks_uri = site.shows("/jwks.json", &keys(&[&key]));
    let sector = site.shows("/sector.json", &json!([REDIRECT_URI]));
    for off in [json!(false), Value::Null] {
        allow(&provider, off).await;
        for (member, uri) in [("jwks_uri", &jwks_uri), ("sector_identifier_uri", &sector)] {
            for metadata in [json!({ (member): uri }), json!({ (member): "https://app.example/x" })]
            {
                let (status, refusal) = try_to_register(&provider, &metadata).await;
                let expected = format!(
                    "{member} is not supported, since this tenant does not fetch clients' URIs"
                );
                assert_eq!(
                    (status, refusal),
                    (
                        400,
                        json!({ "error": "invalid_client_metadata", "error_description": expected })
                    ),
                );
            }
        }
    }
    assert_eq!((site.requests("/jwks.json"), site.requests("/sector.json")), (0, 0));
    assert_eq!(provider.fetcher.calls(), 0);
}

#[tokio::test]
async fn loopback_is_closed_unless_it_is_opened_at_the_start() {
    let provider = Provider::open_to_all().await;
    allow(&provider, json!(true)).await;
    let site = Website::start().await;
    let uri = site.shows("/sector.json", &json!([REDIRECT_URI]));
    let over_tls = uri.replace("http:", "https:");
    for (uri, why) in [
        (uri.as_str(), "must be an https URI on port 443"),
        (&over_tls, "must be an https URI on port 443"),
        ("https://127.0.0.1/sector.json", "outside the public internet"),
        ("https://localhost/sector.json", "outside the public internet"),
        ("https://[::1]/sector.json", "must be an https or http URI"),
        ("https://169.254.169.254/latest/meta-data/", "outside the public internet"),
        ("https://user@app.example/", "must be an https or http URI"),
        ("https://app.example:8443/", "must be an https URI on port 443"),
    ] {
        let metadata = json!({ "sector_identifier_uri": uri });
        let (status, refusal) = try_to_register(&provider, &metadata).await;
        assert_eq!((status, &refusal["error"]), (400, &json!("invalid_client_metadata")), "{uri}");
        let description = refusal["error_description"].as_str().unwrap();
        assert!(
            description.starts_with("sector_identifier_uri ") && description.contains(why),
            "{uri}: {description}"
        );
    }
    assert_eq!(site.requests("/sector.json"), 0);
}

#[tokio::test]
async fn a_client_signs_in_with_the_keys_that_it_publishes() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let jwks_uri = site.shows("/jwks.json", &keys(&[&key]));
    let (status, registered) = try_to_register(&provider, &signing(&jwks_uri)).await;
    assert_eq!((status, &registered["jwks_uri"]), (201, &json!(jwks_uri)), "{registered}");
    assert_eq!((registered.get("jwks"), registered.get("client_secret")), (None, None));
    let headers = site.last_headers();
    assert_eq!((&headers["user-agent"], headers.get("cookie")), (&"Cardea".parse().unwrap(), None));

    let client = RelyingParty::of(&provider, &registered);
    let url = client.code_url(&[("scope", "openid")]);
    let code = Browser::new(&provider).authorize(&url).await.query()["code"].clone();
    let audience = provider.url("oauth/token");
    let assertion = key.assertion(&client.client_id, &audience, provider.now());
    let mut form = client.exchange(&code);
    form.extend(assertion.iter().map(|(name, value)| (*name, value.as_str())));
    let (status, tokens) = read(provider.post_form("oauth/token", &form).await).await;
    assert_eq!(status, 200, "{tokens}");
    client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(site.requests("/jwks.json"), 1, "the copy is fresh");
    // The name alone, or another's key, is not enough.
    let stranger = ClientKey::new("a");
    assert_eq!(authenticate(&provider, &client.client_id, &stranger).await, "invalid_client");
    let alone = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", &client.client_id),
        ("code_verifier", CODE_VERIFIER),
    ];
    assert_eq!(provider.post_form("oauth/token", &alone).await.status(), 401);
    assert_eq!(
        site.requests("/jwks.json"),
        1,
        "a wrong signature by a known key is no reason to ask"
    );
}

#[tokio::test]
async fn a_client_signs_in_whatever_other_keys_it_publishes_besides() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let ed25519 = json!({
        "kty": "OKP", "crv": "Ed25519", "kid": "b", "alg": "EdDSA", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    let jwks_uri = site.shows("/jwks.json", &json!({ "keys": [ed25519, key.jwk()] }));
    let (status, registered) = try_to_register(&provider, &signing(&jwks_uri)).await;
    assert_eq!(status, 201, "{registered}");
    let id = registered["client_id"].as_str().unwrap();
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_grant");

    // Those keys alone, or beside a private one, are nothing to register with.
    let mut private = key.jwk();
    private["d"] = "AA".into();
    for (path, keys, why) in [
        ("/ed25519.json", json!([ed25519]), "must have keys of kty RSA"),
        ("/private.json", json!([ed25519, private]), "must not have private"),
    ] {
        let uri = site.shows(path, &json!({ "keys": keys }));
        let (status, refusal) = try_to_register(&provider, &signing(&uri)).await;
        let description = refusal["error_description"].as_str().unwrap();
        assert!(status == 400 && description.contains(why), "{status} {description}");
    }
    // What is registered must be of use as a whole, since the answer says what was registered.
    let held = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [ed25519, key.jwk()] },
    });
    assert_eq!(try_to_register(&provider, &held).await.0, 400);
}

#[tokio::test]
async fn a_key_that_is_rotated_behind_the_uri_is_found_by_its_name() {
    let (provider, site) = start().await;
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    let jwks_uri = site.shows("/jwks.json", &keys(&[&old]));
    let (_, registered) = try_to_register(&provider, &signing(&jwks_uri)).await;
    let id = registered["client_id"].as_str().unwrap();
    site.shows("/jwks.json", &keys(&[&old, &new]));
    assert_eq!(authenticate(&provider, id, &new).await, "invalid_client", "asked just now");
    assert_eq!(site.requests("/jwks.json"), 1);
    provider.advance(PAUSE);
    assert_eq!(authenticate(&provider, id, &new).await, "invalid_grant");
    assert_eq!(authenticate(&provider, id, &old).await, "invalid_grant");
    assert_eq!(site.requests("/jwks.json"), 2);

    // Of any number of strangers' assertions with made-up keys, one in half a minute is a reason to ask.
    provider.advance(PAUSE);
    let made_up = ClientKey::new("made up");
    let attempts = (0..10).map(|_| authenticate(&provider, id, &made_up));
    for error in futures_util::future::join_all(attempts).await {
        assert!(["invalid_client", "temporarily_unavailable"].contains(&&*error), "{error}");
    }
    assert_eq!(site.requests("/jwks.json"), 3);

    // What is taken away is no longer good once the copy is old.
    site.shows("/jwks.json", &keys(&[&new]));
    provider.advance(Duration::from_mins(5));
    assert_eq!(authenticate(&provider, id, &old).await, "invalid_client");
    assert_eq!(authenticate(&provider, id, &new).await, "invalid_grant");
    assert_eq!(site.requests("/jwks.json"), 4);
}

#[tokio::test]
async fn a_copy_stands_in_for_a_server_that_fails_but_not_for_what_is_gone() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let jwks_uri = site.shows("/jwks.json", &keys(&[&key]));
    let (_, registered) = try_to_register(&provider, &signing(&jwks_uri)).await;
    let id = registered["client_id"].as_str().unwrap();
    site.answers("/jwks.json", (500, vec![], String::new()));
    for _ in 0..3 {
        provider.advance(Duration::from_mins(10));
        assert_eq!(authenticate(&provider, id, &key).await, "invalid_grant");
    }
    assert_eq!(site.requests("/jwks.json"), 4);
    provider.advance(Duration::from_hours(24));
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_client", "a day later");
    site.shows("/jwks.json", &keys(&[&key]));
    provider.advance(PAUSE);
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_grant", "it is back");
    site.answers("/jwks.json", (410, vec![], String::new()));
    provider.advance(Duration::from_mins(10));
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_client", "it is gone");
}

#[tokio::test]
async fn when_fetching_is_switched_off_again_nothing_is_fetched_for_those_who_rely_on_it() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let jwks_uri = site.shows("/jwks.json", &keys(&[&key]));
    let (_, registered) = try_to_register(&provider, &signing(&jwks_uri)).await;
    let id = registered["client_id"].as_str().unwrap();
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_grant");
    allow(&provider, json!(false)).await;
    provider.advance(Duration::from_mins(10));
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_client");
    assert_eq!(site.requests("/jwks.json"), 1);
}

#[tokio::test]
async fn a_document_that_is_not_what_it_must_be_is_refused_by_the_member() {
    let (provider, site) = start().await;
    let json_type = || vec![("content-type", "application/json".to_owned())];
    let mut private = ClientKey::new("a").jwk();
    private["d"] = "AA".into();
    let encryption = json!({ "kty": "EC", "crv": "P-256", "use": "enc" });
    let mut for_encryption = ClientKey::new("a").jwk();
    for_encryption["use"] = encryption["use"].clone();
    for_encryption.as_object_mut().unwrap().remove("alg");
    let good = json!([REDIRECT_URI]).to_string();
    let elsewhere = vec![("location", site.shows("/good", &json!([REDIRECT_URI])))];
    let long = format!("[\"{}\"]", "x".repeat(64 * 1024));
    let text = vec![("content-type", "text/html".to_owned())];
    let member = "sector_identifier_uri";
    for (index, (member, page, why)) in [
        (member, (404, json_type(), good.clone()), "leads to nothing"),
        (member, (410, json_type(), good.clone()), "leads to nothing"),
        (member, (500, json_type(), good.clone()), "did not answer with status 200"),
        (member, (204, json_type(), String::new()), "did not answer with status 200"),
        (member, (301, elsewhere.clone(), String::new()), "redirects are not followed"),
        (member, (307, elsewhere, good.clone()), "redirects are not followed"),
        (member, (200, text, good.clone()), "did not answer with JSON"),
        (member, (200, vec![], good.clone()), "did not answer with JSON"),
        (member, (200, json_type(), "<html>".to_owned()), "did not answer with JSON"),
        (member, (200, json_type(), long), "more than 64 KiB"),
        (member, (200, json_type(), "{}".to_owned()), "must lead to a JSON array of strings"),
        (member, (200, json_type(), "[1]".to_owned()), "must lead to a JSON array of strings"),
        (member, (200, json_type(), "[]".to_owned()), "that has redirect_uris[0]"),
        (
            member,
            (200, json_type(), json!([format!("{REDIRECT_URI}/")]).to_string()),
            "that has redirect_uris[0]",
        ),
        ("jwks_uri", (200, json_type(), "[]".to_owned()), "must be an object whose member keys"),
        (
            "jwks_uri",
            (200, json_type(), json!({ "keys": [private] }).to_string()),
            "must not have private",
        ),
        (
            "jwks_uri",
            (200, json_type(), json!({ "keys": [for_encryption] }).to_string()),
            "must lead to a key for token_endpoint_auth_signing_alg",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/{index}");
        let uri = site.answers(&path, page);
        let mut metadata = json!({ (member): uri });
        if member == "jwks_uri" {
            metadata = signing(&uri);
        }
        let (status, refusal) = try_to_register(&provider, &metadata).await;
        assert_eq!((status, &refusal["error"]), (400, &json!("invalid_client_metadata")), "{why}");
        let description = refusal["error_description"].as_str().unwrap();
        assert!(description.starts_with(member) && description.contains(why), "{description}");
        assert_eq!(site.requests(&path), 1);
    }
    assert_eq!(site.requests("/good"), 0, "a redirect was followed");
}

#[tokio::test]
async fn a_sector_document_has_every_redirect_uri_whatever_the_subject_type() {
    let (provider, site) = start().await;
    let others = ["https://app.example/cb", "https://app.example/other", "com.example.app:/cb"];
    let uri = site.shows("/sector.json", &json!(others));
    for subject_type in ["public", "pairwise"] {
        let metadata = json!({
            "subject_type": subject_type,
            "sector_identifier_uri": uri,
            "redirect_uris": [others[0], others[2]],
            "application_type": "native",
        });
        let (status, registered) = try_to_register(&provider, &metadata).await;
        assert_eq!(status, 201, "{registered}");
        assert_eq!(registered["sector_identifier_uri"], uri);
        assert_eq!(registered["subject_type"], subject_type);
        let mut more = metadata.clone();
        more["redirect_uris"] = json!([others[0], "https://evil.example/cb"]);
        let (status, refusal) = try_to_register(&provider, &more).await;
        let description = refusal["error_description"].as_str().unwrap();
        assert_eq!(status, 400);
        assert!(description.contains("that has redirect_uris[1]"), "{description}");
    }
    assert_eq!(site.requests("/sector.json"), 1, "once in half a minute at most");
    provider.advance(PAUSE);
    site.shows("/sector.json", &json!(["https://evil.example/cb", REDIRECT_URI]));
    let mended = json!({
        "sector_identifier_uri": uri,
        "redirect_uris": ["https://evil.example/cb", REDIRECT_URI],
    });
    assert_eq!(try_to_register(&provider, &mended).await.0, 201, "a mended document counts");
}

#[tokio::test]
async fn clients_of_one_sector_know_a_user_by_the_same_name_and_no_others_do() {
    let (provider, site) = start().await;
    let (one, two) = ("https://one.example/cb", "https://two.example/cb");
    let sector = site.shows("/sector.json", &json!([one, two]));
    let mut subjects = Vec::new();
    for (redirect_uri, sector) in
        [(one, Some(&sector)), (two, Some(&sector)), (one, None), (two, None)]
    {
        let metadata = json!({
            "redirect_uris": [redirect_uri],
            "subject_type": "pairwise",
            "sector_identifier_uri": sector,
        });
        let (status, registered) = try_to_register(&provider, &metadata).await;
        assert_eq!(status, 201, "{registered}");
        let client = RelyingParty::of(&provider, &registered);
        subjects.push(subject(&provider, &client, redirect_uri).await);
    }
    let public = json!({ "redirect_uris": [one], "sector_identifier_uri": sector });
    let (_, registered) = try_to_register(&provider, &public).await;
    subjects.push(subject(&provider, &RelyingParty::of(&provider, &registered), one).await);
    assert_eq!(subjects[0], subjects[1], "one sector");
    for (index, other) in subjects.iter().enumerate().skip(2) {
        assert!(!subjects[..index].contains(other), "{index}: {subjects:?}");
    }
}

#[tokio::test]
async fn a_change_of_a_registration_is_checked_in_the_same_way_before_anything_is_written() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let jwks_uri = site.shows("/jwks.json", &keys(&[&key]));
    let sector = site.shows("/sector.json", &json!([REDIRECT_URI]));
    let (_, registered) = try_to_register(&provider, &json!({})).await;
    let text = |member: &str| registered[member].as_str().unwrap().to_owned();
    let mut token = text("registration_access_token");
    for (change, is_good) in [
        (json!({ "sector_identifier_uri": site.url("/missing") }), false),
        (signing(&site.url("/missing")), false),
        (
            json!({ "sector_identifier_uri": sector, "redirect_uris": ["https://evil.example/"] }),
            false,
        ),
        (json!({ "sector_identifier_uri": sector, "subject_type": "pairwise" }), true),
        (signing(&jwks_uri), true),
    ] {
        let mut body = json!({ "client_id": text("client_id"), "redirect_uris": [REDIRECT_URI] });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let request = http().put(text("registration_client_uri")).bearer_auth(&token).json(&body);
        let (status, answer) = read(request.send().await.unwrap()).await;
        if is_good {
            assert_eq!(status, 200, "{answer}");
            token = answer["registration_access_token"].as_str().unwrap().to_owned();
        } else {
            let expected = (400, &json!("invalid_client_metadata"));
            assert_eq!((status, &answer["error"]), expected, "{change}");
        }
    }
    assert_eq!(authenticate(&provider, &text("client_id"), &key).await, "invalid_grant");
}

#[tokio::test]
async fn a_client_that_refers_to_documents_can_be_changed_when_nothing_is_fetched_any_more() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let mut metadata = signing(&site.shows("/jwks.json", &keys(&[&key])));
    metadata["sector_identifier_uri"] = site.shows("/sector.json", &json!([REDIRECT_URI])).into();
    metadata["request_uris"] = json!([site.url("/request")]);
    metadata["backchannel_logout_uri"] = site.url("/logout").into();
    let (status, registered) = try_to_register(&provider, &metadata).await;
    assert_eq!(status, 201, "{registered}");
    allow(&provider, json!(false)).await;
    provider.advance(PAUSE);
    let calls = provider.fetcher.calls();
    let owner = Owner::of(&provider).await;
    let path = format!("clients/{}", registered["client_id"].as_str().unwrap());
    let (_, before) = owner.get(&path).await;
    let (status, changed) = owner.patch(&path, &json!({ "name": "Renamed" })).await;
    assert_eq!((status, &changed["name"]), (200, &json!("Renamed")), "{changed}");
    for member in ["jwks_uri", "sector_identifier_uri", "request_uris", "oidc_logout"] {
        assert!(before[member] == changed[member] && !changed[member].is_null(), "{member}");
    }
    for change in [
        json!({ "jwks_uri": site.url("/other") }),
        json!({ "sector_identifier_uri": site.url("/other") }),
        json!({ "callbacks": ["https://evil.example/cb"] }),
        json!({ "oidc_logout": { "backchannel_logout_urls": [site.url("/other")] } }),
    ] {
        let (status, refused) = owner.patch(&path, &change).await;
        assert_eq!((status, &refused["errorCode"]), (400, &json!("invalid_body")), "{change}");
    }
    let without = json!({ "sector_identifier_uri": null, "oidc_logout": null });
    assert_eq!(owner.patch(&path, &without).await.0, 200);
    assert_eq!(provider.fetcher.calls(), calls, "nothing was fetched");
}

#[tokio::test]
async fn a_dry_run_fetches_too_and_says_what_would_come_of_it() {
    let (provider, site) = start().await;
    let uri = site.shows("/sector.json", &json!([REDIRECT_URI]));
    let token = with_scope(&provider, "create:clients").await;
    for (uri, would_register) in [(uri, true), (site.url("/missing"), false)] {
        let body = json!({ "redirect_uris": [REDIRECT_URI], "sector_identifier_uri": uri });
        let request = http().post(provider.url("oidc/register?dry_run=true")).bearer_auth(&token);
        let (status, verdict) = read(request.json(&body).send().await.unwrap()).await;
        assert_eq!(
            (status, &verdict["would_register"]),
            (200, &json!(would_register)),
            "{verdict}"
        );
    }
}

#[tokio::test]
async fn while_the_function_cannot_be_called_clients_are_told_to_come_back() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let jwks_uri = site.shows("/jwks.json", &keys(&[&key]));
    let (_, registered) = try_to_register(&provider, &signing(&jwks_uri)).await;
    let id = registered["client_id"].as_str().unwrap();
    provider.fetcher.is_out_of_reach(true);
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_grant", "the copy is fresh");
    provider.advance(Duration::from_mins(10));
    assert_eq!(authenticate(&provider, id, &key).await, "temporarily_unavailable");
    let body = json!({ "redirect_uris": [REDIRECT_URI], "jwks_uri": site.url("/other.json") });
    let response = provider.post_json("oidc/register", &body).await;
    assert!(response.headers().contains_key("retry-after"));
    let (status, refusal) = read(response).await;
    assert_eq!((status, &refusal["error"]), (503, &json!("temporarily_unavailable")));
    assert!(!refusal.to_string().contains("detail"), "{refusal}");
    provider.fetcher.is_out_of_reach(false);
    assert_eq!(authenticate(&provider, id, &key).await, "invalid_grant");
}

#[tokio::test]
async fn a_fresh_copy_takes_one_step_more_and_an_old_one_three_besides() {
    let (provider, site) = start().await;
    let key = ClientKey::new("a");
    let jwks_uri = site.shows("/jwks.json", &keys(&[&key]));
    let (_, registered) = try_to_register(&provider, &signing(&jwks_uri)).await;
    let id = registered["client_id"].as_str().unwrap();
    for (passed, expected) in [(Duration::ZERO, (3, 3)), (Duration::from_mins(10), (6, 6))] {
        provider.advance(passed);
        provider.round_trips.take();
        assert_eq!(authenticate(&provider, id, &key).await, "invalid_grant");
        assert_eq!(provider.round_trips.take(), expected, "{passed:?}");
    }
}

/// What connects to AWS's own endpoints, and to where CloudFormation awaits its answer.
const TO_AWS_ALONE: [&str; 4] = [
    "shared/src/connector.rs",
    "shared/src/config.rs",
    "shared/src/fetching/invocation.rs",
    "functions/bootstrap/src/custom_resource.rs",
];

#[test]
fn no_other_function_reaches_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders = vec![root.join("functions"), root.join("shared/src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                if path != root.join("functions/fetch") {
                    folders.push(path);
                }
                continue;
            }
            if TO_AWS_ALONE.iter().any(|known| path == root.join(known)) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            seen += 1;
            for means in [
                "TcpStream",
                "UdpSocket",
                "lookup_host",
                "ToSocketAddrs",
                "hyper",
                "reqwest",
                "tokio-rustls",
                "Connector::new",
            ] {
                assert!(!text.contains(means), "{} has {means}", path.display());
            }
        }
    }
    assert!(seen > 100);
}
