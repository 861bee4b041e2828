//! What is there after the first start: a tenant with registration off, its keys, a client for the
//! Management API, an API to ask for, and a user.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use shared::{
    App,
    domain::{
        Client, CustomClaim, Issuer, KeySet, KeyState, Login, PasswordHash, PasswordParameters,
        ProtectedSecret, ResourceServer, ResourceServerScope, SigningKey, Tenant, TenantId, User,
        UserId,
    },
    keys::Purpose,
    oauth::Scopes,
    oidc::{Address, StandardClaims},
    storage::keys,
};
use std::{collections::BTreeMap, error::Error};

type AnyError = Box<dyn Error + Send + Sync>;

const EMAIL: &str = "janus@example.com";

/// The scopes of the Management API, in words.
const MANAGEMENT_SCOPES: [(&str, &str); 2] = [
    ("read:tenant_settings", "Read the tenant's settings"),
    ("update:tenant_settings", "Change the tenant's settings"),
];

/// The credentials of the first start, as `credentials.json` holds them. Without `Debug`, since that is
/// all they are.
#[derive(Serialize)]
pub struct Credentials {
    issuer: Issuer,
    management: ManagementCredentials,
    user: UserCredentials,
}

#[derive(Serialize)]
struct ManagementCredentials {
    client_id: String,
    client_secret: String,
    audience: String,
}

#[derive(Serialize)]
struct UserCredentials {
    email: &'static str,
    password: String,
}

/// How far the first start got.
pub(crate) enum Progress {
    /// There is nothing.
    NotBegun,
    /// There are keys, but no tenant: it was interrupted.
    Interrupted,
    /// The tenant is there.
    Done,
}

/// How far the first start got.
pub(crate) async fn progress(app: &App, t: &TenantId) -> Result<Progress, AnyError> {
    Ok(match app.store.read((keys::tenant(t), keys::key_set(t))).await? {
        (Some(_), _) => Progress::Done,
        (None, Some(_)) => Progress::Interrupted,
        (None, None) => Progress::NotBegun,
    })
}

/// Makes everything but the tenant itself. Until [`open`] makes that, nothing else counts, so that a
/// start that was interrupted is made good by the next one.
pub(crate) async fn prepare(app: &App, issuer: &Issuer) -> Result<Credentials, AnyError> {
    let t = issuer.tenant_id();
    app.store.create_key_set(&t, &key_set(app, &t).await?).await?;
    let management = management_client(app, issuer).await?;
    for api in [management_api(issuer), example_api()] {
        app.store.create_resource_server(&t, &api).await?;
    }
    let user = user(app, &t).await?;
    Ok(Credentials { issuer: issuer.clone(), management, user })
}

/// Makes the tenant, with registration off.
pub(crate) async fn open(app: &App, issuer: &Issuer) -> Result<(), AnyError> {
    let department = CustomClaim {
        claim: "https://example.com/department".to_owned(),
        attribute: "department".to_owned(),
        scopes: "profile".parse()?,
    };
    let tenant = Tenant { custom_claims: vec![department], ..Tenant::new(issuer.clone()) };
    Ok(app.store.create_tenant(&issuer.tenant_id(), &tenant).await?)
}

/// A current and a next key: verifiers know the next one long before it signs.
async fn key_set(app: &App, t: &TenantId) -> Result<KeySet, AnyError> {
    let mut keys = Vec::new();
    for state in [KeyState::Current, KeyState::Next] {
        let (reference, jwk) = app.keys.create_signing_key().await?;
        keys.push(SigningKey { state, reference, jwk, since: app.clock.now() });
    }
    let wrapped_sealing_key = URL_SAFE_NO_PAD.encode(app.keys.create_sealing_key(t).await?);
    Ok(KeySet { version: 0, keys, wrapped_sealing_key })
}

async fn management_client(app: &App, issuer: &Issuer) -> Result<ManagementCredentials, AnyError> {
    let t = issuer.tenant_id();
    let sealing = app.sealing(&t).await?;
    let scopes: Scopes =
        MANAGEMENT_SCOPES.iter().map(|(scope, _)| scope.parse()).collect::<Result<_, _>>()?;
    let audience = issuer.management_audience();
    let client_grants = BTreeMap::from([(audience.clone(), scopes)]);
    let (client, client_secret) =
        Client::machine_to_machine(client_grants, &*app.entropy, app.clock.now(), |id, secret| {
            let parts = [t.as_str(), id.as_str(), secret.expose()];
            ProtectedSecret { mac: sealing.mac(Purpose::ClientSecretMac, &parts), sealed: None }
        });
    app.store.register_client(&t, &client).await?;
    Ok(ManagementCredentials {
        client_id: client.client_id.as_str().to_owned(),
        client_secret: client_secret.expose().to_owned(),
        audience,
    })
}

fn management_api(issuer: &Issuer) -> ResourceServer {
    ResourceServer {
        identifier: issuer.management_audience(),
        name: "Management API".to_owned(),
        scopes: scopes(&MANAGEMENT_SCOPES),
        is_system: true,
        token_lifetime: 86_400,
        token_lifetime_for_web: 7_200,
    }
}

fn example_api() -> ResourceServer {
    ResourceServer {
        identifier: "https://api.example.com/".to_owned(),
        name: "Example API".to_owned(),
        scopes: scopes(&[
            ("read:contacts", "Read your contacts"),
            ("write:contacts", "Change your contacts"),
        ]),
        is_system: false,
        token_lifetime: 3_600,
        token_lifetime_for_web: 900,
    }
}

fn scopes(scopes: &[(&str, &str)]) -> Vec<ResourceServerScope> {
    let scope = |(value, description): &(&str, &str)| ResourceServerScope {
        value: (*value).to_owned(),
        description: (*description).to_owned(),
    };
    scopes.iter().map(scope).collect()
}

async fn user(app: &App, t: &TenantId) -> Result<UserCredentials, AnyError> {
    let password = app.entropy.alphanumerics(20);
    let user = User {
        user_id: UserId::generate(&*app.entropy),
        blocked: false,
        claims: claims(app),
        user_metadata: BTreeMap::from([("department".to_owned(), "Hinges".to_owned())]),
    };
    let password_hash = PasswordHash::new(&password, PasswordParameters::TARGET, &*app.entropy);
    let login = Login { user_id: user.user_id.clone(), password_hash };
    app.store.create_user(t, &user, EMAIL, &login).await?;
    Ok(UserCredentials { email: EMAIL, password })
}

/// Every standard claim filled in, so that every scope has something to show.
fn claims(app: &App) -> StandardClaims {
    let text = |value: &str| Some(value.to_owned());
    StandardClaims {
        name: text("Janus Quirinus Patulcius"),
        given_name: text("Janus"),
        middle_name: text("Quirinus"),
        family_name: text("Patulcius"),
        nickname: text("janus"),
        preferred_username: text("janus"),
        profile: text("https://janus.example.com/"),
        picture: text("https://janus.example.com/picture.png"),
        website: text("https://janus.example.com/blog"),
        gender: text("male"),
        birthdate: text("1970-01-09"),
        zoneinfo: text("Europe/Rome"),
        locale: text("it-IT"),
        updated_at: Some(app.clock.now().0),
        email: text(EMAIL),
        email_verified: Some(true),
        phone_number: text("+390669800000"),
        phone_number_verified: Some(true),
        address: Some(Address {
            formatted: text("Via del Velabro 5\n00186 Roma RM\nItalia"),
            street_address: text("Via del Velabro 5"),
            locality: text("Roma"),
            region: text("RM"),
            postal_code: text("00186"),
            country: text("IT"),
        }),
    }
}
