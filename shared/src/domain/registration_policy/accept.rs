//! The one way from what a client sends to what is registered, for new registrations and for changes of them.

use super::Admission;
use crate::{
    clock::Timestamp,
    domain::{RegistrationTerms, SecurityMode, Tenant},
    oauth::{ClientMetadata, OAuthError, OAuthErrorCode, RawClientMetadata, SoftwareStatement},
};

/// What may be registered, all rules kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The metadata, with every default filled in.
    pub metadata: ClientMetadata,
    /// The statement that counted for it, as it was sent (RFC 7591 §3.2.1).
    pub software_statement: Option<String>,
}

impl Tenant {
    /// Checks `raw` by the specifications, the client's mode and this tenant's policy. What an issuer that the
    /// tenant trusts vouches for wins over what the client says (RFC 7591 §2.3).
    ///
    /// # Errors
    ///
    /// `invalid_redirect_uri`, `invalid_client_metadata`, `invalid_software_statement` or
    /// `unapproved_software_statement` (RFC 7591 §3.2.2).
    pub fn accept_registration(
        &self,
        raw: RawClientMetadata,
        mode: SecurityMode,
        now: Timestamp,
    ) -> Result<Accepted, OAuthError> {
        self.accept_registration_under(&RegistrationTerms::default(), raw, mode, now)
    }

    /// The same, under the terms of an initial access token, which limit what the client may say and win over what it and
    /// others say.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn accept_registration_under(
        &self,
        terms: &RegistrationTerms,
        mut raw: RawClientMetadata,
        mode: SecurityMode,
        now: Timestamp,
    ) -> Result<Accepted, OAuthError> {
        let policy = &self.dynamic_client_registration;
        terms.limit(&mut raw);
        let software_statement = self.apply_software_statement(&mut raw, now)?;
        terms.pin(&mut raw);
        policy.check_required(|member| raw.says(member))?;
        let metadata = ClientMetadata::verify(&raw, &policy.rules(mode))?;
        policy.check(&metadata, self)?;
        Ok(Accepted { metadata, software_statement })
    }

    /// Where the tenant trusts no issuer, statements are ignored, as RFC 7591 §3.1.1 asks.
    fn apply_software_statement(
        &self,
        raw: &mut RawClientMetadata,
        now: Timestamp,
    ) -> Result<Option<String>, OAuthError> {
        let policy = &self.dynamic_client_registration;
        let issuers = &policy.software_statement_issuers;
        let is_needed = policy.admission == Admission::SoftwareStatement;
        if issuers.is_empty() && !is_needed {
            return Ok(None);
        }
        match raw.software_statement()? {
            Some(text) => {
                let audiences = [self.issuer.as_str()];
                let statement = SoftwareStatement::verify(&text, issuers, &audiences, now)?;
                raw.set_all(statement.claims());
                Ok(Some(text))
            }
            None if is_needed => {
                let description = "a registration with this tenant needs a software_statement";
                Err(OAuthError::new(OAuthErrorCode::InvalidSoftwareStatement, description))
            }
            None => Ok(None),
        }
    }
}
