//! What an owner creates: a client of the tenant's own, or one of a third party.

use crate::change::{Change, refuse};
use serde_json::{Map, Value, json};
use shared::{
    App,
    domain::{Client, ClientId, Registration, SecurityMode, Tenant, TenantId},
    keys::Sealing,
    management::ManagementError,
    oauth::{ClientMetadata, ClientSecret},
};

/// A checked description of a new client.
pub(crate) struct New {
    change: Change,
    metadata: ClientMetadata,
    mode: SecurityMode,
    is_first_party: bool,
}

impl New {
    /// Reads a request's body.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member.
    pub(crate) fn parse(
        body: &Map<String, Value>,
        tenant: &Tenant,
    ) -> Result<Self, ManagementError> {
        let is_first_party = match body.get("is_first_party") {
            None | Some(Value::Null) => true,
            Some(value) => {
                value.as_bool().ok_or_else(|| refuse("is_first_party must be true or false"))?
            }
        };
        let mode = mode(body.get("third_party_security_mode"), is_first_party, tenant)?;
        if body.get("name").is_none_or(Value::is_null) {
            return Err(refuse("Missing required property: name"));
        }
        let mut rest = body.clone();
        rest.retain(|name, _| !["is_first_party", "third_party_security_mode"].contains(&&**name));
        let change = Change::parse(&rest, tenant)?;
        let metadata = change.verify(defaults(body), mode, is_first_party)?;
        Ok(Self { change, metadata, mode, is_first_party })
    }

    /// What it is registered as.
    pub(crate) fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }

    /// The client, and its secret unless it has none. It is kept whether or not it is used.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member.
    pub(crate) fn client(
        &self,
        app: &App,
        t: &TenantId,
        sealing: &Sealing,
    ) -> Result<(Client, Option<ClientSecret>), ManagementError> {
        let entropy = &*app.entropy;
        let registration = Registration {
            client_id: ClientId::generate(self.mode, entropy),
            metadata: self.metadata.clone(),
            mode: self.mode,
            registration_access_token: None,
            software_statement: None,
            unused_lifetime: None,
            initial_access: None,
        };
        let alg = self.metadata.id_token_signed_response_alg;
        let protect =
            |id: &_, secret: &_| sealing.protect_client_secret((t, id), secret, alg, entropy);
        let (mut client, client_secret) =
            Client::register(registration, entropy, app.clock.now(), protect);
        client.is_first_party = self.is_first_party;
        self.change.note(&mut client)?;
        Ok((client, client_secret))
    }
}

/// The tenant's own clients are under no mode; those of third parties under that of the body, or else the tenant's.
fn mode(
    asked: Option<&Value>,
    is_first_party: bool,
    tenant: &Tenant,
) -> Result<SecurityMode, ManagementError> {
    match asked.filter(|value| !value.is_null()) {
        None if is_first_party => Ok(SecurityMode::Permissive),
        None => Ok(tenant.dynamic_client_registration_security_mode),
        Some(_) if is_first_party => {
            Err(refuse("third_party_security_mode is for clients that are not first party"))
        }
        Some(value) if *value == "permissive" => Ok(SecurityMode::Permissive),
        Some(value) if *value == "strict" => Ok(SecurityMode::Strict),
        Some(_) => Err(refuse("third_party_security_mode must be permissive or strict")),
    }
}

/// What follows from the kind of application, where the body does not say it.
fn defaults(body: &Map<String, Value>) -> Map<String, Value> {
    let mut defaults = Map::new();
    match body.get("app_type").and_then(Value::as_str) {
        Some("native" | "spa") => {
            defaults.insert("token_endpoint_auth_method".to_owned(), json!("none"));
        }
        Some("non_interactive") if !body.contains_key("response_types") => {
            defaults.insert("grant_types".to_owned(), json!(["client_credentials"]));
        }
        _ => {}
    }
    defaults
}
