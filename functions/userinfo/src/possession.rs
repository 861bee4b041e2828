//! Whether whoever presents a token has the key that it is bound to (`DPoP`, RFC 9449 §7.1).

use lambda_http::Request;
use shared::{
    App,
    domain::{Confirmation, Issuer},
    keys::Sealing,
    oauth::{Challenge, DpopProof, OAuthError, OAuthErrorCode, TokenType},
    possession::PresentedProof,
};

/// What a proof has to be for.
pub(crate) struct Possession<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) sealing: &'a Sealing,
    pub(crate) token: &'a str,
}

impl Possession<'_> {
    /// The proof that goes with a token of this kind, `bound` to that; none for one that is bound to nothing.
    ///
    /// # Errors
    ///
    /// With a `DPoP` challenge: `invalid_token` for a token that comes by the other scheme, or by another's key;
    /// `invalid_dpop_proof`, `use_dpop_nonce`.
    pub(crate) fn proof(
        &self,
        app: &App,
        request: &Request,
        token_type: TokenType,
        bound: Option<&Confirmation>,
    ) -> Result<Option<DpopProof>, OAuthError> {
        let bound = match (token_type, bound) {
            (TokenType::Bearer, None) => return Ok(None),
            (TokenType::Dpop, Some(bound)) => bound,
            (TokenType::Bearer, Some(_)) => {
                return Err(invalid_token("the access token is bound to a key: no bearer token"));
            }
            (TokenType::Dpop, None) => {
                return Err(invalid_token("the access token is bound to no key"));
            }
        };
        let presented = PresentedProof::of(request)
            .ok_or_else(|| invalid(OAuthErrorCode::InvalidDpopProof, "a DPoP proof is required"))?;
        let proof = presented.verify(self.issuer, self.sealing, app.clock.now());
        let proof = proof.map_err(with_challenge)?;
        if !proof.is_for(self.token) {
            let description = "the DPoP proof must have the ath of this access token";
            return Err(invalid(OAuthErrorCode::InvalidDpopProof, description));
        }
        if proof.jkt != bound.jkt {
            return Err(invalid_token("the access token is bound to another key"));
        }
        Ok(Some(proof))
    }
}

/// What is wrong with a proof, and how one is presented; what is not about that, as it is.
pub(crate) fn with_challenge(error: OAuthError) -> OAuthError {
    match error.error {
        OAuthErrorCode::InvalidDpopProof | OAuthErrorCode::UseDpopNonce => {
            error.with_challenge(Challenge::Dpop)
        }
        _ => error,
    }
}

fn invalid_token(description: &'static str) -> OAuthError {
    invalid(OAuthErrorCode::InvalidToken, description)
}

fn invalid(code: OAuthErrorCode, description: &'static str) -> OAuthError {
    OAuthError::new(code, description).with_challenge(Challenge::Dpop)
}
