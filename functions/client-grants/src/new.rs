//! A grant that is to be made.

use serde_json::Value;
use shared::{
    domain::{
        Client, ClientGrant, ClientId, DefaultFor, Grantee, RequestId, ResourceServer, SubjectType,
    },
    entropy::Entropy,
    management::ManagementError,
    oauth::{JsonObject, Scope, Scopes},
};
use std::collections::BTreeSet;

/// The members that a request can have.
const MEMBERS: [&str; 5] = ["client_id", "default_for", "audience", "scope", "subject_type"];

const MAX_SCOPES: usize = 1_000;

/// What a request asks for, each member checked by itself.
pub(crate) struct NewClientGrant {
    pub(crate) grantee: Grantee,
    pub(crate) audience: String,
    subject_type: SubjectType,
    scope: Scopes,
}

impl NewClientGrant {
    /// Reads a request's body.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member.
    pub(crate) fn parse(body: &JsonObject) -> Result<Self, ManagementError> {
        check_names(body, &MEMBERS)?;
        let grantee = grantee(body.get("client_id"), body.get("default_for"))?;
        let audience = match body.get("audience") {
            Some(Value::String(audience)) if !audience.is_empty() => audience.clone(),
            Some(_) => return Err(refuse("audience must be the identifier of an API")),
            None => return Err(refuse("Missing required property: audience")),
        };
        let subject_type = subject_type(body.get("subject_type"), &grantee)?;
        Ok(Self { grantee, audience, subject_type, scope: scope(body.get("scope"))? })
    }

    /// The grant, for the API and the client that were found.
    ///
    /// # Errors
    ///
    /// 404 `inexistent_resource_server` and `inexistent_client`; 400 for what the client, or any, can't be granted.
    pub(crate) fn for_what_is_there(
        self,
        api: Option<&ResourceServer>,
        client: Option<&Client>,
        entropy: &dyn Entropy,
    ) -> Result<ClientGrant, ManagementError> {
        let not_found = ManagementError::not_found;
        let api = api.ok_or_else(|| {
            not_found("inexistent_resource_server", "The resource server does not exist")
        })?;
        if self.grantee.client_id().is_some() {
            let client = client
                .ok_or_else(|| not_found("inexistent_client", "The client does not exist"))?;
            check_kind(client, self.subject_type)?;
        }
        if api.is_system && self.subject_type == SubjectType::User {
            return Err(refuse("audience must not be a system API for subject_type user"));
        }
        check_scope(&self.scope, api)?;
        Ok(ClientGrant {
            grantee: self.grantee,
            audience: self.audience,
            incarnation: api.incarnation.clone(),
            subject_type: self.subject_type,
            scope: self.scope,
            created_by: RequestId::generate(entropy),
        })
    }
}

/// Strangers act for users alone, and the tenant's own clients need no leave to do that.
fn check_kind(client: &Client, subject_type: SubjectType) -> Result<(), ManagementError> {
    match (client.is_first_party, subject_type) {
        (false, SubjectType::Client) => {
            Err(refuse("subject_type must be user for a third-party client"))
        }
        (true, SubjectType::User) => Err(refuse(
            "subject_type must be client for a first-party client, which may ask for every API in \
             the name of users",
        )),
        _ => Ok(()),
    }
}

/// Only what the API has can be granted.
pub(crate) fn check_scope(scope: &Scopes, api: &ResourceServer) -> Result<(), ManagementError> {
    if scope.iter().all(|scope| api.scope(scope.as_str()).is_some()) {
        return Ok(());
    }
    Err(refuse("scope must hold none but the API's scopes"))
}

/// Only these members.
pub(crate) fn check_names(body: &JsonObject, known: &[&str]) -> Result<(), ManagementError> {
    let Some(name) = body.names().find(|name| !known.contains(name)) else { return Ok(()) };
    let is_of_one = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let shown: String = name.chars().filter(is_of_one).take(60).collect();
    Err(refuse(&format!("Additional properties not allowed: {shown}")))
}

fn grantee(
    client_id: Option<&Value>,
    default_for: Option<&Value>,
) -> Result<Grantee, ManagementError> {
    match (client_id, default_for) {
        (Some(Value::String(id)), None) => {
            let id = ClientId::parse(id).map(Grantee::ClientId);
            id.ok_or_else(|| refuse("client_id must be the id of a client"))
        }
        (None, Some(Value::String(name))) if name == DefaultFor::THIRD_PARTY_CLIENTS => {
            Ok(Grantee::DefaultFor(DefaultFor::ThirdPartyClients))
        }
        (Some(_), None) => Err(refuse("client_id must be the id of a client")),
        (None, Some(_)) => Err(refuse("default_for must be third_party_clients")),
        _ => Err(refuse("exactly one of client_id and default_for is required")),
    }
}

/// A client's own name is what is meant where nothing is said, as in Auth0; but no default is about that.
fn subject_type(value: Option<&Value>, grantee: &Grantee) -> Result<SubjectType, ManagementError> {
    let named = match value {
        None => None,
        Some(value) => {
            let known = value.as_str().and_then(SubjectType::from_name);
            Some(known.ok_or_else(|| refuse("subject_type must be client or user"))?)
        }
    };
    match (grantee, named) {
        (Grantee::DefaultFor(_), Some(SubjectType::Client)) => {
            Err(refuse("subject_type must be user with default_for"))
        }
        (Grantee::DefaultFor(_), _) => Ok(SubjectType::User),
        (Grantee::ClientId(_), named) => Ok(named.unwrap_or(SubjectType::Client)),
    }
}

/// The scopes in a request.
///
/// # Errors
///
/// `invalid_body`.
pub(crate) fn scope(value: Option<&Value>) -> Result<Scopes, ManagementError> {
    let Some(value) = value else { return Err(refuse("Missing required property: scope")) };
    let array = value.as_array().filter(|array| array.len() <= MAX_SCOPES);
    let array = array.ok_or_else(|| refuse("scope must be an array of at most 1000 scopes"))?;
    let parsed = array.iter().map(|scope| scope.as_str()?.parse().ok());
    let parsed: Option<Vec<Scope>> = parsed.collect();
    let parsed = parsed.ok_or_else(|| refuse("scope must be an array of scopes"))?;
    if parsed.iter().collect::<BTreeSet<_>>().len() < parsed.len() {
        return Err(refuse("scope must not have a scope twice"));
    }
    Ok(parsed.into_iter().collect())
}

fn refuse(why: &str) -> ManagementError {
    ManagementError::invalid_body(why)
}
