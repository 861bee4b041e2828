//! What an owner changes of a client.

use crate::{
    member::Member,
    members::{self, refusal},
};
use serde_json::{Map, Value, json};
use shared::{
    clock::Timestamp,
    domain::{AppType, Client, SecurityMode, Tenant},
    management::ManagementError,
    oauth::{ClientMetadata, RawClientMetadata, RegistrationRules, ResponseType},
};

/// How many members `client_metadata` may have, as Auth0 limits them.
const MAX_CLIENT_METADATA: usize = 10;

/// The members whose URIs are fetched or called.
const REFERRING: [&str; 4] =
    ["backchannel_logout_uri", "jwks_uri", "request_uris", "sector_identifier_uri"];

/// What a request changes. `null` makes a member what it is by default.
pub(crate) struct Change {
    members: Vec<Member>,
    /// Whether the tenant has documents fetched that clients refer to.
    may_fetch: bool,
}

impl Change {
    /// Reads a request's body.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member: those that do not exist are refused, not passed over, lest a misspelt one be
    /// thought to hold.
    pub(crate) fn parse(
        body: &Map<String, Value>,
        tenant: &Tenant,
    ) -> Result<Self, ManagementError> {
        if body.is_empty() {
            return Err(refuse("Too few properties defined (0), minimum 1"));
        }
        let mut members = Vec::new();
        for (name, value) in body {
            members.extend(Member::parse(name, value)?);
        }
        // What kind it is says where it runs, unless the body says that too.
        if let Some(application_type) = application_type(&members)
            && !body.contains_key("application_type")
        {
            let name = "application_type".to_owned();
            members.push(Member::Registered(name, application_type.into()));
        }
        Ok(Self { members, may_fetch: tenant.dynamic_client_registration.allow_fetching })
    }

    /// Makes `client` what it is afterwards.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member, when the result can't be registered. The client is to be thrown away then.
    pub(crate) fn apply(&self, client: &mut Client, now: Timestamp) -> Result<(), ManagementError> {
        // What was registered under other rules can still be disabled.
        if self.members.iter().any(|member| matches!(member, Member::Registered(..))) {
            let (mode, is_first_party) = (client.third_party_security_mode, client.is_first_party);
            let registered = members::registered(client);
            client.replace_metadata(self.verify(registered, mode, is_first_party)?, now);
            self.lay_down(client);
        }
        self.note(client)
    }

    /// Has what is changed hold for the client's own changes too (RFC 7592 §2.2), or the next of them would undo it. What is
    /// by default again is the client's to say.
    fn lay_down(&self, client: &mut Client) {
        if client.registration_access_token.is_none() {
            // It can't change itself.
            return;
        }
        let registered = members::registered(client);
        let pinned = &mut client.registration_terms.client_metadata;
        if self.decides_response_types_by_grants() {
            pinned.remove("response_types");
        }
        for (name, value) in self.registered() {
            match registered.get(name).filter(|_| !value.is_null()) {
                Some(value) => drop(pinned.insert(name.to_owned(), value.clone())),
                None => drop(pinned.remove(name)),
            }
        }
    }

    /// The same for what is not registered.
    ///
    /// # Errors
    ///
    /// `invalid_body`, when there is too much of it.
    pub(crate) fn note(&self, client: &mut Client) -> Result<(), ManagementError> {
        let notes = &mut client.owner_metadata;
        for member in &self.members {
            match member {
                Member::Registered(..) => {}
                Member::Disabled(is_disabled) => {
                    client.is_disabled = *is_disabled;
                    // What expires makes way for another: whoever has been disabled must not come back like that.
                    client.expires_at = client.expires_at.filter(|_| !is_disabled);
                }
                Member::AppType(app_type) => notes.app_type = *app_type,
                Member::Description(description) => notes.description.clone_from(description),
                Member::WebOrigins(origins) => notes.web_origins.clone_from(origins),
                Member::RefreshToken(settings) => notes.refresh_token = *settings,
                Member::ClientMetadata(key, Some(value)) => {
                    notes.client_metadata.insert(key.clone(), value.clone());
                }
                Member::ClientMetadata(key, None) => drop(notes.client_metadata.remove(key)),
                Member::NoClientMetadata => notes.client_metadata.clear(),
            }
        }
        if notes.client_metadata.len() > MAX_CLIENT_METADATA {
            return Err(refuse("client_metadata must have at most 10 members"));
        }
        Ok(())
    }

