//! Provider metadata (OpenID Connect Discovery §3, RFC 8414 §2, RFC 9126 §5, RFC 9207 §3).

use super::{OFFLINE_ACCESS, PASSWORD_PROTECTED_TRANSPORT, Prompt, StandardClaims};
use crate::{
    jose::{SignatureAlg, SigningAlg},
    oauth::{GrantType, ResponseMode, ResponseType, TokenEndpointAuthMethod},
};
use serde::Serialize;

/// The discovery document. What is not there is not supported.
#[derive(Debug, Serialize)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "the specifications define each member under the same name"
)]
pub struct ProviderMetadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub revocation_endpoint: String,
    pub introspection_endpoint: String,
    /// RP-Initiated Logout §2.1.
    pub end_session_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    pub jwks_uri: String,
    /// Only while the tenant lets clients register themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    pub scopes_supported: Vec<String>,
    pub response_types_supported: [ResponseType; 7],
    pub response_modes_supported: [ResponseMode; 4],
    pub grant_types_supported: [GrantType; 4],
    pub subject_types_supported: [&'static str; 2],
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    pub userinfo_signing_alg_values_supported: Vec<&'static str>,
    /// How clients prove who they are.
    #[serde(flatten)]
    pub authentication: AuthenticationSupport,
    pub code_challenge_methods_supported: [&'static str; 1],
    /// RFC 9449 §5.1.
    pub dpop_signing_alg_values_supported: [SignatureAlg; 3],
    pub claims_supported: Vec<String>,
    /// OpenID Connect, Initiating User Registration §4.1.1.
    pub prompt_values_supported: [&'static str; 4],
    /// Back-Channel Logout §2.1: only while the tenant lets clients' addresses be called.
    pub backchannel_logout_supported: bool,
    /// Back-Channel Logout §2.1: a Logout Token always has the `sid`.
    pub backchannel_logout_session_supported: bool,
    pub claims_parameter_supported: bool,
    pub claim_types_supported: [&'static str; 1],
    pub acr_values_supported: [&'static str; 1],
    pub display_values_supported: [&'static str; 3],
    pub ui_locales_supported: [&'static str; 1],
    /// How authorization requests may come.
    #[serde(flatten)]
    pub requests: RequestSupport,
    pub authorization_response_iss_parameter_supported: bool,
}

/// How clients prove who they are at the endpoints that they call for themselves (RFC 8414 §2).
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the specification defines each member under the same name"
)]
pub struct AuthenticationSupport {
    pub token_endpoint_auth_methods_supported: [TokenEndpointAuthMethod; 4],
    pub token_endpoint_auth_signing_alg_values_supported: [SignatureAlg; 3],
    pub revocation_endpoint_auth_methods_supported: [TokenEndpointAuthMethod; 4],
    pub revocation_endpoint_auth_signing_alg_values_supported: [SignatureAlg; 3],
    pub introspection_endpoint_auth_methods_supported: [TokenEndpointAuthMethod; 3],
    pub introspection_endpoint_auth_signing_alg_values_supported: [SignatureAlg; 3],
}

impl AuthenticationSupport {
    const NEW: Self = Self {
        token_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL,
        token_endpoint_auth_signing_alg_values_supported: SignatureAlg::ALL,
        revocation_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL,
        revocation_endpoint_auth_signing_alg_values_supported: SignatureAlg::ALL,
        introspection_endpoint_auth_methods_supported: TokenEndpointAuthMethod::CONFIDENTIAL,
        introspection_endpoint_auth_signing_alg_values_supported: SignatureAlg::ALL,
    };
}

/// How authorization requests may come besides as parameters in the browser's URL.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the specifications define each member under the same name"
)]
pub struct RequestSupport {
    pub request_parameter_supported: bool,
    /// Only while the tenant lets clients' documents be fetched; said because its default is true (OpenID Connect
    /// Discovery §3).
    pub request_uri_parameter_supported: bool,
    pub require_request_uri_registration: bool,
    pub require_pushed_authorization_requests: bool,
    pub request_object_signing_alg_values_supported: [SignatureAlg; 3],
}

/// The claims that ID Tokens carry besides those about the user.
const TOKEN_CLAIMS: [&str; 11] =
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "nonce", "at_hash", "c_hash", "sid"];

/// What of it is for the tenant's owner to decide.
pub struct Offers<'a> {
    /// Whether clients may register themselves.
    pub is_registration_enabled: bool,
    /// Whether addresses that clients name are called.
    pub may_fetch: bool,
    /// Whether authorization requests must be pushed.
    pub requires_pushed_requests: bool,
    /// The algorithms that the tenant has keys for.
    pub signing_algs: Vec<SigningAlg>,
    /// The claims of the tenant's own; asking for one as a scope releases it.
    pub custom_claims: &'a [&'a str],
}

