use super::{Situation, Step, next_step};
use crate::{
    clock::Timestamp,
    domain::{
        AuthorizationError, AuthorizationRequest, AuthorizationResponse, Client, ClientGrant,
        ClientId, DefaultFor, Done, FoundAudience, Grant, Grantee, Incarnation, Issuer,
        ProtectedSecret, Registration, RequestId, RequestedApi, ResourceServer,
        ResourceServerScope, ReturnAddress, SecurityMode, Session, SessionId, SubjectType, Tenant,
        UserId,
    },
    entropy::CountingEntropy,
    oauth::{ClientMetadata, Parameters, RawClientMetadata},
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_000);
const ISSUER: &str = "https://id.example/";

fn client(metadata: &Value, mode: SecurityMode) -> Client {
    let mut body = json!({ "redirect_uris": ["https://app.example/cb?a=b", "http://127.0.0.1/cb", "app:/cb"], "application_type": "native" });
    body.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    let raw = RawClientMetadata::parse(body.to_string().as_bytes()).unwrap();
    let metadata = ClientMetadata::verify(&raw, &mode.registration_rules()).unwrap();
    let protect = |_: &_, _: &_| ProtectedSecret { mac: String::new(), sealed: None };
    let registration = Registration {
        client_id: ClientId::parse("client").unwrap(),
        metadata,
        mode,
        registration_access_token: None,
        software_statement: None,
        initial_access: None,
        unused_lifetime: None,
    };
    Client::register(registration, &CountingEntropy::default(), NOW, protect).0
}

fn api() -> ResourceServer {
    let scope = ResourceServerScope { value: "read:contacts".into(), description: String::new() };
    ResourceServer {
        identifier: "https://api.example.com/".into(),
        name: "Example".into(),
        scopes: vec![scope],
        is_system: false,
        token_lifetime: 3_600,
        token_lifetime_for_web: 900,
        allow_offline_access: false,
        created_at: NOW,
        incarnation: Incarnation::generate(&CountingEntropy::default()),
        version: 0,
    }
}

/// The API, and a grant of all of it for every third-party client.
fn granted_api(allow_offline_access: bool) -> FoundAudience {
    let api = ResourceServer { allow_offline_access, ..api() };
    let grant = ClientGrant {
        grantee: Grantee::DefaultFor(DefaultFor::ThirdPartyClients),
        audience: api.identifier.clone(),
        incarnation: api.incarnation.clone(),
        subject_type: SubjectType::User,
        scope: "read:contacts".parse().unwrap(),
        created_by: RequestId::generate(&CountingEntropy::default()),
    };
    let id = api.id();
    let api = RequestedApi { api: Some(api), own_grant: None, default_grant: Some(grant) };
    FoundAudience { id, api, consent: None }
}

fn parse(
    query: &str,
    metadata: &Value,
    mode: SecurityMode,
) -> Result<AuthorizationRequest, AuthorizationError> {
    let parameters = Parameters::from_form(query.as_bytes()).unwrap();
    let tenant = Tenant::new(ISSUER.parse().unwrap());
    let client = client(metadata, mode);
    let address = ReturnAddress::resolve(&tenant.issuer, &client, &parameters)?;
    let found = [granted_api(!query.contains("online"))];
    AuthorizationRequest::parse(&parameters, &tenant, &client, &found, &address)
}

/// Where the error goes and what it says: `page code`, or the address with its parameters.
fn outcome(error: AuthorizationError) -> String {
    match error {
        AuthorizationError::Page(error) => format!("page {}", error.error.as_str()),
        AuthorizationError::Redirect(address, error) => {
            location(address.respond(&[("error", error.error.as_str())]))
        }
    }
}

/// Where a response goes: an address with its parameters, or else by which way and with which.
fn location(response: AuthorizationResponse) -> String {
    let list = |parameters: Vec<(String, String)>| {
        let pairs: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(" ")
    };
    match response {
        AuthorizationResponse::Redirect(location) => location,
        AuthorizationResponse::FormPost { action, parameters } => {
            format!("form to {}: {}", action.as_str(), list(parameters))
        }
        AuthorizationResponse::WebMessage { target_origin, parameters } => {
            format!("message to {}: {}", target_origin.as_str(), list(parameters))
        }
    }
}

fn refusal(query: &str) -> String {
    outcome(parse(query, &json!({}), SecurityMode::Permissive).unwrap_err())
}

const CALLBACK: &str = "redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fa%3Db";

