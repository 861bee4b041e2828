//! Client authentication (RFC 6749 §2.3, §3.2.1, RFC 7523 §2.2): the same at every endpoint that a client calls
//! for itself.

use crate::{
    App,
    clock::Timestamp,
    domain::{Client, ClientId, RequestId, Tenant, TenantId, UsedAssertion},
    http,
    jose::JwkSet,
    keys::Sealing,
    oauth::{
        Challenge, ClientAssertion, ClientCredentials, ClientSecret, DpopProof, OAuthError,
        OAuthErrorCode, Parameters, VerifiedAssertion,
    },
    possession::{PresentedProof, dpop_nonce},
};
use lambda_http::Request;
use std::sync::Arc;

/// Who asks, not yet authenticated, and at whose endpoint.
pub struct Caller {
    /// The tenant's name in the table.
    pub tenant_id: TenantId,
    /// The tenant's sealing key.
    pub sealing: Arc<Sealing>,
    /// What the caller says of itself, and what it proves it with.
    pub credentials: ClientCredentials,
    /// The proof that it has a key, if it sent one.
    pub proof: Option<PresentedProof>,
    endpoint: String,
}

impl Caller {
    /// The caller whose `request` has these `parameters`. No round trip, but for the first time in a process.
    ///
    /// # Errors
    ///
    /// Those of [`ClientCredentials::parse`]; for an unknown host, or when the sealing key can't be had.
    pub async fn of(
        app: &App,
        request: &Request,
        parameters: &Parameters,
    ) -> Result<Self, OAuthError> {
        let tenant_id = http::tenant_id(request)?;
        let credentials = ClientCredentials::parse(http::authorization(request)?, parameters)?;
        let sealing = app.sealing(&tenant_id).await?;
        let endpoint = request.uri().path().trim_start_matches('/').to_owned();
        let proof = PresentedProof::of(request);
        Ok(Self { tenant_id, sealing, credentials, proof, endpoint })
    }

    /// The proof that it has a key (RFC 9449), if it sent one.
    ///
    /// # Errors
    ///
    /// `invalid_dpop_proof`, `use_dpop_nonce`.
    pub fn verify_proof(
        &self,
        app: &App,
        tenant: &Tenant,
    ) -> Result<Option<DpopProof>, OAuthError> {
        let verify =
            |proof: &PresentedProof| proof.verify(&tenant.issuer, &self.sealing, app.clock.now());
        self.proof.as_ref().map(verify).transpose()
    }

    /// What the client's next proof has to hold, told where it sends proofs (RFC 9449 §8.2).
    #[must_use]
    pub fn with_next_nonce(&self, app: &App, mut response: http::Response) -> http::Response {
        if self.proof.is_some() {
            let nonce = dpop_nonce(&self.sealing, app.clock.now());
            http::set_dpop_nonce(&mut response, &nonce);
        }
        response
    }

    /// The client that it says it is, if that can be one of ours: for reading what decides.
    #[must_use]
    pub fn client_id(&self) -> Option<ClientId> {
        ClientId::parse(&self.credentials.client_id)
    }

    /// The client, if it is who it says it is; `found` is what was found of that. A secret may come either way,
    /// whichever was registered; an assertion costs one round trip, since it is good once.
    ///
    /// # Errors
    ///
    /// `invalid_client`, the same for a client that does not exist.
    pub async fn authenticate(
        &self,
        app: &App,
        tenant: &Tenant,
        found: Option<Client>,
    ) -> Result<Client, OAuthError> {
        let client = match &self.credentials.client_assertion {
            Some(assertion) => self.by_assertion(app, tenant, found, assertion).await?,
            None => self.by_secret(found, app.clock.now()),
        };
        client.ok_or_else(|| self.invalid_client())
    }

    /// A public client by its name alone, a client with a secret by that.
    fn by_secret(&self, found: Option<Client>, now: Timestamp) -> Option<Client> {
        let secret = self.credentials.client_secret.as_ref().map_or("", ClientSecret::expose);
        let is_right_secret = self.is_right_secret(found.as_ref(), secret, now);
        found.filter(|client| {
            if client.is_public() {
                self.credentials.client_secret.is_none()
            } else {
                client.client_secret.is_some() && is_right_secret
            }
        })
    }

    /// Compares with both secrets that can be good, whether or not there are any, so that the time tells
    /// nothing about which clients there are.
    fn is_right_secret(&self, client: Option<&Client>, secret: &str, now: Timestamp) -> bool {
        let good = client.iter().flat_map(|client| client.good_secrets(now));
        let good = good.map(|secret| secret.mac.as_str()).chain(["", ""]).take(2);
        let (t, id) = (&self.tenant_id, &self.credentials.client_id);
        let is_it = |mac| self.sealing.is_client_secret(t, id, secret, mac);
        good.map(is_it).fold(false, |is_any, is_one| is_any | is_one)
    }

    /// A client with keys, by a JWT that one of them signed (OpenID Connect Core §9). Nothing is written
    /// before that is proven, so that a stranger can't use up anything.
    async fn by_assertion(
        &self,
        app: &App,
        tenant: &Tenant,
        found: Option<Client>,
        assertion: &ClientAssertion,
    ) -> Result<Option<Client>, OAuthError> {
        let Some(client) = found else { return Ok(None) };
        let Some((keys, alg)) = client.assertion_keys() else { return Ok(None) };
        let (issuer, now) = (tenant.issuer.as_str(), app.clock.now());
        // The endpoint itself is good too, wherever the client does not know better (RFC 9126 §2).
        let [token, own] = ["oauth/token", &self.endpoint].map(|path| format!("{issuer}{path}"));
        let audiences = [issuer, &token, &own];
        let verify = |keys: &JwkSet| {
            assertion.verify(client.client_id.as_str(), (keys, alg), &audiences, now)
        };
        let is_named = |keys: &JwkSet| assertion.names_one_of(keys);
        let verified = app.with_keys_of(tenant, keys, is_named, verify).await?;
        let Some(VerifiedAssertion { jti, expires_at }) = verified else { return Ok(None) };
        let used = UsedAssertion { used_by: RequestId::generate(&*app.entropy), expires_at };
        let (t, id) = (&self.tenant_id, &client.client_id);
        let is_first_use = app.store.use_assertion(t, id, &jti, &used).await?;
        Ok(is_first_use.then_some(client))
    }

    /// The error for a caller who is not the client.
    #[must_use]
    pub fn invalid_client(&self) -> OAuthError {
        let description = "the client is unknown, or did not authenticate as it must";
        let error = OAuthError::new(OAuthErrorCode::InvalidClient, description);
        if self.credentials.is_basic { error.with_challenge(Challenge::Basic) } else { error }
    }
}
