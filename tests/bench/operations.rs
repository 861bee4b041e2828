//! What the functions are asked: the operations of the product.

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    StartPage,
    Discovery,
    KeySet,
    Registration,
    OwnRegistration,
    PushedRequest,
    LogoutForm,
    ToSignIn,
    Code,
    Implicit,
    SignInForm,
    SignIn,
    ConsentForm,
    Consent,
    CodeExchange,
    Renewal,
    ClientCredentials,
    Revocation,
    Introspection,
    UserInfo,
    Document,
    Settings,
    ChangeOfSettings,
    InitialAccessTokens,
    Api,
    ClientGrants,
    OneClient,
    Clients,
    Sessions,
    Logs,
    CreateTenant,
}

use Operation::{
    Api, ChangeOfSettings, ClientCredentials, ClientGrants, Clients, Code, CodeExchange, Consent,
    ConsentForm, CreateTenant, Discovery, Document, Implicit, InitialAccessTokens, Introspection,
    KeySet, LogoutForm, Logs, OneClient, OwnRegistration, PushedRequest, Registration, Renewal,
    Revocation, Sessions, Settings, SignIn, SignInForm, StartPage, ToSignIn, UserInfo,
};

impl Operation {
    /// Those of the function called `name`, what it takes longest for first; but no password.
    pub(crate) fn of(name: &str) -> &'static [Self] {
        match name {
            "cardea-start-page" => &[StartPage],
            "cardea-openid-configuration" => &[Discovery],
            "cardea-jwks" => &[KeySet],
            "cardea-register" => &[Registration],
            "cardea-client-configuration" => &[OwnRegistration],
            "cardea-pushed-authorization" => &[PushedRequest],
            "cardea-authorize" => &[Implicit, Code, ToSignIn],
            "cardea-login" => &[SignInForm, SignIn],
            "cardea-consent" => &[ConsentForm, Consent],
            "cardea-logout" => &[LogoutForm],
            "cardea-token" => &[CodeExchange, Renewal, ClientCredentials],
            "cardea-revoke" => &[Revocation],
            "cardea-introspect" => &[Introspection],
            "cardea-userinfo" => &[UserInfo],
            "cardea-fetch" => &[Document],
            "cardea-tenant-settings" => &[ChangeOfSettings, Settings],
            "cardea-initial-access-tokens" => &[InitialAccessTokens],
            "cardea-resource-servers" => &[Api],
            "cardea-client-grants" => &[ClientGrants],
            "cardea-clients" => &[OneClient, Clients],
            "cardea-sessions" => &[Sessions],
            "cardea-logs" => &[Logs],
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
            OwnRegistration => "a registration, read",
            PushedRequest => "pushed request",
            ToSignIn => "authorize, to sign in",
            Code => "authorize, code",
            Implicit => "authorize, id_token token",
            SignInForm => "login, form",
            SignIn => "login, submit",
            ConsentForm => "consent, form",
            Consent => "consent, submit",
            CodeExchange => "token, code",
            Renewal => "token, refresh",
            ClientCredentials => "token, client credentials",
            Revocation => "revoke, unknown token",
            Introspection => "introspect",
            LogoutForm => "logout, form",
            UserInfo => "userinfo",
            Document => "fetch, refused address",
            Settings => "settings, read",
            InitialAccessTokens => "initial access tokens, list",
            ChangeOfSettings => "settings, change",
            Api => "an API, read",
            ClientGrants => "client grants, list",
            OneClient => "a client, read",
            Clients => "clients, ten",
            Sessions => "sessions, list",
            Logs => "the log, ten",
            CreateTenant => "create a tenant that is there",
        }
    }

    /// Whether a password is hashed.
    pub(crate) fn hashes(self) -> bool {
        self == SignIn
    }

    /// Whether API Gateway leads to it.
    pub(crate) fn has_a_route(self) -> bool {
        !matches!(self, CreateTenant | Document)
    }

    /// How often to measure it: an account takes ten sign-ins in five minutes.
    pub(crate) fn rounds(self) -> usize {
        if self.hashes() { 7 } else { 100 }
    }
}
