//! What the OpenID Foundation's conformance suite does before and around the point of each of its modules.

use super::{
    Arrival, Browser, ClientKey, Provider, REDIRECT_URI, RelyingParty, http, left_half_hash,
};
use jsonwebtoken::decode_header;
use reqwest::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// As long as the suite's.
const STATE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd~.";

/// What an ID Token holds unasked, at most.
const UNASKED: [&str; 17] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "nbf",
    "jti",
    "sid",
    "txn",
];

/// One way through the plans: those for `form_post` are the others once more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    pub(crate) response_type: &'static str,
    pub(crate) response_mode: &'static str,
}

impl Variant {
    /// Those of the Basic, Implicit and Hybrid plans and of their Form Post twins.
    pub(crate) fn all() -> Vec<Self> {
        let response_types = [
            "code",
            "id_token",
            "id_token token",
            "code id_token",
            "code token",
            "code id_token token",
        ];
        let of = |response_mode| move |response_type| Self { response_type, response_mode };
        let by_default = response_types.into_iter().map(of(""));
        by_default.chain(response_types.into_iter().map(of("form_post"))).collect()
    }

    pub(crate) fn has(self, word: &str) -> bool {
        self.response_type.split(' ').any(|other| other == word)
    }

    /// Whether an access token is issued, here or for the code.
    pub(crate) fn has_access_token(self) -> bool {
        self.response_type != "id_token"
    }
}

/// A provider as it is set up for certification: what scopes release is in ID Tokens only where there is no access token,
/// and nothing else is.
pub(crate) async fn certified() -> Provider {
    let provider = Provider::open_to_all().await;
    set_up(&provider, json!({})).await;
    provider
}

/// The same, which fetches what clients refer to, from this machine, and lets them manage their registrations.
pub(crate) async fn certified_to_fetch() -> Provider {
    let arguments = ["--ephemeral", "--port", "0", "--fetch-from-loopback"];
    let provider = Provider::start_with(&arguments).await;
    let policy = json!({ "allow_fetching": true, "client_registration_management": "full" });
    let flags = json!({ "enable_dynamic_client_registration": true });
    let more = json!({ "flags": flags, "dynamic_client_registration": policy });
    set_up(&provider, more).await;
    provider
}

async fn set_up(provider: &Provider, more: Value) {
    let mut change =
        json!({ "id_token_scope_claims": "without_access_token", "custom_claims": [] });
    change.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    assert_eq!(provider.change_settings(&change).await.status(), 200);
}

/// A module under way: a client of its own, and a browser of its own.
pub(crate) struct Module<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) browser: Browser<'a>,
    pub(crate) client: RelyingParty<'a>,
    pub(crate) variant: Variant,
    pub(crate) redirect_uri: String,
    /// The claims that an ID Token may hold besides.
    pub(crate) asked: Vec<&'static str>,
    /// Whether its codes are bound to a verifier (RFC 7636).
    pub(crate) has_verifier: bool,
    authentication: Authentication,
}

/// How the client proves who it is.
enum Authentication {
    Basic,
    Post,
    /// By an assertion for this audience.
    Assertion(ClientKey, String),
}

/// What the suite always registers.
fn metadata(variant: Variant) -> Value {
    let mut grant_types = vec![];
    grant_types.extend(variant.has("code").then_some("authorization_code"));
    grant_types.extend((variant.response_type != "code").then_some("implicit"));
    json!({
        "client_name": format!("{variant:?}"),
        "grant_types": grant_types,
        "response_types": [variant.response_type],
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": [REDIRECT_URI],
        "contacts": ["certification@app.example"],
    })
}

/// What came of a sign-in.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) answer: BTreeMap<String, String>,
    pub(crate) id_tokens: Vec<Value>,
    pub(crate) access_tokens: Vec<String>,
    /// What came from the token endpoint.
    pub(crate) tokens: Option<Value>,
    pub(crate) userinfo: Option<Value>,
}

impl<'a> Module<'a> {
    pub(crate) async fn start(provider: &'a Provider, variant: Variant) -> Self {
        Self::start_as(provider, variant, json!({})).await
    }

    /// With this metadata besides what the suite always registers.
    pub(crate) async fn start_as(provider: &'a Provider, variant: Variant, more: Value) -> Self {
        let mut metadata = metadata(variant);
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let registered = provider.register(&metadata).await;
        assert_eq!(registered["client_secret_expires_at"], 0);
        let is_by_post = registered["token_endpoint_auth_method"] == "client_secret_post";
        let authentication = if is_by_post { Authentication::Post } else { Authentication::Basic };
        Self::of(provider, variant, &registered, authentication)
    }