    /// What is registered once it is `registered` and then changed, by the validator of every registration.
    ///
    /// # Errors
    ///
    /// `invalid_body`, naming the member.
    pub(crate) fn verify(
        &self,
        mut registered: Map<String, Value>,
        mode: SecurityMode,
        is_first_party: bool,
    ) -> Result<ClientMetadata, ManagementError> {
        let of = |wanted: &str| {
            self.registered().find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        if self.decides_response_types_by_grants() {
            registered.remove("response_types");
        }
        for (name, value) in self.registered() {
            if value.is_null() {
                registered.remove(name);
            } else {
                registered.insert(name.to_owned(), value.clone());
            }
        }
        let says = |name: &str| registered.contains_key(name);
        if !says("grant_types") && !says("response_types") {
            // To act for itself is nothing that a client gets unasked.
            let by_default = mode.registration_rules().grant_types;
            registered.insert("grant_types".to_owned(), json!(by_default));
        }
        let rules = RegistrationRules {
            may_fetch: self.may_fetch || !self.refers_to_more(&registered),
            ..mode.rules_for_the_owner(is_first_party)
        };
        let metadata = ClientMetadata::verify(&RawClientMetadata::from(registered), &rules);
        let metadata = metadata.map_err(|error| refusal(&error))?;
        let taken = json!(metadata);
        for name in ["grant_types", "response_types"] {
            check_all_taken(name, of(name), &taken[name])?;
        }
        Ok(metadata)
    }

    /// Whether what `client` refers to is among what changes. The rest stays, also where nothing is fetched any more: else
    /// not even its name could be changed.
    fn refers_to_more(&self, client: &Map<String, Value>) -> bool {
        self.registered().filter(|(_, value)| !value.is_null()).any(|(name, _)| match name {
            // Which its sector's document must have.
            "redirect_uris" => client.contains_key("sector_identifier_uri"),
            name => REFERRING.contains(&name),
        })
    }

    /// Whether response types follow from the grants, as Auth0 has it.
    fn decides_response_types_by_grants(&self) -> bool {
        let says = |wanted: &str| self.registered().any(|(name, _)| name == wanted);
        says("grant_types") && !says("response_types")
    }

    fn registered(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().filter_map(|member| match member {
            Member::Registered(name, value) => Some((name.as_str(), value)),
            _ => None,
        })
    }
}

/// What the validator leaves out of a stranger's wishes, an owner is told of, lest it be thought to hold.
fn check_all_taken(
    name: &str,
    asked: Option<&Value>,
    taken: &Value,
) -> Result<(), ManagementError> {
    let is_taken = |asked: &Value| {
        let asked = asked.as_str().unwrap_or_default();
        // The words of a response type may come in any order.
        let asked = asked.parse::<ResponseType>().map_or(asked, |it| it.as_str());
        taken.as_array().is_some_and(|taken| taken.iter().any(|one| one == asked))
    };
    let asked = asked.and_then(Value::as_array);
    match asked.and_then(|asked| asked.iter().position(|one| !is_taken(one))) {
        Some(place) => Err(refuse(&format!("{name}[{place}] is none that this client can have"))),
        None => Ok(()),
    }
}

fn application_type(change: &[Member]) -> Option<&'static str> {
    change.iter().find_map(|member| match member {
        Member::AppType(Some(AppType::Native)) => Some("native"),
        Member::AppType(Some(AppType::Spa | AppType::RegularWeb)) => Some("web"),
        _ => None,
    })
}

pub(crate) fn refuse(why: &str) -> ManagementError {
    ManagementError::invalid_body(why)
}
