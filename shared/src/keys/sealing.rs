//! A tenant's sealing key: one secret, split by HKDF (RFC 5869) into a key for each purpose, so that
//! nothing sealed for one can be opened as another.

use crate::{
    domain::{RefreshTokenId, TenantId},
    entropy::Entropy,
    oauth::ClientSecret,
};
use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// What something is sealed or authenticated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The session cookie.
    SessionCookie,
    /// The note of what a user did for a request.
    RequestNote,
    /// An authorization request on its way through the browser, once it is known who made it.
    Request,
    /// The token that ties a form to a browser.
    FormToken,
    /// What is kept of a client's secret.
    ClientSecretMac,
    /// The client's secret itself, where it signs ID Tokens.
    ClientSecret,
    /// Authorization codes.
    AuthorizationCode,
    /// Access tokens for the userinfo endpoint.
    AccessToken,
    /// The ids of clients that register the same.
    ClientFingerprint,
    /// What pairwise clients know users by.
    PairwiseSubject,
    /// What pairwise clients know sessions by.
    PairwiseSid,
    /// Whom an access token for an API of such a client is about.
    UserOfAccessToken,
    /// Where a list goes on.
    Cursor,
    /// Refresh tokens.
    RefreshToken,
    /// What makes the same refresh token the same text each time.
    RefreshTokenNonce,
    /// What proofs of possession must hold.
    DpopNonce,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::SessionCookie => "cardea session cookie",
            Self::RequestNote => "cardea request note",
            Self::Request => "cardea request",
            Self::FormToken => "cardea form token",
            Self::ClientSecretMac => "cardea client secret mac",
            Self::ClientSecret => "cardea client secret",
            Self::AuthorizationCode => "cardea authorization code",
            Self::AccessToken => "cardea access token",
            Self::ClientFingerprint => "cardea client fingerprint",
            Self::PairwiseSubject => "cardea pairwise subject",
            Self::PairwiseSid => "cardea pairwise sid",
            Self::UserOfAccessToken => "cardea user of access token",
            Self::Cursor => "cardea cursor",
            Self::RefreshToken => "cardea refresh token",
            Self::RefreshTokenNonce => "cardea refresh token nonce",
            Self::DpopNonce => "cardea dpop nonce",
        }
    }

    /// What a sealed value starts with, so that one kind is never taken for another.
    fn prefix(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "ac_",
            Self::AccessToken => "at_",
            Self::RefreshToken => "rt_",
            _ => "",
        }
    }
}

/// A tenant's sealing key.
pub struct Sealing(hkdf::Prk);

struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

impl Sealing {
    /// The sealing key with these bytes, which must be random.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key))
    }

    /// `value` encrypted and authenticated (AES-256-GCM-SIV, RFC 8452, which forgives even a repeated
    /// nonce), as base64url. `None` when it is nothing that JSON can hold.
    pub fn seal<T: Serialize>(
        &self,
        purpose: Purpose,
        value: &T,
        entropy: &dyn Entropy,
    ) -> Option<String> {
        self.seal_with(purpose, entropy.bytes(), serde_json::to_vec(value).ok()?)
    }

    /// `id` as the text that the client holds, always the same: its nonce follows from what it holds, as RFC 5297 does
    /// it, so that no text tells two of them apart but their being equal.
    #[must_use]
    pub fn seal_refresh_token(&self, id: &RefreshTokenId) -> Option<String> {
        let value = serde_json::to_vec(id).ok()?;
        let mac = hmac::sign(&self.mac_key(Purpose::RefreshTokenNonce), &value);
        let nonce = *mac.as_ref().first_chunk::<NONCE_LEN>()?;
        self.seal_with(Purpose::RefreshToken, nonce, value)
    }

    fn seal_with(
        &self,
        purpose: Purpose,
        nonce: [u8; NONCE_LEN],
        mut sealed: Vec<u8>,
    ) -> Option<String> {
        self.aead(purpose)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut sealed,
            )
            .ok()?;
        let text = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        Some(format!("{}{text}", purpose.prefix()))
    }

    /// What was sealed for `purpose` under this key, unless `text` is anything else.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        let mut bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(purpose.prefix())?).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk_mut::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.aead(purpose)?.open_in_place(nonce, Aad::empty(), sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }

    /// HMAC-SHA-256 of `parts`, as base64url. Each part's length is authenticated too.
    #[must_use]
    pub fn mac(&self, purpose: Purpose, parts: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.mac_key(purpose), &joined(parts)))
    }

    /// 32 bytes that follow from `parts`, and that nobody without the key can tell: their HMAC-SHA-256.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, parts: &[&str]) -> [u8; 32] {
        let mut derived = [0; 32];
        derived.copy_from_slice(hmac::sign(&self.mac_key(purpose), &joined(parts)).as_ref());
        derived
    }

    /// Whether `mac` is the one of `parts`; in constant time.
    #[must_use]
    pub fn verifies(&self, purpose: Purpose, parts: &[&str], mac: &str) -> bool {
        let Ok(mac) = URL_SAFE_NO_PAD.decode(mac) else { return false };
        hmac::verify(&self.mac_key(purpose), &joined(parts), &mac).is_ok()
    }

    /// What is kept of a client's secret. Bound to tenant and client, so that no other's can take its place.
    #[must_use]
    pub fn client_secret_mac(
        &self,
        t: &TenantId,
        client_id: &str,
        secret: &ClientSecret,
    ) -> String {
        self.mac(Purpose::ClientSecretMac, &[t.as_str(), client_id, secret.expose()])
    }

    /// Whether `mac` is what is kept of this secret; in constant time, and as long for one that is not.
    #[must_use]
    pub fn is_client_secret(&self, t: &TenantId, client_id: &str, secret: &str, mac: &str) -> bool {
        self.verifies(Purpose::ClientSecretMac, &[t.as_str(), client_id, secret], mac)
    }

    fn aead(&self, purpose: Purpose) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, &self.key(purpose)).ok()?;
        Some(LessSafeKey::new(key))
    }

    fn mac_key(&self, purpose: Purpose) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.key(purpose))
    }

    #[expect(clippy::expect_used, reason = "HKDF-SHA-256 yields up to 8160 bytes, and this is 32")]
    fn key(&self, purpose: Purpose) -> [u8; 32] {
        let mut key = [0; 32];
        self.0
            .expand(&[purpose.label().as_bytes()], KeyLength)
            .and_then(|okm| okm.fill(&mut key))
            .expect("a length that HKDF yields");
        key
    }
}

fn joined(parts: &[&str]) -> Vec<u8> {
    let with_length = |part: &&str| [&part.len().to_be_bytes()[..], part.as_bytes()].concat();
    parts.iter().flat_map(with_length).collect()
}

#[cfg(test)]
#[path = "sealing_tests.rs"]
mod tests;
