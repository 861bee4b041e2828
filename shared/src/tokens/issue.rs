//! Making tokens. Each JWT costs one call of the key holder; a sealed token costs none.

use super::subject::{public_sid, sealed_user_id, subject};
use crate::{
    App,
    clock::Timestamp,
    domain::{
        AccessTokenClaims, Audiences, Client, Confirmation, FamilyId, IdTokenScopeClaims,
        IndividualClaims, KeySet, OpaqueAccessToken, Sid, TOKEN_LIFETIMES, Tenant, User,
    },
    jose::{JwkThumbprint, SigningAlg, SigningInput, sign_hs256},
    keys::{KeyError, Purpose, Sealing},
    oauth::{ClientSecret, OAuthError, Scopes, TokenType},
    oidc::{IdTokenClaims, PASSWORD_PROTECTED_TRANSPORT, left_half_hash},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// What a user's tokens are issued from.
pub struct Issuance<'a> {
    /// The issuer.
    pub tenant: &'a Tenant,
    /// Its keys.
    pub key_set: &'a KeySet,
    /// Its sealing key.
    pub sealing: &'a Sealing,
    /// To whom.
    pub client: &'a Client,
    /// About whom.
    pub user: &'a User,
    /// For what.
    pub scope: &'a Scopes,
    /// With which claims besides those that scopes release.
    pub claims: &'a IndividualClaims,
    /// For which API; none for the userinfo endpoint alone.
    pub audience: Option<&'a str>,
    /// How long the access token lasts.
    pub access_token_lifetime: Duration,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// The session in which they did.
    pub sid: Option<&'a Sid>,
    /// The client's nonce.
    pub nonce: Option<&'a str>,
    /// What they are revoked with.
    pub family_id: Option<&'a FamilyId>,
    /// The key that the access token is bound to (RFC 9449 §5).
    pub dpop_jkt: Option<&'a JwkThumbprint>,
    /// Now.
    pub now: Timestamp,
}

impl Issuance<'_> {
    /// How the access token is presented.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        if self.dpop_jkt.is_some() { TokenType::Dpop } else { TokenType::Bearer }
    }

    fn confirmation(&self) -> Option<Confirmation> {
        self.dpop_jkt.map(|jkt| Confirmation { jkt: jkt.clone() })
    }
}

/// What an ID Token travels with through the browser, where somebody could swap it for another's (OpenID
/// Connect Core §3.3.2.11): nothing, where it comes from the token endpoint.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The code.
    pub code: Option<&'a str>,
    /// The access token.
    pub access_token: Option<&'a str>,
    /// Whether no access token is issued at all, neither here nor for the code (OpenID Connect Core §5.4).
    pub is_all: bool,
}

impl App {
    /// The access token: a JWT for an API, a sealed one without.
    ///
    /// # Errors
    ///
    /// When the key holder fails.
    pub async fn access_token(&self, issuance: &Issuance<'_>) -> Result<String, OAuthError> {
        let Some(audience) = issuance.audience else { return self.opaque_access_token(issuance) };
        let tenant = issuance.tenant;
        let audiences = if issuance.scope.contains("openid") {
            Audiences::Several(vec![audience.to_owned(), tenant.issuer.userinfo_audience()])
        } else {
            Audiences::One(audience.to_owned())
        };
        let client_id = issuance.client.client_id.as_str().to_owned();
        let claims = AccessTokenClaims {
            iss: tenant.issuer.to_string(),
            sub: subject(issuance.sealing, issuance.client, &issuance.user.user_id),
            aud: audiences,
            exp: issuance.now + issuance.access_token_lifetime,
            iat: issuance.now,
            jti: self.entropy.alphanumerics(22),
            client_id: client_id.clone(),
            azp: client_id,
            scope: issuance.scope.clone(),
            gty: None,
            family_id: issuance.family_id.cloned(),
            cnf: issuance.confirmation(),
            sealed_user_id: sealed_user_id(
                issuance.sealing,
                issuance.client,
                &issuance.user.user_id,
                &*self.entropy,
            ),
            userinfo_claims: issuance.claims.userinfo.clone(),
            custom: issuance.user.custom_claims_released_by(issuance.scope, &tenant.custom_claims),
        };
        self.sign("at+jwt", (issuance.key_set, tenant.signing_alg), &claims).await
    }

