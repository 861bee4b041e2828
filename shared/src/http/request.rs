//! Reading requests. No input makes these functions panic.

use crate::{
    domain::{Issuer, Origin, TenantId},
    oauth::{
        InvalidParameters, OAuthError, OAuthErrorCode, Parameters, RawClientMetadata, TokenType,
    },
    unknown_tenant,
};
use lambda_http::{
    Request, RequestExt,
    http::{HeaderMap, Method, header},
    request::RequestContext,
};
use std::net::IpAddr;
use url::form_urlencoded;

/// The longest form or JSON that any endpoint reads, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The longest client metadata, in bytes.
const MAX_CLIENT_METADATA: usize = 32 * 1024;

/// How much is kept of what a client calls itself.
const MAX_USER_AGENT: usize = 300;

/// The tenant whose issuer has the host of the request. Headers that proxies add are not looked at.
///
/// # Errors
///
/// `UnknownTenant` for what is no host at all; whether there is such a tenant, the table knows.
pub fn tenant_id(request: &Request) -> Result<TenantId, OAuthError> {
    let host = single_header(request.headers(), header::HOST.as_str());
    host.and_then(TenantId::from_host).ok_or_else(unknown_tenant)
}

/// The address to count requests to `t` by, all that have none together; none where both are on this machine, where no
/// stranger is.
#[must_use]
pub fn source_to_limit(request: &Request, t: &TenantId) -> Option<String> {
    let Some(address) = source_ip(request) else { return Some("unknown".to_owned()) };
    match address {
        address if address.is_loopback() && t.is_loopback() => None,
        IpAddr::V4(address) => Some(address.to_string()),
        // Who has one address of a /64 has all of them.
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Some(format!("{}/64", std::net::Ipv6Addr::from_bits(network)))
        }
    }
}

/// Who sent the request and from where, as the owner may read it.
#[must_use]
pub fn origin(request: &Request) -> Origin {
    let user_agent = request.headers().get(header::USER_AGENT);
    let user_agent = user_agent.and_then(|text| text.to_str().ok());
    Origin {
        ip: source_ip(request).map(|address| address.to_string()),
        user_agent: user_agent.map(|text| text.chars().take(MAX_USER_AGENT).collect()),
        acting_client_id: None,
    }
}

/// The address that the request came from; an IPv4 address is one, however it is written.
#[must_use]
pub fn source_ip(request: &Request) -> Option<IpAddr> {
    let RequestContext::ApiGatewayV2(context) = request.request_context_ref()? else { return None };
    let source: IpAddr = context.http.source_ip.as_ref()?.parse().ok()?;
    Some(source.to_canonical())
}

/// The `Authorization` header.
///
/// # Errors
///
/// `invalid_request`, when it is there twice or is not text.
pub fn authorization(request: &Request) -> Result<Option<&str>, OAuthError> {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    single_header(request.headers(), header::AUTHORIZATION.as_str()).map(Some).ok_or_else(|| {
        let description = "the Authorization header must be there once, as printable ASCII";
        OAuthError::new(OAuthErrorCode::InvalidRequest, description)
    })
}

/// The Bearer token of the `Authorization` header (RFC 6750 §2.1).
///
/// # Errors
///
/// `invalid_request`, when the header is there but is no Bearer token.
pub fn bearer_token(request: &Request) -> Result<Option<&str>, OAuthError> {
    match access_token(request)? {
        Some((TokenType::Dpop, _)) => Err(not_one_token("Bearer")),
        token => Ok(token.map(|(_, token)| token)),
    }
}

/// The access token of the `Authorization` header, and by which scheme it comes (RFC 6750 §2.1, RFC 9449 §7.1).
///
/// # Errors
///
/// `invalid_request`, when the header is there but is neither.
pub fn access_token(request: &Request) -> Result<Option<(TokenType, &str)>, OAuthError> {
    let Some(authorization) = authorization(request)? else { return Ok(None) };
    let (scheme, token) = authorization.split_once(' ').unwrap_or((authorization, ""));
    let token_type = if scheme.eq_ignore_ascii_case("bearer") {
        TokenType::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        TokenType::Dpop
    } else {
        return Err(not_one_token("Bearer or DPoP"));
    };
    let token = token.trim();
    let is_one = token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if token.is_empty() || !is_one {
        return Err(not_one_token("Bearer or DPoP"));
    }
    Ok(Some((token_type, token)))
}

fn not_one_token(schemes: &str) -> OAuthError {
    let description = format!("the Authorization header must be {schemes} and one token");
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}

/// The `DPoP` header (RFC 9449 §4.1). Several are joined as API Gateway joins them, and are no proof any more.
#[must_use]
pub fn dpop_proof(request: &Request) -> Option<String> {
    let proofs = request.headers().get_all("dpop").iter();
    let proofs: Vec<_> = proofs.map(|proof| proof.to_str().unwrap_or_default()).collect();
    (!proofs.is_empty()).then(|| proofs.join(","))
}

