//! Access tokens: JWTs for APIs (RFC 9068), sealed ones for the userinfo endpoint.

use super::{ClientId, FamilyId, UserId};
use crate::{clock::Timestamp, jose::JwkThumbprint, oauth::Scopes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, time::Duration};

/// How long tokens last, where no API says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct TokenLifetimes {
    /// ID Tokens: long enough to be checked on arrival.
    pub id_token: Duration,
    /// Access tokens that go to a client by itself.
    pub access_token: Duration,
    /// Access tokens that go straight to a browser, where they are easier to steal.
    pub access_token_for_web: Duration,
    /// Access tokens, where an API's owner wants it longest. Retired keys are published a day longer.
    pub longest_access_token: Duration,
    /// How far another machine's clock may be off.
    pub clock_skew: Duration,
}

/// The one place that says how long tokens last.
pub const TOKEN_LIFETIMES: TokenLifetimes = TokenLifetimes {
    id_token: Duration::from_hours(1),
    access_token: Duration::from_hours(1),
    access_token_for_web: Duration::from_mins(15),
    longest_access_token: Duration::from_hours(24 * 30),
    clock_skew: Duration::from_mins(1),
};

/// The claims of an access token for an API (RFC 9068 §2.2), with the two that Auth0's libraries expect.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Who issued it.
    pub iss: String,
    /// The user, as the client knows them, or `CLIENT_ID@clients` for a client that acts for itself.
    pub sub: String,
    /// The API, and the userinfo endpoint where `openid` was granted.
    pub aud: Audiences,
    /// When it expires.
    pub exp: Timestamp,
    /// When it was issued.
    pub iat: Timestamp,
    /// Names the token.
    pub jti: String,
    /// The client.
    pub client_id: String,
    /// The client again, by Auth0's name for it.
    pub azp: String,
    /// What it is good for.
    #[serde(default)]
    pub scope: Scopes,
    /// `client-credentials`, for a client that acts for itself; Auth0's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gty: Option<String>,
    /// What it is revoked with, if it came from a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_id: Option<FamilyId>,
    /// The key that it is bound to (RFC 9449 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// The user for the userinfo endpoint alone, sealed, where a pairwise `sub` does not tell who it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_user_id: Option<String>,
    /// The claims that the userinfo endpoint tells besides those that scopes release, by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub userinfo_claims: BTreeSet<String>,
    /// The tenant's own claims about the user.
    #[serde(flatten)]
    pub custom: Map<String, Value>,
}

/// What whoever presents a token has to prove (RFC 7800 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// That they have the key of this thumbprint (RFC 9449 §6.1).
    pub jkt: JwkThumbprint,
}

/// One audience or several (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audiences {
    /// One, written as a string.
    One(String),
    /// Several, written as an array.
    Several(Vec<String>),
}

impl Audiences {
    /// Whether `audience` is one of them.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        self.iter().any(|one| one == audience)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        };
        all.iter().map(String::as_str)
    }
}

/// What a sealed access token holds: good at the userinfo endpoint and nowhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpaqueAccessToken {
    /// The user.
    pub sub: UserId,
    /// The client.
    pub client_id: ClientId,
    /// What it is good for.
    pub scope: Scopes,
    /// The claims that the userinfo endpoint tells besides those that scopes release, by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub userinfo_claims: BTreeSet<String>,
    /// When it was issued.
    pub iat: Timestamp,
    /// When it expires.
    pub exp: Timestamp,
    /// What it is revoked with, if it came from a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_id: Option<FamilyId>,
    /// The key that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}
