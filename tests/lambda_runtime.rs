//! The functions as Lambda runs them: each binary in a process of its own, asking a Runtime API for events of API
//! Gateway (`events/`), gives the answers that the server on a laptop gives.

use crate::harness::{
    Browser, CODE_VERIFIER, Lambda, Provider, RelyingParty, SEALING_KEY, Trouble, binary, event,
};
use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{post, put},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use shared::http::Response;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc};

/// A fixture of each function at least, the function that serves it, and by which status. Where API Gateway has joined
/// two `Authorization` headers, each of them would be good by itself.
const EVENTS: [(&str, &str, u64); 30] = [
    ("start-page", "cardea-start-page", 200),
    ("openid-configuration", "cardea-openid-configuration", 200),
    ("jwks", "cardea-jwks", 200),
    ("register", "cardea-register", 201),
    ("client-configuration", "cardea-client-configuration", 200),
    ("client-configuration-repeated-authorization", "cardea-client-configuration", 400),
    ("authorize", "cardea-authorize", 303),
    ("authorize-repeated-parameter", "cardea-authorize", 400),
    ("pushed-authorization", "cardea-pushed-authorization", 201),
    ("login", "cardea-login", 200),
    ("login-foreign-form", "cardea-login", 400),
    ("consent", "cardea-consent", 200),
    ("logout", "cardea-logout", 200),
    ("token-wrong-basic", "cardea-token", 401),
    ("token", "cardea-token", 200),
    ("revoke", "cardea-revoke", 200),
    ("introspect", "cardea-introspect", 200),
    ("introspect-repeated-authorization", "cardea-introspect", 401),
    ("userinfo", "cardea-userinfo", 200),
    ("userinfo-without-token", "cardea-userinfo", 401),
    ("userinfo-repeated-authorization", "cardea-userinfo", 400),
    ("tenant-settings", "cardea-tenant-settings", 200),
    ("tenant-settings-without-token", "cardea-tenant-settings", 401),
    ("tenant-settings-repeated-authorization", "cardea-tenant-settings", 401),
    ("initial-access-tokens", "cardea-initial-access-tokens", 200),
    ("clients", "cardea-clients", 200),
    ("logs", "cardea-logs", 200),
    ("sessions", "cardea-sessions", 200),
    ("resource-servers", "cardea-resource-servers", 200),
    ("client-grants", "cardea-client-grants", 200),
];

/// A function of `provider`: the same table, the same KMS.
async fn start(provider: &Provider, name: &str) -> Lambda {
    let variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", provider.database.as_str()),
        ("AWS_ENDPOINT_URL", provider.aws.endpoint.as_str()),
        ("CARDEA_SEALING_KEY", SEALING_KEY),
    ];
    Lambda::start(binary(name), &variables).await
}

/// What a JSON answer draws anew each time.
const DRAWN: [&str; 7] = [
    "client_id",
    "client_id_issued_at",
    "registration_access_token",
    "registration_client_uri",
    "access_token",
    "id_token",
    "request_uri",
];

/// An answer, without what is random in it: status, headers, names of cookies, body.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u64,
    headers: BTreeMap<String, String>,
    cookies: BTreeSet<String>,
    body: String,
}