    /// By a client that signs assertions with `key`, for this audience.
    pub(crate) async fn start_with(
        provider: &'a Provider,
        variant: Variant,
        (key, audience): (ClientKey, String),
        more: Value,
    ) -> Self {
        let mut metadata = metadata(variant);
        let more = more.as_object().unwrap().clone();
        metadata["token_endpoint_auth_method"] = "private_key_jwt".into();
        if !more.contains_key("jwks_uri") {
            metadata["jwks"] = json!({ "keys": [key.jwk()] });
        }
        metadata.as_object_mut().unwrap().extend(more);
        let registered = provider.register(&metadata).await;
        assert_eq!(registered.get("client_secret"), None);
        Self::of(provider, variant, &registered, Authentication::Assertion(key, audience))
    }

    fn of(
        provider: &'a Provider,
        variant: Variant,
        registered: &Value,
        authentication: Authentication,
    ) -> Self {
        Self {
            provider,
            browser: Browser::new(provider),
            client: RelyingParty::of(provider, registered),
            variant,
            redirect_uri: registered["redirect_uris"][0].as_str().unwrap().to_owned(),
            asked: vec![],
            has_verifier: false,
            authentication,
        }
    }

    /// From now on it signs with this key.
    pub(crate) fn sign_with(&mut self, new: ClientKey) {
        let Authentication::Assertion(key, _) = &mut self.authentication else { panic!() };
        *key = new;
    }

