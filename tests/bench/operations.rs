//! What the functions are asked: the operations of the product, as events of API Gateway.

use crate::harness::{API, Browser, CODE_VERIFIER, Provider, RelyingParty, event};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use shared::http::Response;
use std::collections::BTreeMap;
use url::{Url, form_urlencoded::Serializer};

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    StartPage,
    Discovery,
    KeySet,
    Registration,
    LogoutForm,
    ToSignIn,
    Code,
    Implicit,
    SignInForm,
    SignIn,
    ConsentForm,
    Consent,
    CodeExchange,
    ClientCredentials,
    UserInfo,
    Settings,
    ChangeOfSettings,
    InitialAccessTokens,
    Api,
    ClientGrants,
    CreateTenant,
}

use Operation::{
    Api, ChangeOfSettings, ClientCredentials, ClientGrants, Code, CodeExchange, Consent,
    ConsentForm, CreateTenant, Discovery, Implicit, InitialAccessTokens, KeySet, LogoutForm,
    Registration, Settings, SignIn, SignInForm, StartPage, ToSignIn, UserInfo,
};

impl Operation {
    /// Those of the function called `name`, what it takes longest for first; but no password.
    pub(crate) fn of(name: &str) -> &'static [Self] {
        match name {
            "cardea-start-page" => &[StartPage],
            "cardea-openid-configuration" => &[Discovery],
            "cardea-jwks" => &[KeySet],
            "cardea-register" => &[Registration],
            "cardea-authorize" => &[Implicit, Code, ToSignIn],
            "cardea-login" => &[SignInForm, SignIn],
            "cardea-consent" => &[ConsentForm, Consent],
            "cardea-logout" => &[LogoutForm],
            "cardea-token" => &[CodeExchange, ClientCredentials],
            "cardea-userinfo" => &[UserInfo],
            "cardea-tenant-settings" => &[ChangeOfSettings, Settings],
            "cardea-initial-access-tokens" => &[InitialAccessTokens],
            "cardea-resource-servers" => &[Api],
            "cardea-client-grants" => &[ClientGrants],
            "cardea-bootstrap" => &[CreateTenant],
            _ => panic!("{name} is not known here"),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            StartPage => "start page",
            Discovery => "discovery",
            KeySet => "key set",
            Registration => "registration",
            ToSignIn => "authorize, to sign in",
            Code => "authorize, code",
            Implicit => "authorize, id_token token",
            SignInForm => "login, form",
            SignIn => "login, submit",
            ConsentForm => "consent, form",
            Consent => "consent, submit",
            CodeExchange => "token, code",
            ClientCredentials => "token, client credentials",
            LogoutForm => "logout, form",
            UserInfo => "userinfo",
            Settings => "settings, read",
            InitialAccessTokens => "initial access tokens, list",
            ChangeOfSettings => "settings, change",
            Api => "an API, read",
            ClientGrants => "client grants, list",
            CreateTenant => "create a tenant that is there",
        }
    }

    /// Whether a password is hashed.
    pub(crate) fn hashes(self) -> bool {
        self == SignIn
    }

    /// Whether API Gateway leads to it.
    pub(crate) fn has_a_route(self) -> bool {
        self != CreateTenant
    }

    /// How often to measure it: an account takes ten sign-ins in five minutes.
    pub(crate) fn rounds(self) -> usize {
        if self.hashes() { 7 } else { 100 }
    }
}

/// A provider with a client, and a user who has signed in and consented.
pub(crate) struct Samples<'a> {
    provider: &'a Provider,
    client: RelyingParty<'a>,
    values: BTreeMap<&'static str, String>,
}

impl<'a> Samples<'a> {
    pub(crate) async fn new(provider: &'a Provider) -> Self {
        let policy =
            json!({ "dynamic_client_registration": { "registrations_per_tenant": 30_000 } });
        assert_eq!(provider.change_settings(&policy).await.status(), 200);
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
            CodeExchange | Registration => panic!("each is another"),
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
        let cookie = |name: &str| format!("{name}={}", self.values[name]);
        json!([cookie("browser"), cookie("sid")])
    }

    /// A page between two visits to `authorize`.
    fn page(&self, name: &str, method: &str, body: &str) -> Value {
        let mut event = event(name, &self.values);
        event["rawQueryString"] = self.query(Code).into();
        event["cookies"] = self.cookies();
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

    fn client_credentials(&self) -> Value {
        let management = |member| self.provider.management(member);
        let mut body = Serializer::new(String::new());
        body.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", management("client_id"))
            .append_pair("client_secret", management("client_secret"))
            .append_pair("audience", management("audience"));
        let mut event = event("token-wrong-basic", &self.values);
        event["headers"].as_object_mut().unwrap().remove("authorization");
        with_form(event, &body.finish())
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