impl Answer {
    fn of_lambda(answer: &Value) -> Self {
        let headers = answer["headers"].as_object().unwrap();
        let cookies = answer["cookies"].as_array().cloned().unwrap_or_default();
        Self {
            status: answer["statusCode"].as_u64().unwrap(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            cookies: cookies.iter().map(|cookie| without_value(cookie.as_str().unwrap())).collect(),
            body: without_random(answer["body"].as_str().unwrap_or_default()),
        }
    }

    fn of_server(response: &Response) -> Self {
        let text = |value: &lambda_http::http::HeaderValue| value.to_str().unwrap().to_owned();
        let (mut headers, mut cookies) = (BTreeMap::new(), BTreeSet::new());
        for (name, value) in response.headers() {
            if name == "set-cookie" {
                cookies.insert(without_value(&text(value)));
            } else {
                headers.insert(name.to_string(), text(value));
            }
        }
        let body = String::from_utf8(response.body().as_ref().to_vec()).unwrap();
        Self {
            status: response.status().as_u16().into(),
            headers,
            cookies,
            body: without_random(&body),
        }
    }
}

fn without_value(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').unwrap();
    format!("{name}=…;{}", rest.split_once(';').unwrap().1)
}

/// Without the CSRF token of a page, and what a JSON answer draws.
fn without_random(body: &str) -> String {
    if let Ok(Value::Object(mut object)) = serde_json::from_str(body) {
        for drawn in DRAWN {
            if let Some(value) = object.get_mut(drawn) {
                *value = "…".into();
            }
        }
        return Value::Object(object).to_string();
    }
    let before = r#"name="csrf_token" value=""#;
    match body.split_once(before) {
        Some((head, tail)) => format!("{head}{before}…{}", &tail[tail.find('"').unwrap()..]),
        None => body.to_owned(),
    }
}

/// What the fixtures leave open: clients, a user who has signed in, tokens, and two codes.
async fn values(provider: &Provider) -> (BTreeMap<&'static str, String>, String) {
    let policy = json!({ "client_registration_management": "read" });
    let change = json!({ "dynamic_client_registration": policy });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let managed = json!({ "redirect_uris": ["https://app.example/managed"] });
    let managed = provider.register(&managed).await;
    let of_managed = |member: &str| managed[member].as_str().unwrap().to_owned();
    let client = RelyingParty::register_public(provider).await;
    let mut browser = Browser::new(provider);
    let url = client.code_url(&[("scope", "openid profile")]);
    let landing = browser.authorize(&url).await;
    let first = landing.query()["code"].clone();
    let second = browser.landing(&url).await.query()["code"].clone();
    let third = browser.landing(&url).await.query()["code"].clone();
    let tokens = provider.post_form("oauth/token", &client.exchange(&third)).await;
    let tokens: Value = tokens.json().await.unwrap();
    let host = provider.issuer.split('/').nth(2).unwrap().to_owned();
    let [id, secret] = ["client_id", "client_secret"].map(|member| provider.management(member));
    let values = BTreeMap::from([
        ("host", host),
        ("client_id", client.client_id.clone()),
        ("browser", browser.cookies["browser"].clone()),
        ("sid", browser.cookies["sid"].clone()),
        ("code", first),
        ("code_verifier", CODE_VERIFIER.to_owned()),
        ("access_token", tokens["access_token"].as_str().unwrap().to_owned()),
        ("management_token", provider.management_token(None).await),
        ("management_client_id", id.to_owned()),
        ("management_client_secret", secret.to_owned()),
        ("management_basic", STANDARD.encode(format!("{id}:{secret}"))),
        ("managed_client_id", of_managed("client_id")),
        ("registration_access_token", of_managed("registration_access_token")),
    ]);
    (values, second)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_function_answers_in_lambda_as_on_a_laptop() {
    let provider = Provider::open_to_all().await;
    let (mut values, second_code) = values(&provider).await;
    let mut functions = BTreeMap::new();
    for (name, function, status) in EVENTS {
        if !functions.contains_key(function) {
            functions.insert(function, start(&provider, function).await);
        }
        let in_lambda = functions[function].invoke(event(name, &values)).await.unwrap();
        if name == "token" {
            values.insert("code", second_code.clone());
        }
        let on_laptop =
            provider.gateway.invoke_by_name(function, event(name, &values)).await.unwrap();
        let (in_lambda, on_laptop) = (Answer::of_lambda(&in_lambda), Answer::of_server(&on_laptop));
        assert_eq!(in_lambda, on_laptop, "{name}");
        assert_eq!(in_lambda.status, status, "{name}: {in_lambda:?}");
    }
    let routes = local::template::routes(include_str!("../template.yaml")).unwrap();
    let deployed: BTreeSet<_> = routes.iter().map(|route| route.function.as_str()).collect();
    assert_eq!(functions.into_keys().collect::<BTreeSet<_>>(), deployed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_was_frozen_goes_on_where_it_was() {
    let provider = Provider::open_to_all().await;
    let (values, _) = values(&provider).await;
    let function = start(&provider, "cardea-userinfo").await;
    let before = function.invoke(event("userinfo", &values)).await.unwrap();
    assert_eq!(before["statusCode"], 200);
    // Which is when Lambda may freeze it.
    function.has_asked(2).await;
    let signal = |name: &str| {
        let id = function.process.id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    };
    signal("-STOP");
    tokio::time::sleep(Duration::from_secs(2)).await;
    signal("-CONT");
    assert_eq!(function.invoke(event("userinfo", &values)).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_leaves_one_line_and_no_secret_in_the_log() {
    let provider = Provider::open_to_all().await;
    let (values, _) = values(&provider).await;
    for (name, function) in [
        ("token", "cardea-token"),
        ("userinfo", "cardea-userinfo"),
        ("consent", "cardea-consent"),
        ("tenant-settings", "cardea-tenant-settings"),
    ] {
        let variables = [
            ("AWS_ENDPOINT_URL_DYNAMODB", provider.database.as_str()),
            ("AWS_ENDPOINT_URL", provider.aws.endpoint.as_str()),
            ("CARDEA_SEALING_KEY", SEALING_KEY),
            ("CARDEA_LOG_LEVEL", "trace"),
        ];
        let lambda = Lambda::start(binary(function), &variables).await;
        lambda.invoke(event(name, &values)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let log = lambda.log();
        let [line] = &log.lines().collect::<Vec<_>>()[..] else { panic!("{log}") };
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["function"], &line["status"]), (&json!(function), &json!(200)), "{line}");
        assert_eq!(line["tenant"].as_str().unwrap(), values["host"]);
        assert_eq!(line["request_id"], "BcdEfGhIjKlMnOp=");
        let secrets =
            ["browser", "sid", "code", "code_verifier", "access_token", "management_token"];
        for secret in secrets {
            assert!(!log.contains(&values[secret]), "{secret} in {log}");
        }
    }
}

/// Lambda's own API, as far as one function calls another by it: each event goes to `function`. Where it is, and what
/// the calls were.
async fn lambda_api(function: Lambda) -> (String, mpsc::UnboundedReceiver<(String, HeaderMap)>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let function = Arc::new(function);
    let invoke = async move |Path(name): Path<String>, headers: HeaderMap, body: Bytes| {
        sender.send((name, headers)).unwrap();
        let event: Value = serde_json::from_slice(&body).unwrap();
        let error = [("x-amz-function-error", "Unhandled")];
        match event["uri"].as_str().unwrap() {
            "https://throttled.example/" => StatusCode::TOO_MANY_REQUESTS.into_response(),
            "https://broken.example/" => (error, "null").into_response(),
            _ => function.invoke(event).await.unwrap().to_string().into_response(),
        }
    };
    let router = Router::new().route("/2015-03-31/functions/{name}/invocations", post(invoke));
    tokio::spawn(async { axum::serve(listener, router).await });
    (url, receiver)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_refers_to_is_fetched_by_another_function_that_is_called_by_name() {
    let provider = Provider::open_to_all().await;
    let change = json!({ "dynamic_client_registration": { "allow_fetching": true } });
    assert_eq!(provider.change_settings(&change).await.status(), 200);
    let (url, mut calls) = lambda_api(start(&provider, "cardea-fetch").await).await;
    let variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", provider.database.as_str()),
        ("AWS_ENDPOINT_URL_LAMBDA", url.as_str()),
        ("AWS_ENDPOINT_URL", provider.aws.endpoint.as_str()),
        ("CARDEA_SEALING_KEY", SEALING_KEY),
        ("CARDEA_FETCH_FUNCTION", "cardea-fetch"),
    ];
    let register = Lambda::start(binary("cardea-register"), &variables).await;
    let host = provider.issuer.split('/').nth(2).unwrap().to_owned();
    let mut event = event("register", &BTreeMap::from([("host", host)]));
    event["isBase64Encoded"] = false.into();
    for (uri, status, why) in [
        ("https://127.0.0.1/", 400, "sector_identifier_uri must not lead to an address outside"),
        ("https://throttled.example/", 503, "try again"),
        ("https://broken.example/", 503, "try again"),
    ] {
        let body =
            json!({ "redirect_uris": ["https://app.example/cb"], "sector_identifier_uri": uri });
        event["body"] = body.to_string().into();
        let answer = register.invoke(event.clone()).await.unwrap();
        assert_eq!(answer["statusCode"], status, "{answer}");
        assert!(answer["body"].as_str().unwrap().contains(why), "{answer}");
        let (name, headers) = calls.recv().await.unwrap();
        assert_eq!(name, "cardea-fetch");
        let signature = headers["authorization"].to_str().unwrap();
        let credential = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/";
        assert!(signature.starts_with(credential), "{signature}");
        assert!(signature.contains("/eu-central-1/lambda/aws4_request"), "{signature}");
    }
    // Without its name there is nobody to ask.
    let nobody = Lambda::start(binary("cardea-register"), &variables[..4]).await;
    let answer = nobody.invoke(event).await.unwrap();
    assert_eq!(answer["statusCode"], 503, "{answer}");
}

/// The function that makes tenants in the table and the KMS of `provider`.
async fn start_bootstrap(provider: &Provider) -> Lambda {
    let variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", provider.database.as_str()),
        ("AWS_ENDPOINT_URL", provider.aws.endpoint.as_str()),
        ("CARDEA_SEALING_KEY", SEALING_KEY),
        ("CARDEA_SIGNING_KEY_POLICY", "{}"),
        ("CARDEA_CREDENTIALS_PREFIX", "cardea/"),
    ];
    Lambda::start(binary("cardea-bootstrap"), &variables).await
}

/// Where CloudFormation takes answers, once it has been silent so many times; and the answers.
async fn cloudformation(silences: usize) -> (String, mpsc::UnboundedReceiver<Value>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/answer?signature=a%2Bb", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let answer = async move |body: Bytes| {
        if asked.fetch_add(1, Ordering::Relaxed) < silences {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        sender.send(serde_json::from_slice::<Value>(&body).unwrap()).unwrap();
    };
    let router = Router::new().route("/answer", put(answer));
    tokio::spawn(async { axum::serve(listener, router).await });
    (url, receiver)
}

/// What CloudFormation asks of the function for a tenant with this issuer.
fn resource(kind: &str, issuer: &str) -> Value {
    json!({
        "RequestType": kind,
        "RequestId": "unique id for this request",
        "StackId": "arn:aws:cloudformation:eu-central-1:111122223333:stack/cardea/1",
        "ResourceType": "Custom::Tenant",
        "LogicalResourceId": "Tenant",
        "PhysicalResourceId": (kind != "Create").then_some("https://login.example.com/"),
        "ResourceProperties": {
            "ServiceToken": "arn:aws:lambda:eu-central-1:111122223333:function:cardea-bootstrap",
            "Issuer": issuer,
            "ExampleData": "false",
        },
    })
}

/// What a request of CloudFormation's comes to: what the function puts where it is told to.
async fn put_by_bootstrap(provider: &Provider, requests: &[Value]) -> Vec<Value> {
    let (url, mut receiver) = cloudformation(0).await;
    let bootstrap = start_bootstrap(provider).await;
    let mut answers = Vec::new();
    for request in requests {
        let mut request = request.clone();
        request["ResponseURL"] = url.as_str().into();
        bootstrap.invoke(request).await.unwrap();
        answers.push(receiver.recv().await.unwrap());
    }
    let kept: Value =
        serde_json::from_str(&provider.aws.secret("cardea/login.example.com").unwrap()).unwrap();
    let secret = kept["management"]["client_secret"].as_str().unwrap();
    assert!(!bootstrap.log().contains(secret));
    assert!(!answers.iter().any(|answer| answer.to_string().contains(secret)));
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tenant_is_a_resource_of_the_stack() {
    let provider = Provider::start().await;
    let issuer = "https://login.example.com/";
    let answers = put_by_bootstrap(
        &provider,
        &[
            resource("Create", issuer),
            resource("Update", issuer),
            resource("Update", "http://login.example.com/"),
            resource("Delete", issuer),
        ],
    )
    .await;
    for answer in &answers {
        assert_eq!(answer["LogicalResourceId"], "Tenant");
        assert_eq!(answer["RequestId"], "unique id for this request");
        assert_eq!(answer["PhysicalResourceId"], issuer, "another name would be a replacement");
    }
    let statuses: Vec<_> =
        answers.iter().map(|answer| answer["Status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["SUCCESS", "SUCCESS", "FAILED", "SUCCESS"]);
    assert_eq!(answers[0]["Data"]["CredentialsSecret"], "cardea/login.example.com");
    assert!(answers[2]["Reason"].as_str().unwrap().contains("https://HOST/"), "{}", answers[2]);
    // The laptop's own tenant has two keys in the same KMS, the new one two more, whatever was asked again.
    assert_eq!(provider.aws.signing_keys().len(), 4);
    let kept = provider.aws.signing_keys();
    assert!(kept.iter().all(|(_, is_enabled)| *is_enabled), "deleting deletes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cloudformation_is_told_before_lambda_ends_the_function() {
    const TIMEOUT: Duration = Duration::from_secs(12);
    let provider = Provider::start().await;
    let named = provider.aws.enabled_keys();
    provider.aws.trouble_after(1, "CreateKey", Trouble::Silence);
    provider.aws.trouble("DisableKey", Some(Trouble::Silence));
    let (url, mut answers) = cloudformation(1).await;
    let bootstrap = start_bootstrap(&provider).await;
    let mut request = resource("Create", "https://login.example.com/");
    request["ResponseURL"] = url.into();
    let told = bootstrap.invoke_with_timeout(request.clone(), TIMEOUT);
    tokio::time::timeout(TIMEOUT, told).await.expect("an answer in time").unwrap();
    let answer = answers.recv().await.unwrap();
    assert_eq!(answer["Status"], "FAILED");
    assert!(answer["Reason"].as_str().unwrap().contains("repeat it"), "{answer}");
    // What could not be disabled is named at least.
    let enabled = provider.aws.enabled_keys();
    let [left] = &enabled.difference(&named).collect::<Vec<_>>()[..] else { panic!("{enabled:?}") };
    bootstrap.has_asked(2).await;
    let log = bootstrap.log();
    assert!(
        log.lines().any(|line| line.contains("still_enabled") && line.contains(*left)),
        "{log}"
    );

    provider.aws.trouble("CreateKey", None);
    provider.aws.trouble("DisableKey", None);
    bootstrap.invoke(request).await.unwrap();
    assert_eq!(answers.recv().await.unwrap()["Status"], "SUCCESS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_are_told_what_is_wrong_with_their_command() {
    let provider = Provider::start().await;
    let bootstrap = start_bootstrap(&provider).await;
    let error = bootstrap.invoke(json!({ "create_tenant": {} })).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("missing field `issuer`") && message.contains("rotate_signing_key"));
    let command = json!({ "create_tenant": { "issuer": "https://other.example.com" } });
    let answer = bootstrap.invoke(command).await.unwrap();
    assert_eq!(answer["issuer"], "https://other.example.com/");
    assert_eq!(answer["credentials_secret"], "cardea/other.example.com");
}
