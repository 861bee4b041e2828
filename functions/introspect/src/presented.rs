//! A token as it presents itself, and what is left of that once it is proven.

use crate::introspection::Introspection;
use shared::{
    clock::Timestamp,
    domain::{
        AccessTokenClaims, Client, ClientId, FamilyId, KeySet, OpaqueAccessToken, RefreshFamily,
        RefreshTokenId, Standing, Tenant, User, UserId,
    },
    jose::Jws,
    keys::{Purpose, Sealing},
    oauth::GrantType,
    tokens::verify_jwt,
};
use std::time::Duration;

/// What a token says that it is. Without `Debug`, since it holds the token.
pub(crate) struct Presented<'a> {
    token: &'a str,
    kind: Kind,
}

enum Kind {
    /// Opening it was the proof that it is ours.
    Refresh(RefreshTokenId),
    /// Likewise.
    Opaque(Box<OpaqueAccessToken>),
    /// Proven by nothing yet. Of no user, where a client got it for itself.
    Jwt {
        client_id: ClientId,
        user_id: Option<UserId>,
        family_id: Option<FamilyId>,
    },
    Unknown,
}

/// What the token is judged by: who asks, and what was found of what it names.
pub(crate) struct Known<'a> {
    pub(crate) tenant: Tenant,
    pub(crate) key_set: KeySet,
    pub(crate) asking: Client,
    pub(crate) client: Option<Client>,
    pub(crate) user: Option<User>,
    pub(crate) family: Option<RefreshFamily>,
    pub(crate) sealing: &'a Sealing,
    pub(crate) now: Timestamp,
}

impl<'a> Presented<'a> {
    /// Takes `token` apart.
    pub(crate) fn parse(token: &'a str, sealing: &Sealing) -> Self {
        Self { token, kind: Kind::of(token, sealing).unwrap_or(Kind::Unknown) }
    }

    /// The client that it says it was issued to; a refresh token does not say.
    pub(crate) fn client_id(&self) -> Option<&ClientId> {
        match &self.kind {
            Kind::Opaque(opaque) => Some(&opaque.client_id),
            Kind::Jwt { client_id, .. } => Some(client_id),
            Kind::Refresh(_) | Kind::Unknown => None,
        }
    }

    /// The user that it says it is about.
    pub(crate) fn user_id(&self) -> Option<&UserId> {
        match &self.kind {
            Kind::Refresh(id) => Some(&id.user_id),
            Kind::Opaque(opaque) => Some(&opaque.sub),
            Kind::Jwt { user_id, .. } => user_id.as_ref(),
            Kind::Unknown => None,
        }
    }

    /// The family that it says it belongs to.
    pub(crate) fn family_id(&self) -> Option<&FamilyId> {
        match &self.kind {
            Kind::Refresh(id) => Some(&id.family_id),
            Kind::Opaque(opaque) => opaque.family_id.as_ref(),
            Kind::Jwt { family_id, .. } => family_id.as_ref(),
            Kind::Unknown => None,
        }
    }

    /// What it is, if it counts: it outlives neither its client, nor its user, nor its family.
    pub(crate) fn prove(self, known: &Known<'_>) -> Option<Introspection> {
        let user = known.user.as_ref().filter(|user| !user.blocked);
        let is_revoked = known.family.as_ref().is_none_or(|family| family.revoked);
        if (self.user_id().is_some() && user.is_none())
            || (self.family_id().is_some() && is_revoked)
        {
            return None;
        }
        match self.kind {
            Kind::Refresh(id) => {
                let (grant, user) =
                    (known.family.as_ref()?.grant_of(&known.asking.client_id)?, user?);
                let standing = grant.standing(id.generation, Duration::ZERO, known.now);
                let may_renew = known.asking.may_use(GrantType::RefreshToken);
                let counts =
                    standing == Standing::Current && grant.is_alive(known.now) && may_renew;
                counts.then(|| {
                    Introspection::refresh(self.token, grant, (&known.asking, user), known)
                })
            }
            Kind::Opaque(opaque) => {
                let (client, user) = (known.client.as_ref()?, user?);
                (known.now < opaque.exp)
                    .then(|| Introspection::opaque(self.token, *opaque, (client, user), known))
            }
            Kind::Jwt { .. } => {
                known.client.as_ref()?;
                let Known { tenant, key_set, now, .. } = known;
                let claims = verify_jwt(self.token, &tenant.issuer, key_set, *now)?;
                // Here is but one clock.
                (*now < claims.exp).then(|| Introspection::jwt(claims, known))
            }
            Kind::Unknown => None,
        }
    }
}

impl Kind {
    fn of(token: &str, sealing: &Sealing) -> Option<Self> {
        if let Some(id) = sealing.open(Purpose::RefreshToken, token) {
            return Some(Self::Refresh(id));
        }
        if let Some(opaque) = sealing.open(Purpose::AccessToken, token) {
            return Some(Self::Opaque(Box::new(opaque)));
        }
        let claims: AccessTokenClaims = Jws::parse(token).ok()?.unverified_claims().ok()?;
        // A pairwise `sub` may look like a user's name: where there is a sealed one, only that counts.
        let user_id = match &claims.sealed_user_id {
            Some(sealed) => Some(sealing.open(Purpose::UserOfAccessToken, sealed)?),
            None => UserId::parse(&claims.sub),
        };
        let client_id = ClientId::parse(&claims.client_id)?;
        Some(Self::Jwt { client_id, user_id, family_id: claims.family_id })
    }
}
