//! Making a tenant: its keys, a client for the Management API and that API, and at the very end the
//! tenant itself, with registration off.
//!
//! Until the tenant is there nothing else counts, so that whatever interrupts this is made good by doing
//! it again; and once it is there, doing it again changes nothing.

use crate::{
    credentials::{Credentials, ManagementCredentials},
    example,
    loose_keys::LooseKeys,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use shared::{
    App,
    domain::{
        Client, ClientGrant, Grantee, Incarnation, Issuer, KeySet, KeyState, RequestId,
        ResourceServer, ResourceServerScope, SigningKey, SubjectType, Tenant, TenantId,
    },
    jose::{PublicJwk, SigningAlg},
    keys::KeyMaker,
    oauth::{IdTokenSignedResponseAlg, InvalidScope},
    storage::keys,
};
use std::error::Error;

pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

/// The scopes of the Management API, in words.
const MANAGEMENT_SCOPES: [(&str, &str); 21] = [
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
    ("read:resource_servers", "Read APIs"),
    ("create:resource_servers", "Create APIs"),
    ("update:resource_servers", "Change APIs"),
    ("delete:resource_servers", "Delete APIs"),
    ("read:sessions", "Read the sessions of users"),
    ("delete:sessions", "End the sessions of users"),
    ("read:client_grants", "Read client grants"),
    ("create:client_grants", "Create client grants"),
    ("update:client_grants", "Change client grants"),
    ("delete:client_grants", "Delete client grants"),
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
pub struct Tenancy<'a> {
    pub(crate) app: &'a App,
    pub(crate) key_maker: &'a dyn KeyMaker,
    pub(crate) loose_keys: LooseKeys,
}

impl<'a> Tenancy<'a> {
    /// Tenants in the table of `app`, with keys by `key_maker`.
    #[must_use]
    pub fn new(app: &'a App, key_maker: &'a dyn KeyMaker) -> Self {
        Self { app, key_maker, loose_keys: LooseKeys::default() }
    }

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
        let management_api = management_api(app, issuer);
        app.store.put_resource_server(&t, &management_api).await?;
        let management = management_client(app, &t, &management_api).await?;
        let mut tenant = Tenant::new(issuer.clone());
        let user = match contents {
            Contents::Bare => None,
            Contents::WithExample => Some(example::add(app, &t, &mut tenant).await?),
        };
        keep(Credentials { issuer: issuer.clone(), management, user }).await?;
        app.store.create_tenant(&t, &tenant).await?;
        Ok(Created::New)
    }

    /// A current and a next key for `alg`: verifiers know the next one long before it signs.
    pub(crate) async fn new_keys(&self, alg: SigningAlg) -> Result<[SigningKey; 2], AnyError> {
        let since = self.app.clock.now();
        let (reference, jwk) = self.new_key(alg).await?;
        let current = SigningKey { state: KeyState::Current, reference, jwk, since };
        let (reference, jwk) = self.new_key(alg).await?;
        Ok([current, SigningKey { state: KeyState::Next, reference, jwk, since }])
    }

    /// A key for `alg`, loose until a key set names it: what its holder calls it, and its public half.
    pub(crate) async fn new_key(&self, alg: SigningAlg) -> Result<(String, PublicJwk), AnyError> {
        let reference = self.key_maker.create_signing_key(alg).await?;
        self.loose_keys.add([reference.clone()]);
        let jwk = self.key_maker.public_key(alg, &reference).await?;
        Ok((reference, jwk))
    }

    /// The keys of a new tenant. What an interrupted start left is used.
    async fn ensure_keys(&self, t: &TenantId) -> Result<(), AnyError> {
        if self.app.store.read(keys::key_set(t)).await?.is_some() {
            return Ok(());
        }
        let wrapped = self.key_maker.create_sealing_key(t).await?;
        let wrapped_sealing_key = URL_SAFE_NO_PAD.encode(wrapped);
        let keys = self.new_keys(SigningAlg::RS256).await?.to_vec();
        let made = KeySet { version: 0, keys, wrapped_sealing_key };
        let write = self.app.store.create_key_set(t, made.clone());
        // If somebody else was making the same tenant, theirs count.
        self.loose_keys.name(write, |kept| *kept == made).await?;
        Ok(())
    }
}

/// A client with a grant of all that the API can do.
async fn management_client(
    app: &App,
    t: &TenantId,
    api: &ResourceServer,
) -> Result<ManagementCredentials, AnyError> {
    let sealing = app.sealing(t).await?;
    let (client, client_secret) =
        Client::machine_to_machine(&*app.entropy, app.clock.now(), |id, secret| {
            let alg = IdTokenSignedResponseAlg::RS256;
            sealing.protect_client_secret((t, id), secret, alg, &*app.entropy)
        });
    app.store.create_client(t, &client).await?;
    let grantee = Grantee::ClientId(client.client_id.clone());
    let everything = grant_of_all(app, api, grantee, SubjectType::Client)?;
    app.store.create_client_grant(t, &everything).await?;
    Ok(ManagementCredentials {
        client_id: client.client_id.as_str().to_owned(),
        client_secret: client_secret.expose().to_owned(),
        audience: api.identifier.clone(),
    })
}

/// A grant of all scopes that `api` has.
pub(crate) fn grant_of_all(
    app: &App,
    api: &ResourceServer,
    grantee: Grantee,
    subject_type: SubjectType,
) -> Result<ClientGrant, InvalidScope> {
    Ok(ClientGrant {
        grantee,
        audience: api.identifier.clone(),
        incarnation: api.incarnation.clone(),
        subject_type,
        scope: api.scopes.iter().map(|scope| scope.value.parse()).collect::<Result<_, _>>()?,
        created_by: RequestId::generate(&*app.entropy),
    })
}

fn management_api(app: &App, issuer: &Issuer) -> ResourceServer {
    ResourceServer {
        identifier: issuer.management_audience(),
        name: "Management API".to_owned(),
        scopes: scopes(&MANAGEMENT_SCOPES),
        is_system: true,
        token_lifetime: 86_400,
        token_lifetime_for_web: 7_200,
        allow_offline_access: false,
        created_at: app.clock.now(),
        incarnation: Incarnation::generate(&*app.entropy),
        version: 0,
    }
}

pub(crate) fn scopes(scopes: &[(&str, &str)]) -> Vec<ResourceServerScope> {
    let scope = |(value, description): &(&str, &str)| ResourceServerScope {
        value: (*value).to_owned(),
        description: (*description).to_owned(),
    };
    scopes.iter().map(scope).collect()
}
