//! What a registration refers to, fetched and checked before anything is written.

use crate::{
    App,
    domain::{DocumentKind, FetchOutcome, Freshness, Tenant, TenantId},
    oauth::{ClientMetadata, OAuthError, OAuthErrorCode, WebUri},
};

impl App {
    /// Fetches the documents that `metadata` refers to, and checks that they are what they have to be: a key
    /// set with a key that the client authenticates by (RFC 7591 §2), and a list of all its redirect URIs
    /// (OpenID Connect Dynamic Client Registration §5). Nothing for metadata that refers to none. Before that, that the
    /// tenant has keys for what is to be signed to the client.
    ///
    /// # Errors
    ///
    /// `invalid_client_metadata`, naming the member; 503 when nothing can be fetched just now.
    pub async fn check_references(
        &self,
        tenant: &Tenant,
        metadata: &ClientMetadata,
    ) -> Result<(), OAuthError> {
        tenant.check_signing_algs(metadata)?;
        let t = &tenant.issuer.tenant_id();
        // What was registered before is kept where nothing is fetched any more.
        let is_fetched = |_: &&WebUri| tenant.dynamic_client_registration.allow_fetching;
        let jwks_uri = metadata.keys.jwks_uri.as_ref().filter(is_fetched);
        let sector_identifier_uri = metadata.sector_identifier_uri.as_ref().filter(is_fetched);
        let (keys, sector) = tokio::try_join!(
            self.fetch_reference(t, jwks_uri),
            self.fetch_reference(t, sector_identifier_uri),
        )?;
        check("jwks_uri", keys, |json| metadata.check_jwks(json))?;
        check("sector_identifier_uri", sector, |json| metadata.check_sector(json))
    }

    /// A new copy, since whoever registers may just have mended the document.
    async fn fetch_reference(
        &self,
        t: &TenantId,
        uri: Option<&WebUri>,
    ) -> Result<Option<FetchOutcome>, OAuthError> {
        let Some(uri) = uri else { return Ok(None) };
        self.fetch(t, uri, DocumentKind::Json, Freshness::Renewed).await.map(Some)
    }
}

fn check(
    member: &str,
    outcome: Option<FetchOutcome>,
    check: impl FnOnce(&str) -> Result<(), String>,
) -> Result<(), OAuthError> {
    let why = match outcome {
        None => return Ok(()),
        Some(Ok(json)) => match check(&json) {
            Ok(()) => return Ok(()),
            Err(why) => why,
        },
        Some(Err(failure)) => failure.to_string(),
    };
    // Lest somebody mend the document and wonder why it is still refused.
    let description = format!("{member} {why}; it is asked once in half a minute at most");
    Err(OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description))
}
