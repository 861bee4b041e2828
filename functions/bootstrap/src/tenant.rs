//! Making a tenant: its keys, a client for the Management API and that API, and at the very end the
//! tenant itself, with registration off.
//!
//! Until the tenant is there nothing else counts, so that whatever interrupts this is made good by doing
//! it again; and once it is there, doing it again changes nothing.

use crate::{
    credentials::{Credentials, ManagementCredentials},
    example,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use shared::{
    App,
    domain::{
        Client, Issuer, KeySet, KeyState, ResourceServer, ResourceServerScope, SigningKey, Tenant,
        TenantId,
    },
    keys::KeyMaker,
    oauth::{IdTokenSignedResponseAlg, Scopes},
    storage::{Registered, keys},
};
use std::{collections::BTreeMap, error::Error};

pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

/// The scopes of the Management API, in words.
const MANAGEMENT_SCOPES: [(&str, &str); 11] = [
    ("read:tenant_settings", "Read the tenant's settings"),
    ("update:tenant_settings", "Change the tenant's settings"),
    ("read:clients", "Read clients"),
    ("create:clients", "Create clients"),
    ("update:clients", "Change clients"),
    ("delete:clients", "Delete clients"),
    ("update:client_keys", "Rotate the secrets of clients"),
    ("read:initial_access_tokens", "Read initial access tokens, but not the tokens themselves"),
    ("create:initial_access_tokens", "Create initial access tokens"),
    ("delete:initial_access_tokens", "Revoke initial access tokens"),
    ("read:logs", "Read the log"),
];

/// What a new tenant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// What every tenant needs.
    Bare,
    /// And an API, a user and a custom claim to try it with.
    WithExample,
}

/// What came of making a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is new, and its credentials were kept.
    New,
    /// It was there, and nothing was changed.
    Already,
}

/// Where tenants are made, and who makes their keys.
#[derive(Clone, Copy)]
pub struct Tenancy<'a> {
    /// The table, and who signs.
    pub app: &'a App,
    /// Who makes keys.
    pub key_maker: &'a dyn KeyMaker,
}

impl Tenancy<'_> {
    /// Whether `issuer`'s tenant is there.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn has(&self, issuer: &Issuer) -> Result<bool, AnyError> {
        Ok(self.app.store.read(keys::tenant(&issuer.tenant_id())).await?.is_some())
    }

    /// Whether making `issuer`'s tenant has begun: it has keys.
    ///
    /// # Errors
    ///
    /// When the table fails.
    pub async fn has_begun(&self, issuer: &Issuer) -> Result<bool, AnyError> {
        Ok(self.app.store.read(keys::key_set(&issuer.tenant_id())).await?.is_some())
    }

    /// Makes the tenant of `issuer`, unless it is there. Its credentials are handed to `keep` before it
    /// can be used, so that they can't be lost.
    ///
    /// # Errors
    ///
    /// When the table, the key maker or `keep` fails; nothing counts then.
    pub async fn create(
        &self,
        issuer: &Issuer,
        contents: Contents,
        keep: impl AsyncFnOnce(Credentials) -> Result<(), AnyError>,
    ) -> Result<Created, AnyError> {
        if self.has(issuer).await? {
            return Ok(Created::Already);
        }
        let (app, t) = (self.app, issuer.tenant_id());
        self.ensure_keys(&t).await?;
        let management = management_client(app, issuer).await?;
        app.store.create_resource_server(&t, &management_api(issuer)).await?;
        let mut tenant = Tenant::new(issuer.clone());
        let user = match contents {
            Contents::Bare => None,
            Contents::WithExample => Some(example::add(app, &t, &mut tenant).await?),
        };
        keep(Credentials { issuer: issuer.clone(), management, user }).await?;
        app.store.create_tenant(&t, &tenant).await?;
        Ok(Created::New)
    }

    /// A current and a next key: verifiers know the next one long before it signs. What an interrupted
    /// start left is used.
    async fn ensure_keys(&self, t: &TenantId) -> Result<(), AnyError> {
        if self.app.store.read(keys::key_set(t)).await?.is_some() {
            return Ok(());
        }
        let mut keys = Vec::new();
        for state in [KeyState::Current, KeyState::Next] {
            let (reference, jwk) = self.key_maker.create_signing_key().await?;
            keys.push(SigningKey { state, reference, jwk, since: self.app.clock.now() });
        }
        let wrapped = self.key_maker.create_sealing_key(t).await?;
        let wrapped_sealing_key = URL_SAFE_NO_PAD.encode(wrapped);
        let made = KeySet { version: 0, keys, wrapped_sealing_key };
        let kept = self.app.store.create_key_set(t, made.clone()).await?;
        if kept != made {
            // Somebody else was making the same tenant: theirs count, and ours are of no use.
            self.disable(made.keys.into_iter().map(|key| key.reference)).await;
        }
        Ok(())
    }
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
            let alg = IdTokenSignedResponseAlg::RS256;
            sealing.protect_client_secret((&t, id), secret, alg, &*app.entropy)
        });
    if let Registered::Taken(_) = app.store.register_client(&t, &client).await? {
        return Err("the random id of a new client is taken".into());
    }
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

pub(crate) fn scopes(scopes: &[(&str, &str)]) -> Vec<ResourceServerScope> {
    let scope = |(value, description): &(&str, &str)| ResourceServerScope {
        value: (*value).to_owned(),
        description: (*description).to_owned(),
    };
    scopes.iter().map(scope).collect()
}