impl RequestSupport {
    fn new(offers: &Offers<'_>) -> Self {
        Self {
            request_parameter_supported: true,
            request_uri_parameter_supported: offers.may_fetch,
            require_request_uri_registration: true,
            require_pushed_authorization_requests: offers.requires_pushed_requests,
            request_object_signing_alg_values_supported: SignatureAlg::ALL,
        }
    }
}

impl ProviderMetadata {
    /// The metadata of the provider at `issuer`, which ends in a slash.
    #[must_use]
    pub fn new(issuer: &str, offers: &Offers<'_>) -> Self {
        let endpoint = |path: &str| format!("{issuer}{path}");
        let signing_algs: Vec<_> = offers.signing_algs.iter().map(|alg| alg.as_str()).collect();
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: endpoint("authorize"),
            token_endpoint: endpoint("oauth/token"),
            userinfo_endpoint: endpoint("userinfo"),
            revocation_endpoint: endpoint("oauth/revoke"),
            introspection_endpoint: endpoint("oauth/introspect"),
            end_session_endpoint: endpoint("oidc/logout"),
            pushed_authorization_request_endpoint: endpoint("oauth/par"),
            jwks_uri: endpoint(".well-known/jwks.json"),
            registration_endpoint: offers
                .is_registration_enabled
                .then(|| endpoint("oidc/register")),
            scopes_supported: scopes_supported(),
            response_types_supported: ResponseType::ALL,
            response_modes_supported: ResponseMode::ALL,
            grant_types_supported: GrantType::ALL,
            subject_types_supported: ["public", "pairwise"],
            id_token_signing_alg_values_supported: [&signing_algs[..], &["HS256"]].concat(),
            userinfo_signing_alg_values_supported: signing_algs,
            authentication: AuthenticationSupport::NEW,
            code_challenge_methods_supported: ["S256"],
            dpop_signing_alg_values_supported: SignatureAlg::ALL,
            claims_supported: claims(offers.custom_claims),
            prompt_values_supported: Prompt::VALUES,
            backchannel_logout_supported: offers.may_fetch,
            backchannel_logout_session_supported: offers.may_fetch,
            claims_parameter_supported: true,
            claim_types_supported: ["normal"],
            acr_values_supported: [PASSWORD_PROTECTED_TRANSPORT],
            // One page that fits them all.
            display_values_supported: ["page", "popup", "touch"],
            ui_locales_supported: ["en"],
            requests: RequestSupport::new(offers),
            authorization_response_iss_parameter_supported: true,
        }
    }
}

fn scopes_supported() -> Vec<String> {
    StandardClaims::SCOPES.into_iter().chain([OFFLINE_ACCESS]).map(str::to_owned).collect()
}

fn claims(custom: &[&str]) -> Vec<String> {
    let of_tokens = TOKEN_CLAIMS.into_iter().chain(StandardClaims::names()).map(str::to_owned);
    of_tokens.chain(custom.iter().map(ToString::to_string)).collect()
}
