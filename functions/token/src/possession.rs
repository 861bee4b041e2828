//! The key that tokens are to be bound to (`DPoP`, RFC 9449 §5).

use shared::{
    App,
    client_authentication::Caller,
    domain::{Client, Tenant},
    jose::JwkThumbprint,
    oauth::{DpopProof, OAuthError, OAuthErrorCode},
};

/// The proof that the client has its key; none where it sent none and need not. That it is used once is left to do.
///
/// # Errors
///
/// `invalid_dpop_proof`, also where there must be one and is none; `use_dpop_nonce`; `invalid_grant` where what is presented
/// is `bound` to another key.
pub(crate) fn proof(
    app: &App,
    caller: &Caller,
    (tenant, client): (&Tenant, &Client),
    bound: Option<&JwkThumbprint>,
) -> Result<Option<DpopProof>, OAuthError> {
    let proof = caller.verify_proof(app, tenant)?;
    if proof.is_none() && (client.requires_dpop() || bound.is_some()) {
        let description = "a DPoP proof is required";
        return Err(OAuthError::new(OAuthErrorCode::InvalidDpopProof, description));
    }
    if bound.is_some() && proof.as_ref().map(|proof| &proof.jkt) != bound {
        let description = "the code or the refresh token is bound to another key";
        return Err(OAuthError::new(OAuthErrorCode::InvalidGrant, description));
    }
    Ok(proof)
}
