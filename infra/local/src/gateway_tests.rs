use super::{Gateway, event};
use crate::template::Route;
use lambda_http::{
    RequestExt,
    http::{Method, Request},
    request::from_str,
};

const TEMPLATE: &str = include_str!("../../../template.yaml");

fn route(method: Option<Method>, path: &str) -> Route {
    Route { function: "cardea-jwks".into(), method, path: path.into() }
}

#[test]
fn every_function_is_routed_to_and_every_route_leads_to_a_function() {
    let routes = crate::template::routes(TEMPLATE).unwrap();
    for (name, _) in crate::functions::FUNCTIONS {
        assert!(routes.iter().any(|route| route.function == *name), "{name}");
    }
}

const MORE: &str = "  More:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: cardea-more } }
    Properties: { Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: /more } } } }
";

#[tokio::test]
async fn a_template_that_disagrees_with_the_code_is_noticed() {
    for (template, why) in [
        (
            TEMPLATE.replace("Binary: cardea-jwks", "Binary: cardea-nobody"),
            "no route leads to cardea-jwks",
        ),
        (
            TEMPLATE.replace("\nResources:\n", &format!("\nResources:\n{MORE}")),
            "cardea-more is not a function",
        ),
        ("Resources: 1".to_owned(), "Resources is missing"),
    ] {
        let error = Gateway::new(crate::tests::app().await, &template).err().unwrap();
        assert_eq!(error.0, why);
    }
}

#[test]
fn paths_are_compared_as_written() {
    let jwks = route(None, "/.well-known/jwks.json");
    let one = route(Some(Method::GET), "/oidc/register/{client_id}");
    for (route, method, path, parameters) in [
        (&jwks, Method::GET, "/.well-known/jwks.json", Some(vec![])),
        (&jwks, Method::DELETE, "/.well-known/jwks.json", Some(vec![])),
        (&jwks, Method::GET, "/.well-known/JWKS.json", None),
        (&jwks, Method::GET, "/.well-known//jwks.json", None),
        (&jwks, Method::GET, "/.well-known/jwks.json/", None),
        (&jwks, Method::GET, "/.well-known%2fjwks.json", None),
        (&one, Method::GET, "/oidc/register/abc", Some(vec![("client_id", "abc")])),
        (&one, Method::POST, "/oidc/register/abc", None),
        (&one, Method::GET, "/oidc/register/", None),
    ] {
        assert_eq!(route.parameters(&method, path), parameters, "{method} {path}");
    }
}

#[test]
fn a_function_receives_what_api_gateway_would_send() {
    let (parts, body) = Request::post("/u/login?a=1&a=2&b=%20")
        .header("host", "localhost:8080")
        .header("cookie", "sid=1; browser=2")
        .header("accept", "a")
        .header("accept", "b")
        .body(b"\xff\x00".to_vec())
        .unwrap()
        .into_parts();
    let event = event(&route(None, "/u/login"), vec![], (&parts, &body), [127, 0, 0, 1].into());
    assert_eq!(event["isBase64Encoded"], true);
    assert_eq!(event["rawQueryString"], "a=1&a=2&b=%20");
    let request = from_str(&event.to_string()).unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri().query(), Some("a=1&a=2&b=%20"));
    assert_eq!(request.headers()["cookie"], "sid=1; browser=2");
    assert_eq!(request.headers()["accept"], "a,b");
    assert_eq!(request.body().as_ref(), b"\xff\x00");
    assert_eq!(request.raw_http_path(), "/u/login");
}