#[test]
fn an_unregistered_address_is_never_one_to_return_to() {
    for query in [
        "",
        "redirect_uri=https://evil.example/",
        "redirect_uri=https://app.example/cb",
        "redirect_uri=https://APP.example/cb?a=b",
        "redirect_uri=https://app.example/cb?a=b%23",
        "redirect_uri=https://app.example/cb?a=b%26c=d",
    ] {
        assert_eq!(refusal(query), "page invalid_request", "{query}");
    }
}

#[test]
fn errors_go_where_the_response_would_have_gone_and_state_goes_along() {
    let fragment = |error| {
        format!(
            "https://app.example/cb?a=b#error={error}&state=x+y&iss=https%3A%2F%2Fid.example%2F"
        )
    };
    let query = |error| {
        format!(
            "https://app.example/cb?a=b&error={error}&state=x+y&iss=https%3A%2F%2Fid.example%2F"
        )
    };
    let challenge =
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    for (rest, expected) in [
        ("", query("invalid_request")),
        ("response_type=none", query("unsupported_response_type")),
        ("response_type=token+none", fragment("unsupported_response_type")),
        ("response_type=code+id_token&scope=openid", fragment("invalid_request")),
        ("response_type=code+id_token+token&scope=openid", fragment("invalid_request")),
        ("response_type=code+token&response_mode=query", fragment("invalid_request")),
        ("response_type=code&response_mode=nonsense", query("invalid_request")),
        ("response_type=id_token&scope=openid", fragment("invalid_request")),
        ("response_type=id_token&nonce=n", fragment("invalid_scope")),
        ("response_type=token&response_mode=query", fragment("invalid_request")),
        ("response_type=token&scope=%22", fragment("invalid_scope")),
        ("response_type=token&audience=https://nobody.example/", fragment("invalid_target")),
        ("response_type=token&resource=https://nobody.example/", fragment("invalid_target")),
        ("response_type=token&resource=nobody", fragment("invalid_target")),
        ("response_type=token&request=x", fragment("request_not_supported")),
        ("response_type=token&request_uri=x", fragment("request_uri_not_supported")),
        ("response_type=token&registration=x", fragment("registration_not_supported")),
        ("response_type=token&prompt=none+login", fragment("invalid_request")),
        ("response_type=token&max_age=soon", fragment("invalid_request")),
        ("response_type=token&max_age=-1", fragment("invalid_request")),
        ("response_type=token&max_age=%2B5", fragment("invalid_request")),
        ("response_type=code&code_challenge=x", query("invalid_request")),
        (&format!("response_type=code&{challenge}&max_age=x"), query("invalid_request")),
    ] {
        assert_eq!(refusal(&format!("{CALLBACK}&state=x+y&{rest}")), expected, "{rest}");
    }
}

#[test]
fn errors_go_by_form_or_message_where_the_response_would_have() {
    const NATIVE: &str = "redirect_uri=app:/cb&state=x&response_type=code";
    let web = format!("{CALLBACK}&state=x&prompt=nonsense");
    let sent = |query: &str, web_origins: &[&str]| {
        let parameters = Parameters::from_form(query.as_bytes()).unwrap();
        let tenant = Tenant::new(ISSUER.parse().unwrap());
        let mut client = client(&json!({}), SecurityMode::Permissive);
        client.owner_metadata.web_origins =
            web_origins.iter().map(|origin| origin.parse().unwrap()).collect();
        let address = ReturnAddress::resolve(&tenant.issuer, &client, &parameters).unwrap();
        let error = AuthorizationRequest::parse(&parameters, &tenant, &client, &[], &address);
        let error = error.map(|_| ()).map_err(outcome);
        (error, location(address.respond(&[])))
    };
    let (parsed, form) = sent(&format!("{web}&response_type=code&response_mode=form_post"), &[]);
    assert_eq!(parsed, Ok(()));
    assert_eq!(form, format!("form to https://app.example/cb?a=b: state=x iss={ISSUER}"));
    let message = format!("{web}&response_type=token&response_mode=web_message");
    let (parsed, sent_to) = sent(&message, &["https://other.example", "https://app.example"]);
    assert_eq!(parsed, Ok(()));
    assert_eq!(sent_to, format!("message to https://app.example: state=x iss={ISSUER}"));
    // A message to nobody whom the owner has named, and a form to a program on a device.
    for origins in [&[][..], &["https://other.example", "https://app.example:8443"]] {
        let (parsed, sent_to) = sent(&message, origins);
        assert!(parsed.unwrap_err().contains("cb?a=b#error=invalid_request"), "{origins:?}");
        assert!(sent_to.starts_with("https://app.example/cb?a=b#"), "{sent_to}");
    }
    let (parsed, sent_to) = sent(&format!("{NATIVE}&response_mode=form_post"), &[]);
    assert!(parsed.unwrap_err().starts_with("app:/cb?error=invalid_request"));
    assert!(sent_to.starts_with("app:/cb?state=x"), "{sent_to}");
}

