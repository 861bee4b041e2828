//! Proofs of possession that come with requests (`DPoP`, RFC 9449): whose key it is, once, and lately enough to know our
//! nonce.

use crate::{
    App,
    clock::Timestamp,
    domain::{ClientId, Issuer, RequestId, TenantId, UsedAssertion},
    http,
    keys::{Purpose, Sealing},
    oauth::{DpopProof, OAuthError, OAuthErrorCode},
};
use lambda_http::Request;
use std::time::Duration;

/// How long a nonce is good for.
const NONCE_LIFETIME: Duration = Duration::from_mins(5);

/// How far the clocks of our own machines may be apart.
const LEEWAY: Duration = Duration::from_mins(1);

/// A proof of possession as it came, of which nothing is proven. Without `Debug`, since it is one.
pub struct PresentedProof {
    header: String,
    method: String,
    path: String,
}

impl PresentedProof {
    /// That of `request`, if it has one.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let header = http::dpop_proof(request)?;
        let path = request.uri().path().trim_start_matches('/').to_owned();
        Some(Self { header, method: request.method().to_string(), path })
    }

    /// The proof, if it is one for this very request to `issuer`, and holds a nonce of ours. That it is used once,
    /// [`App::use_proof`] sees to.
    ///
    /// # Errors
    ///
    /// `invalid_dpop_proof`; `use_dpop_nonce`, with a nonce to use.
    pub fn verify(
        &self,
        issuer: &Issuer,
        sealing: &Sealing,
        now: Timestamp,
    ) -> Result<DpopProof, OAuthError> {
        let uri = format!("{issuer}{}", self.path);
        let proof = DpopProof::verify(&self.header, (&self.method, &uri), now)?;
        if proof.nonce.as_ref().is_some_and(|nonce| is_good(sealing, nonce, now)) {
            return Ok(proof);
        }
        Err(OAuthError::use_dpop_nonce(dpop_nonce(sealing, now)))
    }
}

impl App {
    /// Uses up the proof of the client, if there is one. One round trip for that.
    ///
    /// # Errors
    ///
    /// `invalid_dpop_proof`, when it was used before; or when the table fails.
    pub async fn use_proof(
        &self,
        t: &TenantId,
        client_id: &ClientId,
        proof: Option<&DpopProof>,
    ) -> Result<(), OAuthError> {
        let Some(DpopProof { jkt, jti, expires_at, .. }) = proof else { return Ok(()) };
        let used_by = RequestId::generate(&*self.entropy);
        let used = UsedAssertion { used_by, expires_at: *expires_at };
        if self.store.use_dpop_proof(t, client_id, (jkt, jti), &used).await? {
            return Ok(());
        }
        let description = "the DPoP proof was used before";
        Err(OAuthError::new(OAuthErrorCode::InvalidDpopProof, description))
    }
}

/// A nonce for the client's next proof (RFC 9449 §8): the time, and what shows that we wrote it. Nothing is kept of it.
#[must_use]
pub fn dpop_nonce(sealing: &Sealing, now: Timestamp) -> String {
    let time = now.0.to_string();
    let mac = sealing.mac(Purpose::DpopNonce, &[&time]);
    format!("{time}.{mac}")
}

fn is_good(sealing: &Sealing, nonce: &str, now: Timestamp) -> bool {
    let Some((time, mac)) = nonce.split_once('.') else { return false };
    let Ok(made_at) = time.parse().map(Timestamp) else { return false };
    let is_of_now = now < made_at + NONCE_LIFETIME && made_at < now + LEEWAY;
    is_of_now && sealing.verifies(Purpose::DpopNonce, &[time], mac)
}
