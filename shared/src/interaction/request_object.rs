//! Where requests come from that are no parameters in the browser's URL: from request objects, by value and by
//! reference (RFC 9101, OpenID Connect Core §6), and from what was pushed (RFC 9126). The one place that makes
//! parameters of them.

use super::{Interaction, unknown_client};
use crate::{
    App,
    client_authentication::Caller,
    domain::{
        AuthorizationError, Client, DocumentKind, Freshness, Provenance, PushedRequest,
        PushedRequestId, ReturnAddress, Tenant,
    },
    oauth::{InvalidRequestObject, OAuthError, OAuthErrorCode, Parameters, RequestObject, WebUri},
    storage::keys,
    unknown_tenant,
};

/// How a request names what it really asks for.
enum Reference<'a> {
    /// The request object itself.
    Request(&'a str),
    /// Where it is.
    RequestUri(&'a str),
    /// The name that it was given when it was pushed.
    Pushed(PushedRequestId),
}

impl<'a> Reference<'a> {
    /// What `parameters` refer to, if they do.
    ///
    /// # Errors
    ///
    /// `invalid_request`, for both at once (RFC 9101 §5).
    fn of(parameters: &'a Parameters) -> Result<Option<Self>, OAuthError> {
        match (parameters.get("request"), parameters.get("request_uri")) {
            (None, None) => Ok(None),
            (Some(request), None) => Ok(Some(Self::Request(request))),
            (None, Some(uri)) => {
                let pushed = PushedRequestId::parse(uri).map(Self::Pushed);
                Ok(Some(pushed.unwrap_or(Self::RequestUri(uri))))
            }
            (Some(_), Some(_)) => {
                let description = "request and request_uri must not be used together";
                Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description))
            }
        }
    }
}

impl Interaction {
    /// Whether what it asks for is yet to be made of a request object: only the authorization endpoint does that.
    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        ["request", "request_uri"].iter().any(|name| self.parameters.get(name).is_some())
    }

    /// Whether the client signed what it asks for.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.provenance.is_signed
    }

    /// The request that a client pushes: `parameters`, which count.
    #[must_use]
    pub fn pushed(caller: &Caller, parameters: Parameters, provenance: Provenance) -> Self {
        Self {
            tenant_id: caller.tenant_id.clone(),
            query: parameters.to_query(),
            parameters,
            provenance,
            sealing: caller.sealing.clone(),
        }
    }

    /// The same with the parameters that count: those of its request object, or those that were pushed. One round trip
    /// for these, and for what has to be fetched those of [`App::fetch`].
    ///
    /// # Errors
    ///
    /// What is wrong with the object, told to the client if the parameters beside it name an address that it
    /// registered; else a page.
    pub async fn resolve(self, app: &App) -> Result<Self, AuthorizationError> {
        if !self.is_unresolved() {
            return Ok(self);
        }
        let (t, client_id) = (&self.tenant_id, self.client_id()?);
        let pushed = self.parameters.get("request_uri").and_then(PushedRequestId::parse);
        let pushed = pushed.map(|id| keys::pushed_request(t, &id));
        let (tenant, client, pushed) =
            app.store.read((keys::tenant(t), keys::client(t, &client_id), pushed)).await?;
        let tenant = tenant.ok_or_else(unknown_tenant)?;
        let client = client.ok_or_else(unknown_client)?;
        let requested = match Reference::of(&self.parameters) {
            Ok(Some(Reference::Pushed(id))) => parameters_of(pushed, id, &client),
            _ => app.requested(&tenant, &client, &self.parameters).await,
        };
        match requested {
            Ok(requested) => Ok(self.carrying(app, requested)?),
            Err(error) => {
                let address = ReturnAddress::resolve(&tenant.issuer, &client, &self.parameters);
                Err(match address {
                    Ok(address) => address.refuse_with(error),
                    Err(_) => AuthorizationError::Page(error),
                })
            }
        }
    }
}

/// The parameters of `pushed`, which is what was found by the name of `id`, if they are `client`'s and not used yet.
fn parameters_of(
    pushed: Option<PushedRequest>,
    id: PushedRequestId,
    client: &Client,
) -> Result<(Parameters, Provenance), OAuthError> {
    let is_good =
        |pushed: &PushedRequest| pushed.client_id == client.client_id && pushed.used_by.is_none();
    let pushed = pushed.filter(is_good).ok_or_else(unknown_request_uri)?;
    let parameters =
        Parameters::from_form(pushed.query.as_bytes()).map_err(OAuthError::server_error)?;
    Ok((parameters, Provenance { is_signed: pushed.is_signed, pushed: Some(id) }))
}

fn unknown_request_uri() -> OAuthError {
    let description =
        "request_uri is unknown, expired, used, or another client's: push the request again";
    OAuthError::new(OAuthErrorCode::InvalidRequestUri, description)
}

