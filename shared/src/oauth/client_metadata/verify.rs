//! The checks of a registration, in one place, and the defaults.

use super::{
    ApplicationType, ClientKeys, ClientMetadata, LogoutMetadata, RawClientMetadata,
    RegistrationRules, RequestMetadata, TokenEndpointAuthMethod,
    algorithms::{id_token_signed_response_alg, userinfo_signed_response_alg},
    authentication::token_endpoint_auth_method,
    grants::{acts_for_itself_alone, grants_and_responses, scope},
    raw::refuse,
    subject_type::subject_type,
    unsupported::refuse_unsupported,
};
use crate::oauth::{GrantType, OAuthError, OAuthErrorCode, RedirectUri};

impl ClientMetadata {
    /// Checks `raw` against the specifications and `rules`, and fills in every default.
    ///
    /// A grant type, a response type or a scope that is not to be had is left out, as RFC 7591 §2
    /// allows and Auth0 does: the answer says what was registered.
    ///
    /// # Errors
    ///
    /// `invalid_redirect_uri` or `invalid_client_metadata`, naming the member (RFC 7591 §3.2.2).
    pub fn verify(raw: &RawClientMetadata, rules: &RegistrationRules) -> Result<Self, OAuthError> {
        let redirect_uris = redirect_uris(raw, rules)?;
        refuse_unsupported(raw)?;
        let (grant_types, response_types) = grants_and_responses(raw, rules)?;
        let method = token_endpoint_auth_method(raw)?;
        may_act_for_itself(method, &grant_types)?;
        let keys = ClientKeys::verify(raw, rules, method)?;
        let sector_identifier_uri = raw.fetched_uri("sector_identifier_uri", rules)?;
        Ok(Self {
            application_type: application_type(raw, &redirect_uris)?,
            token_endpoint_auth_method: method,
            requests: RequestMetadata::verify(raw, rules, &keys)?,
            keys,
            grant_types,
            response_types,
            id_token_signed_response_alg: id_token_signed_response_alg(raw, rules, method)?,
            userinfo_signed_response_alg: userinfo_signed_response_alg(raw)?,
            subject_type: subject_type(raw, sector_identifier_uri.as_ref(), &redirect_uris)?,
            sector_identifier_uri,
            client_name: raw.text("client_name")?,
            client_uri: raw.web_uri("client_uri")?,
            logo_uri: raw.web_uri("logo_uri")?,
            policy_uri: raw.web_uri("policy_uri")?,
            tos_uri: raw.web_uri("tos_uri")?,
            contacts: raw.human_texts("contacts")?,
            scope: scope(raw, rules)?,
            default_max_age: raw.seconds("default_max_age")?,
            require_auth_time: raw.boolean("require_auth_time")?,
            default_acr_values: raw.human_texts("default_acr_values")?,
            software_id: raw.text("software_id")?,
            software_version: raw.text("software_version")?,
            initiate_login_uri: raw.https_uri("initiate_login_uri")?,
            dpop_bound_access_tokens: raw.boolean("dpop_bound_access_tokens")?,
            logout: LogoutMetadata::verify(raw, rules)?,
            in_other_languages: raw.in_other_languages()?,
            redirect_uris,
        })
    }
}

/// Whoever acts for itself has to prove who that is.
fn may_act_for_itself(
    method: TokenEndpointAuthMethod,
    grant_types: &[GrantType],
) -> Result<(), OAuthError> {
    let acts_for_itself = grant_types.contains(&GrantType::ClientCredentials);
    if method == TokenEndpointAuthMethod::None && acts_for_itself {
        let why = "grant_types client_credentials needs a token_endpoint_auth_method";
        return Err(refuse(why));
    }
    Ok(())
}

fn redirect_uris(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
) -> Result<Vec<RedirectUri>, OAuthError> {
    let redirect_uris = raw.redirect_uris("redirect_uris")?;
    if redirect_uris.is_empty() && !acts_for_itself_alone(raw, rules)? {
        let description = "redirect_uris is required: at least one URI to send responses to";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRedirectUri, description));
    }
    Ok(redirect_uris)
}

/// Clients that run on a device often say `web`, or nothing: their redirect URIs tell.
fn application_type(
    raw: &RawClientMetadata,
    redirect_uris: &[RedirectUri],
) -> Result<ApplicationType, OAuthError> {
    let is_native_shaped = |uri: &RedirectUri| uri.is_loopback() || uri.is_private_use();
    let is_native = !redirect_uris.is_empty() && redirect_uris.iter().all(is_native_shaped);
    let has_private_use = redirect_uris.iter().any(RedirectUri::is_private_use);
    match raw.text("application_type")?.as_deref() {
        Some("native") => Ok(ApplicationType::Native),
        None if is_native || has_private_use => Ok(ApplicationType::Native),
        Some("web") if is_native => Ok(ApplicationType::Native),
        Some("web") if has_private_use => Err(OAuthError::new(
            OAuthErrorCode::InvalidRedirectUri,
            "redirect_uris with a private-use scheme need application_type native",
        )),
        None | Some("web") => Ok(ApplicationType::Web),
        Some(_) => Err(refuse("application_type must be web or native")),
    }
}