/// The parameters of the query.
///
/// # Errors
///
/// `invalid_request`.
pub fn query(request: &Request) -> Result<Parameters, OAuthError> {
    let query = request.uri().query().unwrap_or_default();
    Parameters::from_form(query.as_bytes()).map_err(invalid_request)
}

/// Whether the query has a parameter called `name`, be it an empty one, which is none of [`query`]'s.
#[must_use]
pub fn is_in_query(request: &Request, name: &str) -> bool {
    let query = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(found, _)| found == name)
}

/// The parameters of a `GET`'s query or of a `POST`ed form; the two are never merged.
///
/// # Errors
///
/// `invalid_request`, or another when the body is too large or no form.
pub fn form(request: &Request) -> Result<Parameters, OAuthError> {
    if *request.method() == Method::GET {
        return query(request);
    }
    if !is_form(request) {
        return Err(unsupported_media_type("application/x-www-form-urlencoded"));
    }
    Parameters::from_form(body(request, MAX_BODY)?).map_err(invalid_request)
}

/// The parameters of a `POST`ed form or JSON object.
///
/// # Errors
///
/// `invalid_request`, or another when the body is too large or neither.
pub fn form_or_json(request: &Request) -> Result<Parameters, OAuthError> {
    if is_json(request) {
        return Parameters::from_json(body(request, MAX_BODY)?).map_err(invalid_request);
    }
    form(request).map_err(|error| match error.error {
        OAuthErrorCode::UnsupportedMediaType => {
            unsupported_media_type("application/x-www-form-urlencoded or application/json")
        }
        _ => error,
    })
}

/// The client metadata that a request registers. Only JSON: a page of another origin can't send it without
/// asking first, as it could a form.
///
/// # Errors
///
/// `invalid_client_metadata`, or another when the body is too large or no JSON.
pub fn client_metadata(request: &Request) -> Result<RawClientMetadata, OAuthError> {
    if !is_json(request) {
        return Err(unsupported_media_type("application/json"));
    }
    RawClientMetadata::parse(body(request, MAX_CLIENT_METADATA)?)
}

/// Whether the body says that it is a form.
#[must_use]
pub fn is_form(request: &Request) -> bool {
    media_type(request)
        .is_some_and(|sent| sent.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// Whether the body says that it is JSON.
#[must_use]
pub fn is_json(request: &Request) -> bool {
    media_type(request).is_some_and(|sent| sent.eq_ignore_ascii_case("application/json"))
}

fn media_type(request: &Request) -> Option<&str> {
    let content_type = single_header(request.headers(), header::CONTENT_TYPE.as_str())?;
    Some(content_type.split(';').next().unwrap_or_default().trim())
}

fn body(request: &Request, max_length: usize) -> Result<&[u8], OAuthError> {
    let body = request.body().as_ref();
    if body.len() > max_length {
        return Err(OAuthError::new(OAuthErrorCode::ContentTooLarge, "the body is too large"));
    }
    Ok(body)
}

fn invalid_request(why: InvalidParameters) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, why.to_string())
}

fn unsupported_media_type(expected: &str) -> OAuthError {
    let description = format!("the Content-Type must be {expected}");
    OAuthError::new(OAuthErrorCode::UnsupportedMediaType, description)
}

/// The cookies that we set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The session.
    Session,
    /// What the user did for one request.
    RequestNote,
    /// Tells browsers apart, so that a form can only be sent from where it was shown.
    Browser,
}

impl Cookie {
    /// Its name. Where there is TLS, the prefix has browsers refuse it from anybody else
    /// (RFC 6265bis §4.1.3.2).
    #[must_use]
    pub fn name(self, t: &TenantId) -> String {
        let name = match self {
            Self::Session => "sid",
            Self::RequestNote => "note",
            Self::Browser => "browser",
        };
        if t.is_loopback() { name.to_owned() } else { format!("__Host-{name}") }
    }
}

/// The value of a cookie, if the browser sent it once.
#[must_use]
pub fn cookie<'a>(request: &'a Request, cookie: Cookie, t: &TenantId) -> Option<&'a str> {
    let name = cookie.name(t);
    let headers = request.headers().get_all(header::COOKIE).iter();
    let pairs = headers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut values =
        pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(n, _)| *n == name);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

/// Whether the browser says that a page of `issuer` itself sent the form. Browsers that say nothing are
/// left to the form's token.
///
/// `Origin: null` says nothing either: our pages ask for no referrer, and then browsers write it even on a
/// form to where it came from (Fetch §3.1). `Sec-Fetch-Site` tells such a form from a stranger's.
#[must_use]
pub fn is_same_origin_post(request: &Request, issuer: &Issuer) -> bool {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let own_origin = issuer.as_str().trim_end_matches('/');
    let is_own_site = header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let is_own_origin = header("origin").is_none_or(|sent| sent == own_origin || sent == "null");
    is_own_site && is_own_origin
}

fn single_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
