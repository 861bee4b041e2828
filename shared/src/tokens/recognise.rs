//! Recognising tokens that are presented to us. Issuer and keys come from the tenant, never from the
//! token.

use crate::{
    clock::Timestamp,
    domain::{
        AccessTokenClaims, ClientId, Confirmation, FamilyId, Issuer, KeySet, OpaqueAccessToken,
        TOKEN_LIFETIMES, UserId,
    },
    jose::Jws,
    keys::{Purpose, Sealing},
    oauth::Scopes,
};
use std::collections::BTreeSet;

/// The claims of a JWT access token of `issuer`, if it is one, signed by one of its keys, and has not
/// expired. Whom it is for, the caller checks.
#[must_use]
pub fn verify_jwt(
    token: &str,
    issuer: &Issuer,
    key_set: &KeySet,
    now: Timestamp,
) -> Option<AccessTokenClaims> {
    let jws = Jws::parse(token).ok()?;
    let key = key_set.public_key(jws.kid())?;
    if jws.typ() != Some("at+jwt") || !jws.is_signed_by(key) {
        return None;
    }
    let claims: AccessTokenClaims = jws.unverified_claims().ok()?;
    let is_current = now < claims.exp + TOKEN_LIFETIMES.clock_skew;
    (claims.iss == issuer.as_str() && is_current).then_some(claims)
}

/// The client that a JWT says it was issued to, before anything of it is proven: for what has to be read to prove it.
#[must_use]
pub fn claimed_client(token: &str) -> Option<ClientId> {
    let claims: AccessTokenClaims = Jws::parse(token).ok()?.unverified_claims().ok()?;
    ClientId::parse(&claims.client_id)
}

/// An access token presented at the userinfo endpoint: what it says, so that everything that proves it
/// can be read at once. Without `Debug`, since it holds the token.
pub struct PresentedToken {
    /// The user that it says it is about.
    pub user_id: UserId,
    /// The client that it says it was issued to.
    pub client_id: ClientId,
    /// The family that it says it belongs to.
    pub family_id: Option<FamilyId>,
    told: Told,
    proof: Proof,
}

/// What a proven token lets the userinfo endpoint tell.
pub struct Told {
    /// What these scopes release.
    pub scope: Scopes,
    /// And the claims that are called so.
    pub claims: BTreeSet<String>,
    /// What whoever presents it has to prove besides.
    pub cnf: Option<Confirmation>,
}

enum Proof {
    /// Opening it was the proof; only time can undo it.
    Sealed { exp: Timestamp },
    /// The signature is yet to be checked.
    Jwt(String),
}

impl PresentedToken {
    /// Takes `token` apart.
    #[must_use]
    pub fn parse(token: &str, sealing: &Sealing) -> Option<Self> {
        if let Some(opaque) = sealing.open::<OpaqueAccessToken>(Purpose::AccessToken, token) {
            return Some(Self {
                user_id: opaque.sub,
                client_id: opaque.client_id,
                family_id: opaque.family_id,
                told: Told { scope: opaque.scope, claims: opaque.userinfo_claims, cnf: opaque.cnf },
                proof: Proof::Sealed { exp: opaque.exp },
            });
        }
        let claims: AccessTokenClaims = Jws::parse(token).ok()?.unverified_claims().ok()?;
        // A pairwise `sub` may look like a user's name: where there is a sealed one, only that counts.
        let user_id = match &claims.sealed_user_id {
            Some(sealed) => sealing.open(Purpose::UserOfAccessToken, sealed)?,
            None => UserId::parse(&claims.sub)?,
        };
        Some(Self {
            user_id,
            client_id: ClientId::parse(&claims.client_id)?,
            family_id: claims.family_id,
            told: Told { scope: claims.scope, claims: claims.userinfo_claims, cnf: claims.cnf },
            proof: Proof::Jwt(token.to_owned()),
        })
    }

    /// What the token lets be told, once it is proven: signed by `issuer`, current, and for its userinfo
    /// endpoint.
    #[must_use]
    pub fn prove(self, issuer: &Issuer, key_set: &KeySet, now: Timestamp) -> Option<Told> {
        let is_proven = match &self.proof {
            Proof::Sealed { exp } => now < *exp,
            Proof::Jwt(token) => verify_jwt(token, issuer, key_set, now)
                .is_some_and(|claims| claims.aud.contains(&issuer.userinfo_audience())),
        };
        is_proven.then_some(self.told)
    }
}
