//! What there is to tell of a token that is good (RFC 7662 §2.2), and to whom.

use crate::presented::Known;
use serde::Serialize;
use shared::{
    clock::Timestamp,
    domain::{
        AccessTokenClaims, Audiences, Client, Confirmation, OpaqueAccessToken, RefreshGrant,
        RotationType, User,
    },
    oauth::{Scopes, TokenType},
    oidc::left_half_hash,
    tokens::subject,
};

/// What a token is that counts.
#[derive(Serialize)]
pub(crate) struct Introspection {
    active: bool,
    scope: Scopes,
    /// Whom it was issued to.
    client_id: String,
    /// Whom it is about, where its scopes tell that to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    token_type: Kind,
    /// When it expires; never, where a refresh token never does.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<Timestamp>,
    sub: String,
    aud: Audiences,
    iss: String,
    jti: String,
    /// The key that it is bound to (RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    /// Whether it is for an API of the tenant's own.
    #[serde(skip)]
    is_for_an_api: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Kind {
    Access(TokenType),
    /// No type of RFC 6749 §7.1, lest anybody take it for an access token.
    Refresh(&'static str),
}

impl Kind {
    fn of(cnf: Option<&Confirmation>) -> Self {
        Self::Access(if cnf.is_some() { TokenType::Dpop } else { TokenType::Bearer })
    }
}

impl Introspection {
    /// Whether `asking` may know of it: of its own, and a server of the tenant's of what is brought to the tenant's APIs.
    pub(crate) fn is_for(&self, asking: &Client) -> bool {
        self.client_id == asking.client_id.as_str() || (asking.is_first_party && self.is_for_an_api)
    }

    /// A proven access token for an API.
    pub(crate) fn jwt(claims: AccessTokenClaims, known: &Known<'_>) -> Self {
        let issuer = &known.tenant.issuer;
        let of_ours = [issuer.userinfo_audience(), issuer.management_audience()];
        let is_for_an_api = claims.aud.iter().any(|aud| !of_ours.iter().any(|own| own == aud));
        Self {
            active: true,
            is_for_an_api,
            username: username(known.user.as_ref(), &claims.scope),
            scope: claims.scope,
            client_id: claims.client_id,
            token_type: Kind::of(claims.cnf.as_ref()),
            exp: Some(claims.exp),
            iat: Some(claims.iat),
            sub: claims.sub,
            aud: claims.aud,
            iss: claims.iss,
            jti: claims.jti,
            cnf: claims.cnf,
        }
    }

    /// A proven access token for the userinfo endpoint, which `token` is the text of.
    pub(crate) fn opaque(
        token: &str,
        opaque: OpaqueAccessToken,
        (client, user): (&Client, &User),
        known: &Known<'_>,
    ) -> Self {
        let issuer = &known.tenant.issuer;
        Self {
            active: true,
            is_for_an_api: false,
            username: username(Some(user), &opaque.scope),
            scope: opaque.scope,
            client_id: client.client_id.as_str().to_owned(),
            token_type: Kind::of(opaque.cnf.as_ref()),
            exp: Some(opaque.exp),
            iat: Some(opaque.iat),
            sub: subject(known.sealing, client, &user.user_id),
            aud: Audiences::One(issuer.userinfo_audience()),
            iss: issuer.to_string(),
            jti: left_half_hash(token),
            cnf: opaque.cnf,
        }
    }

    /// A refresh token that is good, which `token` is the text of: it is for us alone.
    pub(crate) fn refresh(
        token: &str,
        grant: &RefreshGrant,
        (client, user): (&Client, &User),
        known: &Known<'_>,
    ) -> Self {
        let issuer = &known.tenant.issuer;
        let settings = client.refresh_token_settings(&known.tenant);
        // One that stays the same is older than its last use, and nothing says by how much.
        let is_new = settings.rotation_type == RotationType::Rotating;
        Self {
            active: true,
            is_for_an_api: false,
            username: username(Some(user), &grant.scope),
            scope: grant.scope.clone(),
            client_id: client.client_id.as_str().to_owned(),
            token_type: Kind::Refresh("refresh_token"),
            exp: grant.until(),
            iat: is_new.then_some(grant.rotated_at),
            sub: subject(known.sealing, client, &user.user_id),
            aud: Audiences::One(issuer.to_string()),
            iss: issuer.to_string(),
            jti: left_half_hash(token),
            cnf: known
                .family
                .as_ref()
                .and_then(|it| it.dpop_jkt.clone())
                .map(|jkt| Confirmation { jkt }),
        }
    }
}

/// The e-mail address, which is what users sign in by, where a scope releases it.
fn username(user: Option<&User>, scope: &Scopes) -> Option<String> {
    user.filter(|_| scope.contains("email")).and_then(|user| user.claims.email.clone())
}
