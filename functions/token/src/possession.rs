//! The key that tokens are to be bound to (`DPoP`, RFC 9449 §5).

use shared::{
    App,
    client_authentication::Caller,
    domain::{Client, RefreshFamily, Tenant},
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

/// The same for a refresh token. Those of public clients are bound to a key from the beginning or not at all, so that none
/// is issued for a proof and can be used without one (RFC 9449 §5).
///
/// # Errors
///
/// As [`proof`].
pub(crate) fn proof_to_renew(
    app: &App,
    caller: &Caller,
    (tenant, client): (&Tenant, &Client),
    family: &RefreshFamily,
) -> Result<Option<DpopProof>, OAuthError> {
    let proof = proof(app, caller, (tenant, client), family.dpop_jkt.as_ref())?;
    if client.is_public() && family.dpop_jkt.is_none() && proof.is_some() {
        let description =
            "the refresh token was issued without a DPoP proof: sign in again with one";
        return Err(OAuthError::new(OAuthErrorCode::InvalidGrant, description));
    }
    Ok(proof)
}