impl App {
    /// What `client` asks for by `outer`: the parameters in its request object, if it sends or names one, else
    /// these; and what is known of where they are from.
    ///
    /// # Errors
    ///
    /// `invalid_request_object`, `invalid_request_uri`; `request_not_supported` and `request_uri_not_supported` for
    /// what nobody signed, and for what this tenant does not fetch; 503 when a dependency fails.
    pub async fn requested(
        &self,
        tenant: &Tenant,
        client: &Client,
        outer: &Parameters,
    ) -> Result<(Parameters, Provenance), OAuthError> {
        let signed = Provenance { is_signed: true, pushed: None };
        match Reference::of(outer)? {
            None => Ok((outer.clone(), Provenance::default())),
            Some(Reference::Pushed(_)) => Err(unknown_request_uri()),
            Some(Reference::Request(jwt)) => {
                let parameters = self.signed_parameters(tenant, client, outer, jwt).await?;
                let parameters = parameters.map_err(|why| match why {
                    InvalidRequestObject::Unsigned => {
                        refuse(OAuthErrorCode::RequestNotSupported, "request", why)
                    }
                    why => refuse(OAuthErrorCode::InvalidRequestObject, "request", why),
                });
                Ok((parameters?, signed))
            }
            Some(Reference::RequestUri(uri)) => {
                let jwt = self.fetch_request_object(tenant, client, uri).await?;
                let parameters = self.signed_parameters(tenant, client, outer, &jwt).await?;
                let parameters = parameters.map_err(|why| match why {
                    InvalidRequestObject::Unsigned => refuse(
                        OAuthErrorCode::RequestUriNotSupported,
                        "what is at request_uri",
                        why,
                    ),
                    why => {
                        refuse(OAuthErrorCode::InvalidRequestObject, "what is at request_uri", why)
                    }
                });
                Ok((parameters?, signed))
            }
        }
    }

    /// The parameters in `jwt`, if the client signed it.
    async fn signed_parameters(
        &self,
        tenant: &Tenant,
        client: &Client,
        outer: &Parameters,
        jwt: &str,
    ) -> Result<Result<Parameters, InvalidRequestObject>, OAuthError> {
        let requests = client.metadata.as_ref().map(|metadata| &metadata.requests);
        let alg = requests.and_then(|requests| requests.request_object_signing_alg);
        let object = match RequestObject::parse(jwt, alg) {
            Ok(object) => object,
            Err(why) => return Ok(Err(why)),
        };
        let Some(keys) = client.keys() else {
            return Ok(Err(InvalidRequestObject::WrongSignature));
        };
        let (client_id, issuer) = (client.client_id.as_str(), tenant.issuer.as_str());
        let now = self.clock.now();
        let is_named = |keys: &_| object.names_one_of(keys);
        let verify = |keys: &_| {
            let signed = object.signed_by(keys)?;
            Some(signed.parameters(outer, client_id, issuer, now))
        };
        let verified = self.with_keys_of(tenant, keys, is_named, verify).await?;
        Ok(verified.unwrap_or(Err(InvalidRequestObject::WrongSignature)))
    }

    /// The request object at `uri`, which must be one that the client registered, byte for byte: so nobody can have
    /// anything else fetched, nor the same thing under ever new names.
    ///
    /// A client whose object is another each time sends it itself: a URI is asked once in half a minute at most.
    async fn fetch_request_object(
        &self,
        tenant: &Tenant,
        client: &Client,
        uri: &str,
    ) -> Result<String, OAuthError> {
        if !tenant.dynamic_client_registration.allow_fetching {
            let description =
                "request_uri is not supported, since this tenant does not fetch clients' URIs";
            return Err(OAuthError::new(OAuthErrorCode::RequestUriNotSupported, description));
        }
        let requests = client.metadata.as_ref().map(|metadata| &metadata.requests);
        let mut registered = requests.into_iter().flat_map(|requests| &requests.request_uris);
        let uri: &WebUri = registered.find(|known| known.as_str() == uri).ok_or_else(|| {
            let description = "request_uri is not one that the client registered (request_uris)";
            OAuthError::new(OAuthErrorCode::InvalidRequestUri, description)
        })?;
        let t = tenant.issuer.tenant_id();
        let fetched = self.fetch(&t, uri, DocumentKind::Jwt, Freshness::Renewed).await?;
        fetched.map_err(|why| refuse(OAuthErrorCode::InvalidRequestUri, "request_uri", why))
    }
}

fn refuse(code: OAuthErrorCode, what: &str, why: impl std::fmt::Display) -> OAuthError {
    OAuthError::new(code, format!("{what} {why}"))
}