#[test]
fn what_a_client_did_not_register_it_may_not_ask_for() {
    let metadata = json!({ "response_types": ["code"] });
    let query = format!("{CALLBACK}&response_type=token");
    let error = outcome(parse(&query, &metadata, SecurityMode::Permissive).unwrap_err());
    assert!(error.contains("#error=unauthorized_client"), "{error}");
}

#[test]
fn public_and_strict_clients_need_a_code_challenge() {
    let query = format!("{CALLBACK}&response_type=code");
    let public = json!({ "token_endpoint_auth_method": "none" });
    let error = outcome(parse(&query, &public, SecurityMode::Permissive).unwrap_err());
    assert!(error.contains("&error=invalid_request"), "{error}");
    assert!(parse(&query, &json!({}), SecurityMode::Permissive).is_ok());
    assert_eq!(
        outcome(parse(&query, &json!({}), SecurityMode::Strict).unwrap_err()),
        "page invalid_request"
    );
}

#[test]
fn strict_clients_get_their_errors_by_redirect_only_where_no_page_may_be_shown() {
    let query = format!("{CALLBACK}&response_type=code&prompt=none");
    let error = outcome(parse(&query, &json!({}), SecurityMode::Strict).unwrap_err());
    assert!(error.starts_with("https://app.example/cb?a=b&error=invalid_request"), "{error}");
}

#[test]
fn scopes_that_mean_nothing_are_passed_over() {
    for (metadata, scope, kept) in [
        (json!({}), "openid nonsense read:contacts profile", "openid read:contacts profile"),
        (json!({ "scope": "openid" }), "openid profile read:contacts", "openid"),
        (json!({ "scope": "openid email" }), "email phone openid", "email openid"),
        (json!({ "scope": "read:contacts" }), "openid read:contacts", "read:contacts"),
    ] {
        let query = format!(
            "{CALLBACK}&response_type=token&scope={scope}&audience=https://api.example.com/"
        );
        let request = parse(&query, &metadata, SecurityMode::Permissive).unwrap();
        assert_eq!(request.scope.to_string(), kept, "{metadata} {scope}");
    }
}

#[test]
fn offline_access_is_passed_over_where_no_refresh_token_can_come_of_it() {
    let code = json!({ "response_types": ["code"], "grant_types": ["authorization_code", "refresh_token"] });
    let no_refresh = json!({ "grant_types": ["authorization_code", "implicit"] });
    let limited = json!({ "scope": "openid" });
    for (metadata, rest, is_kept) in [
        (&json!({}), "response_type=code", true),
        (&code, "response_type=code&audience=https://api.example.com/", true),
        (&code, "response_type=code&resource=https://api.example.com", true),
        (&code, "response_type=code&audience=https://api.example.com/&online", false),
        (&json!({}), "response_type=code+id_token&nonce=n", true),
        (&json!({}), "response_type=code+token", true),
        (&json!({}), "response_type=id_token+token&nonce=n", false),
        (&limited, "response_type=code", true),
        (&no_refresh, "response_type=code", false),
        (&json!({}), "response_type=token", false),
    ] {
        let query = format!("{CALLBACK}&scope=openid+offline_access&{rest}");
        let request = parse(&query, metadata, SecurityMode::Permissive).unwrap();
        assert_eq!(request.scope.contains("offline_access"), is_kept, "{metadata} {rest}");
    }
}

#[test]
fn the_next_step_follows_from_session_consent_prompt_and_age() {
    for (rest, session, grant, expected) in [
        ("", None, None, "log in"),
        ("", Some(900), None, "ask consent"),
        ("", Some(900), Some("openid email"), "respond"),
        ("&scope=openid+phone", Some(900), Some("openid email"), "ask consent"),
        ("&max_age=99", Some(900), Some("openid"), "log in"),
        ("&max_age=100", Some(900), Some("openid"), "respond"),
        ("&max_age=0", Some(1_000), Some("openid"), "log in"),
        ("&prompt=login", Some(900), Some("openid"), "log in"),
        ("&prompt=select_account", Some(900), Some("openid"), "log in"),
        ("&prompt=consent", Some(900), Some("openid"), "ask consent"),
        ("&prompt=none", None, None, "login_required"),
        ("&prompt=none", Some(900), None, "consent_required"),
        ("&prompt=none", Some(900), Some("openid"), "respond"),
    ] {
        let query = format!("{CALLBACK}&response_type=token&scope=openid{rest}")
            .replace("scope=openid&scope=", "scope=");
        let situation = situation(session, grant);
        assert_eq!(step(&query, situation, ISSUER), expected, "{rest} {session:?} {grant:?}");
    }
}