    fn opaque_access_token(&self, issuance: &Issuance<'_>) -> Result<String, OAuthError> {
        let token = OpaqueAccessToken {
            sub: issuance.user.user_id.clone(),
            client_id: issuance.client.client_id.clone(),
            scope: issuance.scope.clone(),
            userinfo_claims: issuance.claims.userinfo.clone(),
            iat: issuance.now,
            exp: issuance.now + issuance.access_token_lifetime,
            family_id: issuance.family_id.cloned(),
            cnf: issuance.confirmation(),
        };
        let sealed = issuance.sealing.seal(Purpose::AccessToken, &token, &*self.entropy);
        sealed.ok_or_else(|| OAuthError::server_error("an access token can't be sealed"))
    }

    /// The ID Token, bound to what travels together with it through the browser.
    ///
    /// # Errors
    ///
    /// When the key holder fails.
    pub async fn id_token(
        &self,
        issuance: &Issuance<'_>,
        beside: Beside<'_>,
    ) -> Result<String, OAuthError> {
        let (tenant, named) = (issuance.tenant, &issuance.claims.id_token);
        let claims = IdTokenClaims {
            iss: tenant.issuer.to_string(),
            sub: subject(issuance.sealing, issuance.client, &issuance.user.user_id),
            aud: issuance.client.client_id.as_str().to_owned(),
            exp: issuance.now + TOKEN_LIFETIMES.id_token,
            iat: issuance.now,
            auth_time: issuance.auth_time,
            acr: named.contains("acr").then_some(PASSWORD_PROTECTED_TRANSPORT),
            sid: issuance.sid.map(|sid| public_sid(issuance.sealing, issuance.client, sid)),
            nonce: issuance.nonce.map(str::to_owned),
            at_hash: beside.access_token.map(left_half_hash),
            c_hash: beside.code.map(left_half_hash),
            user: user_claims(issuance, beside),
        };
        let keys = (issuance.key_set, issuance.sealing);
        self.sign_for("JWT", keys, issuance.client, &claims).await
    }

    /// `claims` as a JWT for `client`, signed as its ID Tokens are: by the tenant's current key, or with the client's
    /// secret.
    ///
    /// # Errors
    ///
    /// When the key holder fails.
    pub(super) async fn sign_for<C: Serialize>(
        &self,
        typ: &str,
        (key_set, sealing): (&KeySet, &Sealing),
        client: &Client,
        claims: &C,
    ) -> Result<String, OAuthError> {
        match signing_secret(client, sealing) {
            None => {
                let alg = client.id_token_signed_response_alg().signing_alg();
                self.sign(typ, (key_set, alg.unwrap_or_default()), claims).await
            }
            Some(secret) => {
                let secret = secret?;
                sign_hs256(typ, claims, secret.expose().as_bytes())
                    .map_err(OAuthError::server_error)
            }
        }
    }

    /// `claims` as a JWT, signed by the tenant's current key for this algorithm.
    ///
    /// # Errors
    ///
    /// When the key holder fails.
    pub async fn sign<C: Serialize>(
        &self,
        typ: &str,
        (key_set, alg): (&KeySet, SigningAlg),
        claims: &C,
    ) -> Result<String, OAuthError> {
        let key = key_set.current(alg).ok_or_else(|| KeyError::new("finding the current key"))?;
        let input =
            SigningInput::for_key(typ, &key.jwk, claims).map_err(OAuthError::server_error)?;
        let signature = self.keys.sign(alg, &key.reference, input.as_bytes()).await?;
        Ok(input.with_signature(&signature))
    }
}

/// What the ID Token says about the user: what scopes release, where the tenant has it there, and what was asked for one
/// by one.
fn user_claims(issuance: &Issuance<'_>, beside: Beside<'_>) -> Map<String, Value> {
    let Issuance { tenant, user, .. } = issuance;
    let custom = &tenant.custom_claims;
    let mut claims = match tenant.id_token_scope_claims {
        IdTokenScopeClaims::WithoutAccessToken if !beside.is_all => Map::new(),
        _ => user.claims_released_by(issuance.scope, custom),
    };
    claims.extend(user.claims_named(&issuance.claims.id_token, custom));
    claims
}

/// The client's secret, if it registered that its ID Tokens are signed with it.
fn signing_secret(client: &Client, sealing: &Sealing) -> Option<Result<ClientSecret, OAuthError>> {
    let sealed = client.client_secret.as_ref()?.sealed.as_ref()?;
    let secret: Option<String> = sealing.open(Purpose::ClientSecret, sealed);
    Some(secret.map(ClientSecret::from).ok_or_else(|| {
        OAuthError::server_error("the secret that signs a client's ID Tokens can't be opened")
    }))
}
