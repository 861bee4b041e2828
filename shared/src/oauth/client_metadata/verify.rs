//! The rules of registration, and the defaults.

use super::{
    ApplicationType, ClientMetadata, IdTokenSignedResponseAlg, RawClientMetadata,
    TokenEndpointAuthMethod, raw::refuse,
};
use crate::oauth::{
    GrantType, InvalidScope, OAuthError, OAuthErrorCode, RedirectUri, ResponseType, Scopes, WebUri,
};

/// What a tenant lets a client register that nobody has checked.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationRules {
    /// The grants that such a client can have; all of them, unless it asks for fewer.
    pub grant_types: &'static [GrantType],
    /// Whether its ID Tokens may be signed with its secret.
    pub may_use_hs256: bool,
}

impl ClientMetadata {
    /// Checks `raw` against the specifications and `rules`, and fills in every default.
    ///
    /// A grant or response type that is not to be had is left out, as RFC 7591 §2 allows and Auth0
    /// does: the answer says what was registered.
    ///
    /// # Errors
    ///
    /// `invalid_redirect_uri` or `invalid_client_metadata`, naming the member (RFC 7591 §3.2.2).
    pub fn verify(raw: &RawClientMetadata, rules: &RegistrationRules) -> Result<Self, OAuthError> {
        let redirect_uris = raw.redirect_uris("redirect_uris")?;
        if redirect_uris.is_empty() {
            let description = "redirect_uris is required: at least one URI to send responses to";
            return Err(OAuthError::new(OAuthErrorCode::InvalidRedirectUri, description));
        }
        let (grant_types, response_types) = grants_and_responses(raw, rules)?;
        let token_endpoint_auth_method = token_endpoint_auth_method(raw)?;
        Ok(Self {
            application_type: application_type(raw, &redirect_uris)?,
            redirect_uris,
            token_endpoint_auth_method,
            grant_types,
            response_types,
            id_token_signed_response_alg: signing_alg(raw, rules, token_endpoint_auth_method)?,
            client_name: raw.text("client_name")?,
            client_uri: raw.web_uri("client_uri")?,
            logo_uri: raw.web_uri("logo_uri")?,
            policy_uri: raw.web_uri("policy_uri")?,
            tos_uri: raw.web_uri("tos_uri")?,
            contacts: raw.human_texts("contacts")?,
            scope: scope(raw)?,
            default_max_age: raw.seconds("default_max_age")?,
            require_auth_time: raw.boolean("require_auth_time")?,
            software_id: raw.text("software_id")?,
            software_version: raw.text("software_version")?,
            post_logout_redirect_uris: raw.redirect_uris("post_logout_redirect_uris")?,
            initiate_login_uri: initiate_login_uri(raw)?,
            in_other_languages: raw.in_other_languages()?,
        })
    }
}

/// Grants and response types belong together (RFC 7591 §2.1): where only one of them is given, it
/// decides the other.
fn grants_and_responses(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
) -> Result<(Vec<GrantType>, Vec<ResponseType>), OAuthError> {
    let asked: Option<Vec<ResponseType>> = raw
        .texts("response_types")?
        .map(|names| unique(names.iter().filter_map(|name| name.parse().ok())));
    let grants = match (raw.texts("grant_types")?, &asked) {
        (Some(names), _) => unique(names.iter().filter_map(|name| GrantType::from_name(name))),
        (None, Some(responses)) => {
            let mut grants = unique(responses.iter().map(|response| response.grant_type()));
            if grants.contains(&GrantType::AuthorizationCode) {
                grants.push(GrantType::RefreshToken);
            }
            grants
        }
        (None, None) => rules.grant_types.to_vec(),
    };
    let grants: Vec<_> =
        grants.into_iter().filter(|grant| rules.grant_types.contains(grant)).collect();
    let mut responses = asked.unwrap_or_else(|| ResponseType::ALL.to_vec());
    responses.retain(|response| grants.contains(&response.grant_type()));
    if grants.is_empty() {
        return Err(refuse("grant_types has none that this server gives to clients".to_owned()));
    }
    if responses.is_empty() {
        return Err(refuse(
            "response_types has none that grant_types and this server allow".to_owned(),
        ));
    }
    Ok((grants, responses))
}

fn unique<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}

fn token_endpoint_auth_method(
    raw: &RawClientMetadata,
) -> Result<TokenEndpointAuthMethod, OAuthError> {
    match raw.text("token_endpoint_auth_method")?.as_deref() {
        None => Ok(TokenEndpointAuthMethod::default()),
        Some("none") => Ok(TokenEndpointAuthMethod::None),
        Some("client_secret_post") => Ok(TokenEndpointAuthMethod::ClientSecretPost),
        Some("client_secret_basic") => Ok(TokenEndpointAuthMethod::ClientSecretBasic),
        Some(_) => Err(refuse(
            "token_endpoint_auth_method must be none, client_secret_post or client_secret_basic"
                .into(),
        )),
    }
}

/// Clients that run on a device often say `web`, or nothing: their redirect URIs tell.
fn application_type(
    raw: &RawClientMetadata,
    redirect_uris: &[RedirectUri],
) -> Result<ApplicationType, OAuthError> {
    let is_native_shaped = |uri: &RedirectUri| uri.is_loopback() || uri.is_private_use();
    let is_native = redirect_uris.iter().all(is_native_shaped);
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
        Some(_) => Err(refuse("application_type must be web or native".to_owned())),
    }
}

fn signing_alg(
    raw: &RawClientMetadata,
    rules: &RegistrationRules,
    method: TokenEndpointAuthMethod,
) -> Result<IdTokenSignedResponseAlg, OAuthError> {
    let has_secret = method != TokenEndpointAuthMethod::None;
    match raw.text("id_token_signed_response_alg")?.as_deref() {
        None | Some("RS256") => Ok(IdTokenSignedResponseAlg::RS256),
        Some("HS256") if rules.may_use_hs256 && has_secret => Ok(IdTokenSignedResponseAlg::HS256),
        Some("HS256") => Err(refuse(
            "id_token_signed_response_alg HS256 needs a client with a secret, in permissive mode"
                .into(),
        )),
        Some(_) => Err(refuse("id_token_signed_response_alg must be RS256 or HS256".to_owned())),
    }
}

fn scope(raw: &RawClientMetadata) -> Result<Option<Scopes>, OAuthError> {
    let Some(text) = raw.text("scope")? else { return Ok(None) };
    text.parse().map(Some).map_err(|why: InvalidScope| refuse(why.to_string()))
}

/// OpenID Connect Dynamic Client Registration §2: "`initiate_login_uri` […] MUST use the https scheme".
fn initiate_login_uri(raw: &RawClientMetadata) -> Result<Option<WebUri>, OAuthError> {
    match raw.web_uri("initiate_login_uri")? {
        Some(uri) if !uri.is_https() => Err(refuse("initiate_login_uri must use https".to_owned())),
        uri => Ok(uri),
    }
}
