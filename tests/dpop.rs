//! `DPoP` (RFC 9449): tokens that are worth nothing without the key that they are bound to.

use crate::harness::{API, Browser, ClientKey, Provider, RelyingParty, http};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

const SCOPE: &str = "openid offline_access";

/// A client's key, and the nonce that it was given last.
struct Holder<'a> {
    provider: &'a Provider,
    key: ClientKey,
    nonce: String,
}

impl<'a> Holder<'a> {
    /// With a nonce, as the first answer gives it one.
    async fn new(provider: &'a Provider, key: ClientKey) -> Self {
        let mut holder = Self { provider, key, nonce: String::new() };
        let client = RelyingParty::register_public(provider).await;
        let (_, code) = code(provider, &client, &[]).await;
        let refused = holder.send("oauth/token", &client.exchange(&code), &json!({})).await;
        assert_eq!(refused.status(), 400);
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["error"], "use_dpop_nonce");
        assert!(!holder.nonce.is_empty());
        holder
    }

    async fn es256(provider: &'a Provider) -> Self {
        Self::new(provider, ClientKey::new("a")).await
    }

    /// A proof for this request, with these claims besides or instead.
    fn proof(&self, method: &str, path: &str, more: &Value) -> String {
        let mut claims = json!({});
        if !self.nonce.is_empty() {
            claims["nonce"] = self.nonce.clone().into();
        }
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.key.proof((method, &self.provider.url(path)), self.provider.now(), &claims)
    }

    /// Posts `form` with a proof, and keeps the nonce that comes back.
    async fn send(&mut self, path: &str, form: &[(&str, &str)], more: &Value) -> Response {
        let proof = self.proof("POST", path, more);
        let request = http().post(self.provider.url(path)).form(form).header("dpop", proof);
        self.keep(request.send().await.unwrap())
    }

    fn keep(&mut self, response: Response) -> Response {
        if let Some(nonce) = response.headers().get("dpop-nonce") {
            nonce.to_str().unwrap().clone_into(&mut self.nonce);
        }
        response
    }

    async fn token(&mut self, form: &[(&str, &str)]) -> (u16, Value) {
        answer(self.send("oauth/token", form, &json!({})).await).await
    }

    /// What the userinfo endpoint says to the token by the `DPoP` scheme, with a proof.
    async fn userinfo(&mut self, token: &str, more: &Value) -> Response {
        let mut claims = json!({ "ath": hash(token) });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let proof = self.proof("GET", "userinfo", &claims);
        let request = by_dpop(self.provider, token).header("dpop", proof);
        self.keep(request.send().await.unwrap())
    }
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

fn by_dpop(provider: &Provider, token: &str) -> RequestBuilder {
    http().get(provider.url("userinfo")).header("authorization", format!("DPoP {token}"))
}

async fn answer(response: Response) -> (u16, Value) {
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A code for what these parameters ask for, and the browser that it came to.
async fn code<'a>(
    provider: &'a Provider,
    client: &RelyingParty<'_>,
    more: &[(&str, &str)],
) -> (Browser<'a>, String) {
    let mut parameters = vec![("scope", SCOPE), ("nonce", "n")];
    parameters.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    parameters.extend(more);
    let mut browser = Browser::new(provider);
    let answer = browser.authorize(&client.code_url(&parameters)).await.query();
    (browser, answer["code"].clone())
}

fn renewal<'a>(client: &'a RelyingParty<'_>, tokens: &'a Value) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", client.client_id.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    form.extend(client.client_secret.as_deref().map(|secret| ("client_secret", secret)));
    form
}

async fn plain(provider: &Provider, form: &[(&str, &str)]) -> (u16, Value) {
    answer(provider.post_form("oauth/token", form).await).await
}