    /// The parameters of a request, with these instead of the usual ones; an empty one is left out.
    pub(crate) fn parameters<'b>(&'b self, more: &[(&'b str, &'b str)]) -> Vec<(&'b str, &'b str)> {
        let mut all = vec![
            ("client_id", self.client.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", self.variant.response_type),
            ("response_mode", self.variant.response_mode),
            ("scope", "openid"),
            ("state", STATE),
            ("nonce", "NyUsoAxqxI"),
        ];
        all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        all.extend(more);
        all.retain(|(_, value)| !value.is_empty());
        all
    }

    pub(crate) fn url(&self, more: &[(&str, &str)]) -> String {
        self.client.url(&self.parameters(more))
    }

    /// The flow with these parameters, which must succeed.
    pub(crate) async fn succeeds(&mut self, more: &[(&str, &str)]) -> Outcome {
        let url = self.url(more);
        let arrival = self.browser.arrive(&url).await;
        let has_nonce = !more.contains(&("nonce", ""));
        self.check(arrival, has_nonce).await
    }

    /// What came to the client, by the right way, with its state and from the right issuer.
    pub(crate) fn answer(&self, arrival: Arrival) -> BTreeMap<String, String> {
        let answer = match (self.variant.response_mode, arrival) {
            ("form_post", Arrival::Page(page)) => page.form_post(&self.redirect_uri),
            ("", Arrival::Landing(landing)) => {
                assert!(landing.url.as_str().starts_with(&self.redirect_uri), "{landing:?}");
                let is_code = self.variant.response_type == "code";
                if is_code { landing.query() } else { landing.fragment() }
            }
            (mode, arrival) => panic!("not by {mode:?}: {arrival:?}"),
        };
        assert_eq!((&*answer["state"], &answer["iss"]), (STATE, &self.provider.issuer));
        answer
    }

    /// The error that came to the client, and nothing but an error.
    pub(crate) fn error(&self, arrival: Arrival) -> String {
        let answer = self.answer(arrival);
        is_error(&answer);
        answer["error"].clone()
    }

    /// Everything that a response must hold to, whatever the module is about.
    pub(crate) async fn check(&self, arrival: Arrival, has_nonce: bool) -> Outcome {
        let answer = self.answer(arrival);
        assert!(!answer.contains_key("error"), "{answer:?}");
        for word in ["code", "id_token", "token"] {
            let member = if word == "token" { "access_token" } else { word };
            assert_eq!(answer.contains_key(member), self.variant.has(word), "{member}");
        }
        let mut outcome = Outcome::default();
        outcome.access_tokens.extend(answer.get("access_token").cloned());
        if let Some(id_token) = answer.get("id_token") {
            let claims = self.id_token(id_token, has_nonce).await;
            for (hash, of) in [("at_hash", "access_token"), ("c_hash", "code")] {
                let expected = answer.get(of).map(|value| Value::from(left_half_hash(value)));
                assert_eq!(claims.get(hash), expected.as_ref(), "{hash}");
            }
            outcome.id_tokens.push(claims);
        }
        if let Some(code) = answer.get("code") {
            assert!(entropy(code) >= 128.0, "{code}");
            let tokens = self.exchange(code).await;
            outcome.access_tokens.push(tokens["access_token"].as_str().unwrap().to_owned());
            let id_token = tokens["id_token"].as_str().unwrap();
            outcome.id_tokens.push(self.id_token(id_token, has_nonce).await);
            outcome.tokens = Some(tokens);
        }
        let subs = || outcome.id_tokens.iter().map(|claims| (&claims["iss"], &claims["sub"]));
        assert!(subs().all(|sub| Some(sub) == subs().next()), "{outcome:?}");
        for token in &outcome.access_tokens {
            assert!(entropy(token) >= 96.0, "{token}");
            let request = http().get(self.provider.url("userinfo")).bearer_auth(token);
            outcome.userinfo = Some(self.userinfo(request, &outcome).await);
        }
        Outcome { answer, ..outcome }
    }

    /// The claims that the userinfo endpoint answers with, about the user of the ID Token.
    pub(crate) async fn userinfo(
        &self,
        request: reqwest::RequestBuilder,
        outcome: &Outcome,
    ) -> Value {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let is_signed = response.headers()["content-type"] == "application/jwt";
        let userinfo = if is_signed {
            self.client.verify_userinfo(&response.text().await.unwrap()).await
        } else {
            assert_eq!(response.headers()["content-type"], "application/json");
            response.json().await.unwrap()
        };
        assert_eq!(Some(&userinfo["sub"]), outcome.id_tokens.first().map(|claims| &claims["sub"]));
        userinfo
    }

    /// What the token endpoint answers when the code is presented.
    pub(crate) async fn redeem(&self, code: &str) -> Response {
        let mut form = self.client.exchange(code);
        form.retain(|(name, value)| match *name {
            "code_verifier" => self.has_verifier,
            "client_secret" | "client_id" => false,
            "redirect_uri" => *value == self.redirect_uri,
            _ => true,
        });
        if self.redirect_uri != REDIRECT_URI {
            form.push(("redirect_uri", &self.redirect_uri));
        }
        self.ask(form).await
    }

    /// What the token endpoint answers to `form` and the client's authentication.
    pub(crate) async fn ask(&self, mut form: Vec<(&str, &str)>) -> Response {
        let (id, secret) = (&self.client.client_id, self.client.client_secret.as_deref());
        let request = http().post(self.provider.url("oauth/token"));
        let assertion;
        let request = match &self.authentication {
            Authentication::Basic => request.basic_auth(id, secret),
            Authentication::Post => {
                form.extend([("client_id", &**id), ("client_secret", secret.unwrap())]);
                request
            }
            Authentication::Assertion(key, audience) => {
                assertion = key.assertion(id, audience, self.provider.now());
                form.extend(assertion.iter().map(|(name, value)| (*name, value.as_str())));
                request
            }
        };
        request.form(&form).send().await.unwrap()
    }

    async fn exchange(&self, code: &str) -> Value {
        let response = self.redeem(code).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        let tokens: Value = response.json().await.unwrap();
        assert_eq!(tokens["token_type"], "Bearer");
        assert!(tokens["expires_in"].as_u64().unwrap() > 0);
        tokens
    }

    /// Signature, issuer, audience and expiry are verified.
    async fn id_token(&self, text: &str, has_nonce: bool) -> Value {
        let claims = self.client.verify_id_token(text).await;
        assert!(decode_header(text).unwrap().kid.is_some_and(|kid| !kid.is_empty()));
        assert_eq!(claims.get("nonce").is_some(), has_nonce);
        assert_eq!(claims["iss"], self.provider.issuer);
        let (now, iat) = (self.provider.now(), claims["iat"].as_i64().unwrap());
        assert!((now - iat).abs() < 300 && claims["auth_time"].as_i64().unwrap() <= now);
        for name in claims.as_object().unwrap().keys().map(String::as_str) {
            assert!(
                UNASKED.contains(&name) || self.asked.contains(&name),
                "{name} was not asked for"
            );
        }
        claims
    }
}

/// That `answer` tells of an error and of nothing else, in the characters that RFC 6749 §4.1.2.1 allows.
pub(crate) fn is_error(answer: &BTreeMap<String, String>) {
    assert!(answer.contains_key("error"), "{answer:?}");
    let allowed = ["error", "error_description", "error_uri", "state", "iss", "session_state"];
    assert!(answer.keys().all(|name| allowed.contains(&name.as_str())), "{answer:?}");
    let is_allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    assert!(answer["error_description"].chars().all(is_allowed), "{answer:?}");
}

/// Shannon's, of the whole text, in bits.
#[expect(clippy::cast_precision_loss, reason = "a text has few characters")]
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_default() += 1;
    }
    let length = text.chars().count() as f64;
    counts.values().map(|count| *count as f64 / length).map(|p| -p * p.log2()).sum::<f64>() * length
}
