//! What the functions are sent, as events of API Gateway.

use crate::{
    harness::{API, Browser, CODE_VERIFIER, Provider, RelyingParty, event},
    operations::Operation::{
        self, Api, ChangeOfSettings, ClientCredentials, ClientGrants, Clients, Code, CodeExchange,
        Consent, ConsentForm, CreateTenant, Discovery, Document, Implicit, InitialAccessTokens,
        Introspection, KeySet, LogoutForm, Logs, OneClient, OwnRegistration, PushedRequest,
        Registration, Renewal, Revocation, Sessions, Settings, SignIn, SignInForm, StartPage,
        ToSignIn, UserInfo,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use shared::http::Response;
use std::collections::BTreeMap;
use url::{Url, form_urlencoded::Serializer};

/// A provider with a client, and a user who has signed in and consented.
pub(crate) struct Samples<'a> {
    provider: &'a Provider,
    client: RelyingParty<'a>,
    values: BTreeMap<&'static str, String>,
}

impl<'a> Samples<'a> {
    pub(crate) async fn new(provider: &'a Provider) -> Self {
        let policy = json!({ "dynamic_client_registration": {
            "registrations_per_tenant": 30_000,
            "client_registration_management": "read",
        } });
        assert_eq!(provider.change_settings(&policy).await.status(), 200);
        let managed = json!({ "redirect_uris": ["https://app.example/managed"] });
        let managed = provider.register(&managed).await;
        let of_managed = |member: &str| managed[member].as_str().unwrap().to_owned();
        let client = RelyingParty::register_public(provider).await;
        let mut browser = Browser::new(provider);
        let url = client.code_url(&Self::for_the_api());
        let code = browser.authorize(&url).await.query()["code"].clone();
        let tokens = provider.post_form("oauth/token", &client.exchange(&code)).await;
        let tokens: Value = tokens.json().await.unwrap();
        let values = BTreeMap::from([
            ("host", provider.issuer.split('/').nth(2).unwrap().to_owned()),
            ("client_id", client.client_id.clone()),
            ("browser", browser.cookies["browser"].clone()),
            ("sid", browser.cookies["sid"].clone()),
            ("code_verifier", CODE_VERIFIER.to_owned()),
            ("access_token", tokens["access_token"].as_str().unwrap().to_owned()),
            ("management_token", provider.management_token(None).await),
            ("management_client_id", provider.management("client_id").to_owned()),
            ("management_client_secret", provider.management("client_secret").to_owned()),
            ("managed_client_id", of_managed("client_id")),
            ("registration_access_token", of_managed("registration_access_token")),
        ]);
        Self { provider, client, values }
    }

    fn for_the_api() -> [(&'static str, &'static str); 2] {
        [("scope", "openid profile read:contacts"), ("audience", API)]
    }

    /// `count` events of `operation`, each of which can be answered once.
    pub(crate) async fn events(&self, operation: Operation, count: usize) -> Vec<Value> {
        match operation {
            CodeExchange => self.exchanges(count).await,
            Renewal => self.renewals(count).await,
            // From elsewhere each time: nobody registers so often.
            Registration => (0..count).map(|turn| self.registration(turn)).collect(),
            _ => vec![self.event(operation).await; count],
        }
    }

    async fn event(&self, operation: Operation) -> Value {
        match operation {
            StartPage => event("start-page", &self.values),
            Discovery => event("openid-configuration", &self.values),
            KeySet => event("jwks", &self.values),
            OwnRegistration => event("client-configuration", &self.values),
            PushedRequest => event("pushed-authorization", &self.values),
            Revocation => event("revoke", &self.values),
            Introspection => event("introspect", &self.values),
            OneClient => self.one_client(),
            Clients => self.ten_of("clients"),
            Sessions => event("sessions", &self.values),
            Logs => self.ten_of("logs"),
            LogoutForm => event("logout", &self.values),
            UserInfo => event("userinfo", &self.values),
            Settings => event("tenant-settings", &self.values),
            InitialAccessTokens => event("initial-access-tokens", &self.values),
            Api => event("resource-servers", &self.values),
            ClientGrants => event("client-grants", &self.values),
            ToSignIn | Code | Implicit => self.authorization(operation),
            SignInForm => self.page("login", "GET", ""),
            ConsentForm => self.page("consent", "GET", ""),
            SignIn => {
                let user = ["email", "password"].map(|member| self.provider.user(member));
                self.submission("login", &[("username", user[0]), ("password", user[1])]).await
            }
            Consent => self.submission("consent", &[("allow", "true")]).await,
            ClientCredentials => self.client_credentials(),
            ChangeOfSettings => self.change_of_settings(),
            CreateTenant => {
                json!({ "create_tenant": { "issuer": "https://login.example.com/" } })
            }
            // An address of no network (RFC 5737), so that nothing is asked there.
            Document => json!({
                "tenant": self.values["host"],
                "uri": "https://192.0.2.1/",
                "get": { "kind": "json", "freshness": "renewed" },
            }),
            CodeExchange | Renewal | Registration => panic!("each is another"),
        }
    }

    /// The query of an authorization request.
    fn query(&self, operation: Operation) -> String {
        let implicit = [("response_type", "id_token token"), ("nonce", "n-0S6_WzA2Mj")];
        let url = match operation {
            Implicit => self.client.url(&[&implicit[..], &Self::for_the_api()].concat()),
            _ => self.client.code_url(&Self::for_the_api()),
        };
        Url::parse(&url).unwrap().query().unwrap().to_owned()
    }

    fn authorization(&self, operation: Operation) -> Value {
        let mut event = event("authorize", &self.values);
        event["rawQueryString"] = self.query(operation).into();
        if operation != ToSignIn {
            event["cookies"] = self.cookies();
        }
        event
    }

    fn cookies(&self) -> Value {
        json!([self.cookie("browser"), self.cookie("sid")])
    }

    fn cookie(&self, name: &str) -> String {
        format!("{name}={}", self.values[name])
    }

    /// A list, of which there is more.
    fn ten_of(&self, name: &str) -> Value {
        let mut event = event(name, &self.values);
        event["rawQueryString"] = "per_page=10".into();
        event
    }

    /// A page between two visits to `authorize`.
    fn page(&self, name: &str, method: &str, body: &str) -> Value {
        let mut event = event(name, &self.values);
        event["rawQueryString"] = self.query(Code).into();
        // Who signs in has no session yet, and the one of the others must not end by it.
        event["cookies"] =
            if name == "login" { json!([self.cookie("browser")]) } else { self.cookies() };
        event["requestContext"]["http"]["method"] = method.into();
        with_form(event, body)
    }

    async fn submission(&self, name: &str, fields: &[(&str, &str)]) -> Value {
        let function = format!("cardea-{name}");
        let form = self.answer(&function, self.page(name, "GET", "")).await;
        let html = String::from_utf8(form.body().as_ref().to_vec()).unwrap();
        let (_, rest) = html.split_once(r#"name="csrf_token" value=""#).unwrap();
        let token = rest.split('"').next().unwrap();
        let mut body = Serializer::new(String::new());
        body.append_pair("csrf_token", token).extend_pairs(fields);
        let mut event = self.page(name, "POST", &body.finish());
        event["headers"]["origin"] = self.provider.issuer.trim_end_matches('/').into();
        event
    }

    fn registration(&self, turn: usize) -> Value {
        let mut event = event("register", &self.values);
        let source = format!("198.51.{}.{}", 100 + turn / 250, 1 + turn % 250);
        event["requestContext"]["http"]["sourceIp"] = source.into();
        event
    }

    async fn exchanges(&self, count: usize) -> Vec<Value> {
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            let answer = self.answer("cardea-authorize", self.authorization(Code)).await;
            let landing = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
            let (_, code) = landing.query_pairs().find(|(name, _)| name == "code").unwrap();
            let values = [("code", code.into_owned())].into_iter();
            let values = values.chain(self.values.clone()).collect();
            events.push(event("token", &values));
        }
        events
    }

    /// Each with a refresh token that has not been used.
    async fn renewals(&self, count: usize) -> Vec<Value> {
        let mut browser = Browser::new(self.provider);
        let url = self.client.code_url(&[("scope", "openid offline_access")]);
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            let code = browser.authorize(&url).await.query()["code"].clone();
            let tokens = self.provider.post_form("oauth/token", &self.client.exchange(&code)).await;
            let tokens: Value = tokens.json().await.unwrap();
            events.push(self.token(&[
                ("grant_type", "refresh_token"),
                ("client_id", &self.client.client_id),
                ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
            ]));
        }
        events
    }

    fn client_credentials(&self) -> Value {
        let management = |member| self.provider.management(member);
        self.token(&[
            ("grant_type", "client_credentials"),
            ("client_id", management("client_id")),
            ("client_secret", management("client_secret")),
            ("audience", management("audience")),
        ])
    }

    /// A request to the token endpoint.
    fn token(&self, form: &[(&str, &str)]) -> Value {
        let mut event = event("token-wrong-basic", &self.values);
        event["headers"].as_object_mut().unwrap().remove("authorization");
        with_form(event, &Serializer::new(String::new()).extend_pairs(form).finish())
    }

    fn one_client(&self) -> Value {
        let client_id = &self.values["managed_client_id"];
        let mut event = event("clients", &self.values);
        event["rawPath"] = format!("/api/v2/clients/{client_id}").into();
        event["pathParameters"] = json!({ "id": client_id });
        event
    }

    fn change_of_settings(&self) -> Value {
        let mut changed = event("tenant-settings-without-token", &self.values);
        changed["headers"]["authorization"] =
            format!("Bearer {}", self.values["management_token"]).into();
        changed
    }

    /// What the same function answers in this process.
    async fn answer(&self, function: &str, event: Value) -> Response {
        self.provider.gateway.invoke_by_name(function, event).await.unwrap()
    }
}

fn with_form(mut event: Value, body: &str) -> Value {
    if !body.is_empty() {
        event["headers"]["content-type"] = "application/x-www-form-urlencoded".into();
        event["headers"]["content-length"] = body.len().to_string().into();
        event["body"] = STANDARD.encode(body).into();
        event["isBase64Encoded"] = true.into();
    }
    event
}
