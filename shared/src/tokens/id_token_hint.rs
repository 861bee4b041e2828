//! ID Tokens that come back as hints (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2).

use super::{public_sid, subject};
use crate::{
    domain::{Client, ClientId, Issuer, KeySet, Sid, UserId},
    jose::{Jws, unverified_claims, verify_hs256},
    keys::{Purpose, Sealing},
    oauth::IdTokenSignedResponseAlg,
};
use serde::Deserialize;

/// An ID Token of this provider's for one of its clients, however long ago it expired.
#[derive(Debug, Deserialize)]
pub struct IdTokenHint {
    iss: String,
    aud: String,
    sub: String,
    sid: Option<String>,
    /// Nothing that we sign has both but an ID Token.
    #[serde(rename = "auth_time")]
    _auth_time: i64,
    #[serde(rename = "exp")]
    _exp: i64,
}

/// What ID Tokens say in their header that they are.
const TYP: &str = "JWT";

impl IdTokenHint {
    /// The client that `text` says it was issued to, before anything of it is proven.
    #[must_use]
    pub fn claimed_client(text: &str) -> Option<ClientId> {
        let claims: Self = unverified_claims(text).ok()?;
        ClientId::parse(&claims.aud)
    }

    /// The hint in `text`, if `issuer` signed it for `client`: with one of its keys, or with the client's secret where
    /// that signs its ID Tokens.
    #[must_use]
    pub fn verify(
        text: &str,
        (issuer, key_set): (&Issuer, &KeySet),
        client: &Client,
        sealing: &Sealing,
    ) -> Option<Self> {
        let hint = by_key(text, key_set).or_else(|| by_secret(text, client, sealing))?;
        let is_ours = hint.iss == issuer.as_str() && hint.aud == client.client_id.as_str();
        is_ours.then_some(hint)
    }

    /// Whether it is about this user, as `client` knows them.
    #[must_use]
    pub fn is_about(&self, user: &UserId, client: &Client, sealing: &Sealing) -> bool {
        self.sub == subject(sealing, client, user)
    }

    /// Whether it is about this very session, as `client` knows it.
    #[must_use]
    pub fn is_of(&self, sid: &Sid, client: &Client, sealing: &Sealing) -> bool {
        self.sid.as_deref() == Some(&public_sid(sealing, client, sid))
    }
}

fn by_key(text: &str, key_set: &KeySet) -> Option<IdTokenHint> {
    let jws = Jws::parse(text).ok()?;
    let key = key_set.public_key(jws.kid())?;
    let is_one = jws.typ() == Some(TYP) && jws.is_signed_by(key);
    is_one.then(|| jws.unverified_claims().ok()).flatten()
}

/// Also with a secret that was rotated since.
fn by_secret(text: &str, client: &Client, sealing: &Sealing) -> Option<IdTokenHint> {
    if client.id_token_signed_response_alg() != IdTokenSignedResponseAlg::HS256 {
        return None;
    }
    let rotated = client.rotated_client_secret.iter().map(|rotated| &rotated.secret);
    client.client_secret.iter().chain(rotated).find_map(|kept| {
        let secret: String = sealing.open(Purpose::ClientSecret, kept.sealed.as_ref()?)?;
        verify_hs256(text, TYP, secret.as_bytes()).ok()
    })
}