#[test]
fn what_the_user_did_for_this_request_satisfies_it() {
    let done = Done { signed_in: true, consented: true, ..Done::default() };
    let done = Situation { done, ..situation(Some(900), None) };
    for rest in ["&prompt=login", "&prompt=login+consent", "&max_age=0", "&max_age=1"] {
        let query = format!("{CALLBACK}&response_type=token&scope=openid{rest}");
        assert_eq!(step(&query, done.clone(), ISSUER), "respond", "{rest}");
    }
}

#[test]
fn whoever_chose_an_account_goes_on_as_long_as_that_is_enough() {
    let selected_account = Done { selected_account: true, ..Done::default() };
    for (rest, done, expected) in [
        ("&prompt=select_account", Done::default(), "log in"),
        ("&prompt=select_account", selected_account, "respond"),
        ("&prompt=select_account", Done { signed_in: true, ..Done::default() }, "respond"),
        ("&prompt=select_account+consent", selected_account, "ask consent"),
        ("&prompt=select_account+login", selected_account, "log in"),
        ("&prompt=select_account&max_age=99", selected_account, "log in"),
        ("&prompt=login", selected_account, "log in"),
    ] {
        let query = format!("{CALLBACK}&response_type=token&scope=openid{rest}");
        let situation = Situation { done, ..situation(Some(900), Some("openid")) };
        assert_eq!(step(&query, situation, ISSUER), expected, "{rest} {done:?}");
    }
}

#[test]
fn nobody_is_answered_for_but_the_user_that_a_hint_names() {
    let signed_in = Done { signed_in: true, ..Done::default() };
    for (rest, session, is_hinted, done, expected) in [
        ("", Some(900), true, Done::default(), "respond"),
        ("&prompt=none", Some(900), true, Done::default(), "respond"),
        ("&prompt=login", Some(900), true, Done::default(), "log in"),
        ("", Some(900), false, Done::default(), "log in"),
        ("", None, false, Done::default(), "log in"),
        ("&prompt=none", Some(900), false, Done::default(), "login_required"),
        ("&prompt=none", None, false, Done::default(), "login_required"),
        ("", Some(1_000), false, signed_in, "login_required"),
        ("&prompt=login", Some(1_000), true, signed_in, "respond"),
    ] {
        let query = format!("{CALLBACK}&response_type=token&scope=openid{rest}");
        let is_hinted = Some(is_hinted);
        let situation = Situation { done, is_hinted, ..situation(session, Some("openid")) };
        assert_eq!(step(&query, situation, ISSUER), expected, "{rest} {session:?} {is_hinted:?}");
    }
}

#[test]
fn consent_is_remembered_only_where_the_address_proves_who_listens() {
    for (redirect_uri, issuer, expected) in [
        ("http://127.0.0.1:5000/cb", ISSUER, "ask consent"),
        ("http://127.0.0.1:5000/cb", "http://localhost:8080/", "respond"),
        ("app:/cb", "http://localhost:8080/", "ask consent"),
    ] {
        let query = format!("redirect_uri={redirect_uri}&response_type=token&scope=openid");
        assert_eq!(
            step(&query, situation(Some(900), Some("openid")), issuer),
            expected,
            "{redirect_uri}"
        );
    }
}

fn situation(auth_time: Option<i64>, granted: Option<&str>) -> Situation {
    let user_id = UserId::parse("usr_1").unwrap();
    let sid = SessionId::generate(&CountingEntropy::default()).sid();
    let (expires_at, clients) = (Timestamp(9_999), vec![]);
    let session = |auth_time| Session { sid, user_id, auth_time, expires_at, clients };
    let grant = |scope: &str| Grant {
        scope: scope.parse().unwrap(),
        claims: std::collections::BTreeSet::new(),
        granted_at: NOW,
    };
    Situation {
        session: auth_time.map(Timestamp).map(session),
        grant: granted.map(grant),
        ..Situation::default()
    }
}

fn step(query: &str, situation: Situation, issuer: &str) -> String {
    let request = parse(query, &json!({}), SecurityMode::Permissive).unwrap();
    let issuer: Issuer = issuer.parse().unwrap();
    match next_step(request, situation, &issuer, NOW) {
        Ok(Step::LogIn) => "log in".to_owned(),
        Ok(Step::AskConsent) => "ask consent".to_owned(),
        Ok(Step::Respond(_)) => "respond".to_owned(),
        Err(AuthorizationError::Redirect(_, error)) => error.error.as_str().to_owned(),
        Err(AuthorizationError::Page(_)) => "page".to_owned(),
    }
}