fn challenge(response: &Response) -> String {
    response.headers()["www-authenticate"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_is_bound_to_the_key_whose_proof_came_with_the_code() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    for key in [ClientKey::new("a"), ClientKey::rsa("a", "RS256"), ClientKey::rsa("a", "PS256")] {
        let jkt = key.thumbprint();
        let mut holder = Holder::new(&provider, key).await;
        for more in [&[][..], &[("scope", "openid read:contacts"), ("audience", API)]] {
            let (_, code) = code(&provider, &client, more).await;
            let (status, tokens) = holder.token(&client.exchange(&code)).await;
            assert_eq!((status, &tokens["token_type"]), (200, &json!("DPoP")), "{tokens}");
            let token = tokens["access_token"].as_str().unwrap();
            if !more.is_empty() {
                let claims = client.verify_access_token(token).await;
                assert_eq!(claims["cnf"], json!({ "jkt": jkt }));
            }
            let told = holder.userinfo(token, &json!({})).await;
            assert_eq!(told.status(), 200);
            let sub = told.json::<Value>().await.unwrap()["sub"].clone();
            let id_token = client.verify_id_token(tokens["id_token"].as_str().unwrap()).await;
            assert_eq!((&sub, id_token.get("cnf")), (&id_token["sub"], None));
        }
    }
    // Whoever does not ask for it gets what everybody gets.
    let (_, code) = code(&provider, &client, &[]).await;
    let response = provider.post_form("oauth/token", &client.exchange(&code)).await;
    assert_eq!(response.headers().get("dpop-nonce"), None);
    assert_eq!(response.json::<Value>().await.unwrap()["token_type"], "Bearer");
}

#[tokio::test]
async fn whoever_has_a_bound_token_and_not_its_key_has_nothing() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let (mut holder, mut thief) = (Holder::es256(&provider).await, Holder::es256(&provider).await);
    let (_, code) = code(&provider, &client, &[]).await;
    let (_, tokens) = holder.token(&client.exchange(&code)).await;
    let token = tokens["access_token"].as_str().unwrap();

    let as_bearer = http().get(provider.url("userinfo")).bearer_auth(token).send().await.unwrap();
    let in_a_form = provider.post_form("userinfo", &[("access_token", token)]).await;
    let other_key = thief.userinfo(token, &json!({})).await;
    for refused in [as_bearer, in_a_form, other_key] {
        assert_eq!(refused.status(), 401);
        assert_eq!(refused.headers()["access-control-allow-origin"], "*");
        let challenge = challenge(&refused);
        assert!(challenge.starts_with("DPoP "), "{challenge}");
        assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
        assert!(challenge.contains(r#"algs="RS256 PS256 ES256""#), "{challenge}");
    }
    let without = by_dpop(&provider, token).send().await.unwrap();
    let other_token = holder.userinfo(token, &json!({ "ath": hash("another") })).await;
    let no_hash = holder.userinfo(token, &json!({ "ath": null })).await;
    let other_method = holder.userinfo(token, &json!({ "htm": "POST" })).await;
    let other_uri = holder.userinfo(token, &json!({ "htu": provider.url("oauth/token") })).await;
    for refused in [without, other_token, no_hash, other_method, other_uri] {
        assert_eq!(refused.status(), 401);
        assert!(challenge(&refused).contains(r#"error="invalid_dpop_proof""#));
        assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_dpop_proof");
    }
    // A proof that somebody saw is used up.
    let proof = holder.proof("GET", "userinfo", &json!({ "ath": hash(token) }));
    for status in [200, 401] {
        let request = by_dpop(&provider, token).header("dpop", &proof);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    // And one that is bound to nothing is no token of this scheme.
    let url = client.url(&[("response_type", "token"), ("scope", "openid")]);
    let bearer = Browser::new(&provider).authorize(&url).await.fragment()["access_token"].clone();
    assert_eq!(holder.userinfo(&bearer, &json!({})).await.status(), 401);
}

#[tokio::test]
async fn whoever_came_by_this_scheme_is_challenged_by_it_whatever_is_wrong() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut holder = Holder::es256(&provider).await;
    let (_, without_openid) = code(&provider, &client, &[("scope", "email")]).await;
    let (_, tokens) = holder.token(&client.exchange(&without_openid)).await;
    let unknown = holder.userinfo("at_unknown", &json!({})).await;
    assert!(challenge(&unknown).starts_with(r#"DPoP realm="Cardea", error="invalid_token""#));
    let token = tokens["access_token"].as_str().unwrap();
    let insufficient = holder.userinfo(token, &json!({})).await;
    assert_eq!(insufficient.status(), 403);
    let challenge = challenge(&insufficient);
    assert!(challenge.starts_with("DPoP "), "{challenge}");
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="openid""#), "{challenge}");
}

#[tokio::test]
async fn a_proof_that_does_not_fit_is_refused_and_leaves_the_code_good() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut holder = Holder::es256(&provider).await;
    let (_, code) = code(&provider, &client, &[]).await;
    let form = client.exchange(&code);
    let now = provider.now();
    for change in [
        json!({ "htm": "GET" }),
        json!({ "htu": provider.url("userinfo") }),
        json!({ "htu": "https://evil.example/oauth/token" }),
        json!({ "iat": now - 300 }),
        json!({ "iat": now + 61 }),
        json!({ "jti": "" }),
    ] {
        let refused = holder.send("oauth/token", &form, &change).await;
        let (status, body) = answer(refused).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_dpop_proof")), "{change}");
    }
    let proof = holder.proof("POST", "oauth/token", &json!({}));
    for headers in [vec!["x".to_owned()], vec![String::new()], vec![proof.clone(), proof]] {
        let mut request = http().post(provider.url("oauth/token")).form(&form);
        for header in headers {
            request = request.header("dpop", header);
        }
        let (status, body) = answer(request.send().await.unwrap()).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_dpop_proof")));
    }
    assert_eq!(holder.token(&form).await.0, 200);
}

#[tokio::test]
async fn a_nonce_is_ours_and_of_the_last_minutes() {
    let provider = Provider::open_to_all().await;
    let other = provider.another_tenant().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut holder = Holder::es256(&provider).await;
    let foreign = Holder::es256(&other).await.nonce;
    let (_, code) = code(&provider, &client, &[]).await;
    let form = client.exchange(&code);
    let good = holder.nonce.clone();
    let (time, mac) = good.split_once('.').unwrap();
    let later = format!("{}.{mac}", time.parse::<i64>().unwrap() + 1);
    for nonce in ["", "x", "1.x", time, &later, &foreign] {
        let refused = holder.send("oauth/token", &form, &json!({ "nonce": nonce })).await;
        assert!(refused.headers().contains_key("dpop-nonce"), "{nonce}");
        let exposed = refused.headers()["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("DPoP-Nonce"), "so that browsers show it to their pages");
        let (status, body) = answer(refused).await;
        assert_eq!((status, &body["error"]), (400, &json!("use_dpop_nonce")), "{nonce}");
    }
    provider.advance(Duration::from_secs(29));
    let answered = holder.send("oauth/token", &form, &json!({ "nonce": good })).await;
    assert_eq!(answered.status(), 200);
    assert_ne!(answered.headers()["dpop-nonce"], *good, "the next is there already");
    let (_, tokens) = answer(answered).await;
    let token = tokens["access_token"].as_str().unwrap();
    provider.advance(Duration::from_secs(271));
    let stale = holder.userinfo(token, &json!({ "nonce": good })).await;
    assert_eq!(stale.status(), 401);
    assert!(challenge(&stale).contains(r#"error="use_dpop_nonce""#));
    let answered = holder.userinfo(token, &json!({})).await;
    assert_eq!(answered.status(), 200, "by the nonce that came with the refusal");
    assert!(answered.headers().contains_key("dpop-nonce"));
}

#[tokio::test]
async fn of_many_uses_of_one_proof_at_once_one_succeeds_and_spends_its_code() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut holder = Holder::es256(&provider).await;
    let (mut browser, first) = code(&provider, &client, &[]).await;
    let url = client.code_url(&[("scope", SCOPE), ("nonce", "n")]);
    let mut codes = vec![first];
    for _ in 0..9 {
        codes.push(browser.landing(&url).await.query()["code"].clone());
    }
    let proof = holder.proof("POST", "oauth/token", &json!({}));
    let attempts = codes.iter().map(|code| {
        let request = http().post(provider.url("oauth/token")).form(&client.exchange(code));
        let request = request.header("dpop", &proof);
        async { answer(request.send().await.unwrap()).await }
    });
    let answers = join_all(attempts).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
    for ((status, body), code) in answers.iter().zip(&codes) {
        if *status != 200 {
            assert_eq!((*status, &body["error"]), (400, &json!("invalid_dpop_proof")));
            assert_eq!(holder.token(&client.exchange(code)).await.0, 200, "not spent");
        }
    }
}

#[tokio::test]
async fn a_public_clients_refresh_token_is_bound_to_the_key() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let (mut holder, mut thief) = (Holder::es256(&provider).await, Holder::es256(&provider).await);
    let (_, code) = code(&provider, &client, &[]).await;
    let (_, first) = holder.token(&client.exchange(&code)).await;
    let (status, refusal) = plain(&provider, &renewal(&client, &first)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_dpop_proof")));
    let (status, refusal) = thief.token(&renewal(&client, &first)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
    let (status, second) = holder.token(&renewal(&client, &first)).await;
    assert_eq!((status, &second["token_type"]), (200, &json!("DPoP")), "{second}");
    let token = second["access_token"].as_str().unwrap();
    assert_eq!(holder.userinfo(token, &json!({})).await.status(), 200);
    // A spent one in other hands ends nothing: they can't use it.
    provider.advance(Duration::from_mins(1));
    assert_eq!(thief.token(&renewal(&client, &first)).await.0, 400);
    assert_eq!(holder.token(&renewal(&client, &second)).await.0, 200);
}

#[tokio::test]
async fn a_public_clients_refresh_token_that_nobody_bound_is_not_renewed_for_a_proof() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut holder = Holder::es256(&provider).await;
    let (_, code) = code(&provider, &client, &[]).await;
    let (_, first) = plain(&provider, &client.exchange(&code)).await;
    let (status, refusal) = holder.token(&renewal(&client, &first)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
    assert_eq!(plain(&provider, &renewal(&client, &first)).await.0, 200, "nothing is spent by it");
}

#[tokio::test]
async fn a_confidential_clients_refresh_token_is_bound_to_the_client_alone() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let (mut one, mut other) = (Holder::es256(&provider).await, Holder::es256(&provider).await);
    let (_, code) = code(&provider, &client, &[]).await;
    let (_, first) = one.token(&client.exchange(&code)).await;
    let (status, second) = other.token(&renewal(&client, &first)).await;
    assert_eq!((status, &second["token_type"]), (200, &json!("DPoP")));
    let token = second["access_token"].as_str().unwrap();
    assert_eq!(other.userinfo(token, &json!({})).await.status(), 200);
    assert_eq!(one.userinfo(token, &json!({})).await.status(), 401);
    let (status, third) = plain(&provider, &renewal(&client, &second)).await;
    assert_eq!((status, &third["token_type"]), (200, &json!("Bearer")));
    // Whoever may ask what a token is is told its key.
    let secret = client.client_secret.as_deref().unwrap();
    let question = [("client_id", &*client.client_id), ("client_secret", secret), ("token", token)];
    let told = provider.post_form("oauth/introspect", &question).await;
    let told: Value = told.json().await.unwrap();
    let cnf = json!({ "jkt": other.key.thumbprint() });
    assert_eq!((&told["token_type"], &told["cnf"]), (&json!("DPoP"), &cnf));
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_the_request_named() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register(&provider).await;
    let (mut holder, mut thief) = (Holder::es256(&provider).await, Holder::es256(&provider).await);
    let jkt = holder.key.thumbprint();
    let (_, code) = code(&provider, &client, &[("dpop_jkt", &jkt)]).await;
    let form = client.exchange(&code);
    let (status, refusal) = plain(&provider, &form).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_dpop_proof")));
    let (status, refusal) = thief.token(&form).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
    assert_eq!(holder.token(&form).await.0, 200);
    for wrong in ["x", &jkt[1..], &format!("{jkt}=")] {
        let url = client.code_url(&[("scope", "openid"), ("dpop_jkt", wrong)]);
        let refused = Browser::new(&provider).landing(&url).await.query();
        assert_eq!(refused["error"], "invalid_request", "{wrong}");
    }
}

#[tokio::test]
async fn a_pushed_request_is_bound_by_its_parameter_or_by_its_proof() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let (mut holder, mut thief) = (Holder::es256(&provider).await, Holder::es256(&provider).await);
    let jkt = holder.key.thumbprint();
    let url = Url::parse(&client.code_url(&[("scope", SCOPE), ("nonce", "n")])).unwrap();
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut form: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
    let by_proof = holder.send("oauth/par", &form, &json!({})).await;
    assert_eq!(by_proof.status(), 201);
    assert!(by_proof.headers().contains_key("dpop-nonce"));
    form.push(("dpop_jkt", &jkt));
    let by_both = holder.send("oauth/par", &form, &json!({})).await;
    let by_name = provider.post_form("oauth/par", &form).await;
    for pushed in [by_proof, by_both, by_name] {
        assert_eq!(pushed.status(), 201);
        let pushed: Value = pushed.json().await.unwrap();
        let parameters = [
            ("client_id", &*client.client_id),
            ("request_uri", pushed["request_uri"].as_str().unwrap()),
        ];
        let url = Url::parse_with_params(&provider.url("authorize"), parameters).unwrap();
        let code = Browser::new(&provider).authorize(url.as_str()).await.query()["code"].clone();
        let form = client.exchange(&code);
        assert_eq!(plain(&provider, &form).await.1["error"], "invalid_dpop_proof");
        assert_eq!(thief.token(&form).await.1["error"], "invalid_grant");
        assert_eq!(holder.token(&form).await.0, 200);
    }
    let (status, refusal) = answer(thief.send("oauth/par", &form, &json!({})).await).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_dpop_proof")), "two keys");
    let (status, refusal) =
        answer(holder.send("oauth/par", &form, &json!({ "nonce": "x" })).await).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("use_dpop_nonce")));
}

#[tokio::test]
async fn a_client_that_registered_so_gets_no_token_without_a_key() {
    let provider = Provider::open_to_all().await;
    let bound = json!({ "dpop_bound_access_tokens": true });
    let client = RelyingParty::register_as(&provider, bound).await;
    let mut holder = Holder::es256(&provider).await;
    let (_, code) = code(&provider, &client, &[]).await;
    let (status, refusal) = plain(&provider, &client.exchange(&code)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_dpop_proof")));
    let (status, tokens) = holder.token(&client.exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    let (status, refusal) = plain(&provider, &renewal(&client, &tokens)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_dpop_proof")));
    for response_type in ["token", "id_token token", "code token"] {
        let url =
            client.url(&[("response_type", response_type), ("scope", "openid"), ("nonce", "n")]);
        let refused = Browser::new(&provider).landing(&url).await.fragment();
        assert_eq!(refused["error"], "unauthorized_client", "{response_type}");
    }
    let url = client.url(&[("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")]);
    assert!(Browser::new(&provider).authorize(&url).await.fragment().contains_key("id_token"));
}

#[tokio::test]
async fn a_client_gets_bound_tokens_for_itself_which_nobody_can_bear() {
    let provider = Provider::open_to_all().await;
    let mut holder = Holder::es256(&provider).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", provider.management("client_id")),
        ("client_secret", provider.management("client_secret")),
        ("audience", provider.management("audience")),
    ];
    let (status, tokens) = holder.token(&form).await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("DPoP")), "{tokens}");
    let token = tokens["access_token"].as_str().unwrap();
    let request = http().get(provider.url("api/v2/clients")).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_proof_takes_no_step_at_the_token_endpoint_and_one_at_userinfo() {
    let provider = Provider::open_to_all().await;
    let client = RelyingParty::register_public(&provider).await;
    let mut holder = Holder::es256(&provider).await;
    let (_, first) = code(&provider, &client, &[]).await;
    let (_, tokens) = holder.token(&client.exchange(&first)).await;
    let (_, second) = code(&provider, &client, &[]).await;
    provider.round_trips.take();
    let (status, _) = holder.token(&client.exchange(&second)).await;
    assert_eq!((status, provider.round_trips.take()), (200, (4, 3)));
    holder.token(&renewal(&client, &tokens)).await;
    assert_eq!(provider.round_trips.take(), (3, 3), "get → put(proof) ∥ sign → advance");
    holder.userinfo(tokens["access_token"].as_str().unwrap(), &json!({})).await;
    assert_eq!(provider.round_trips.take(), (2, 2));
}
