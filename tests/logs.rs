//! What the functions log: each request once, with its metrics, and never a secret, an address or a word of a
//! stranger's.

use crate::harness::{API, Browser, CODE_VERIFIER, Lines, Provider, RelyingParty, Trouble, http};
use serde_json::{Value, json};

const STATE: &str = "sentinel-state";
const NONCE: &str = "sentinel-nonce";
const PASSWORD: &str = "sentinel-wrong-password";
const EMAIL: &str = "sentinel@example.com";
const NAME: &str = "Sentinel Application";

/// Everything that must not be told, gathered on the way through every flow, the wrong turns included.
async fn every_flow(provider: &Provider) -> Vec<String> {
    let metadata = json!({
        "client_name": NAME,
        "redirect_uris": ["https://app.example/cb"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let client = RelyingParty::register_as(provider, metadata).await;
    let secret = client.client_secret.clone().unwrap();
    let mut browser = Browser::new(provider);
    let asked = [("scope", "openid email read:contacts"), ("audience", API), ("state", STATE)];
    let login = browser.page(&client.code_url(&asked)).await;
    browser.submit(&login, &[("username", EMAIL), ("password", PASSWORD)]).await.page();
    let code = browser.authorize(&client.code_url(&asked)).await.query()["code"].clone();
    let mut form = client.exchange(&code);
    form.retain(|(name, _)| !name.starts_with("client_"));
    let exchange = async |secret: &str| {
        let request = http().post(provider.url("oauth/token")).form(&form);
        request.basic_auth(&client.client_id, Some(secret)).send().await.unwrap()
    };
    exchange("sentinel-wrong-secret").await;
    provider.aws.trouble("Sign", Some(Trouble::Error("DisabledException", 400)));
    exchange(&secret).await;
    provider.aws.trouble("Sign", None);
    provider.outage.of(&["BatchGetItem"]);
    exchange(&secret).await;
    provider.outage.of(&[]);
    let tokens: Value = exchange(&secret).await.json().await.unwrap();
    exchange(&secret).await;
    let implicit = [("response_type", "id_token token"), ("nonce", NONCE)];
    let answer = browser.landing(&client.url(&[&implicit[..], &asked].concat())).await.fragment();
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    for bearer in [&token("access_token"), "sentinel-token"] {
        let request = http().post(provider.url("userinfo")).bearer_auth(bearer);
        request.send().await.unwrap();
    }
    provider.change_settings(&json!({ "friendly_name": "Sentinel Tenant" })).await;
    let management = provider.management_token(None).await;
    let mut untold = vec![secret, code, token("access_token"), token("id_token"), management];
    untold.extend(
        answer.into_iter().filter(|(name, _)| name.ends_with("token")).map(|(_, token)| token),
    );
    untold.extend(browser.cookies.values().cloned());
    let hint = token("id_token");
    let logout = format!("oidc/logout?id_token_hint={hint}&state={STATE}");
    browser.page(&provider.url(&logout)).await;
    for known in [provider.user("password"), provider.user("email"), CODE_VERIFIER] {
        untold.push(known.to_owned());
    }
    untold.push(provider.management("client_secret").to_owned());
    untold
}

#[tokio::test]
async fn no_secret_and_no_word_of_a_stranger_is_ever_logged() {
    let (lines, _guard) = Lines::collect();
    let provider = Provider::open_to_all().await;
    let untold = every_flow(&provider).await;
    let text = lines.text();
    for secret in &untold {
        assert!(!text.contains(secret.as_str()), "{secret}");
    }
    assert!(untold.len() > 10);
    for word in ["sentinel", "Sentinel", "app.example", "127.0.0.1"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    let tenant = provider.issuer.split('/').nth(2).unwrap();
    for line in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        assert_eq!(line["tenant"], tenant, "{line}");
        assert_eq!(line["request_id"].as_str().unwrap().len(), 15, "{line}");
        assert!(line["function"].as_str().unwrap().starts_with("cardea-"), "{line}");
    }
    let causes = text.lines().filter(|line| line.contains("DisabledException")).count();
    assert_eq!(causes, 1, "why it failed is told once, and to nobody else");
}

#[tokio::test]
async fn what_happens_is_counted() {
    let (lines, _guard) = Lines::collect();
    let provider = Provider::open_to_all().await;
    every_flow(&provider).await;
    let requests = lines.of_requests();
    let sum = |function: &str, metric: &str| -> u64 {
        let own = requests.iter().filter(|line| line["function"] == function);
        own.filter_map(|line| line[metric].as_u64()).sum()
    };
    assert_eq!(sum("cardea-register", "Registrations"), 1);
    assert_eq!(sum("cardea-login", "SignIns"), 1);
    assert_eq!(sum("cardea-logout", "SignOuts"), 1);
    assert_eq!(sum("cardea-authorize", "CodesIssued"), 1);
    assert_eq!(sum("cardea-authorize", "TokensIssued"), 1);
    // Three management tokens, and one exchange that succeeded.
    assert_eq!(sum("cardea-token", "TokensIssued"), 4);
    let refusals: Vec<_> = requests
        .iter()
        .filter(|line| line["Refusals"] == 1)
        .map(|line| (line["function"].as_str().unwrap(), line["error"].as_str().unwrap()))
        .collect();
    let expected = [
        ("cardea-login", "wrong_credentials"),
        ("cardea-token", "invalid_client"),
        ("cardea-token", "temporarily_unavailable"),
        ("cardea-token", "temporarily_unavailable"),
        ("cardea-token", "invalid_grant"),
        ("cardea-userinfo", "invalid_token"),
        ("cardea-userinfo", "invalid_token"),
    ];
    assert_eq!(refusals, expected);
    let signed = requests.iter().find(|line| line["KMSLatency"].is_array()).unwrap();
    assert!(signed["KMSLatency"][0].as_f64().unwrap() > 0.0);
    assert!(requests.iter().any(|line| line["DynamoDBLatency"][0].as_f64().is_some()));
}
