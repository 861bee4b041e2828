//! The journey by the `openidconnect` crate: discovery, dynamic registration, code flow with PKCE, an
//! ID Token that it verifies by itself, userinfo, refresh, and signing out.

use crate::harness::{Browser, Provider, REDIRECT_URI, http};
use openidconnect::{
    AuthorizationCode, ClientId, ClientName, CsrfToken, HttpRequest, HttpResponse, IssuerUrl,
    LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreApplicationType, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod,
        CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreRegisterErrorResponseType, CoreResponseType,
        CoreSubjectIdentifierType, CoreUserInfoClaims,
    },
    registration::{
        AdditionalClientMetadata, ClientRegistrationRequest,
        EmptyAdditionalClientRegistrationResponse,
    },
};
use serde::{Deserialize, Serialize};

/// What the crate leaves to others: a member of RP-Initiated Logout.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SignsOut {
    post_logout_redirect_uris: Vec<String>,
}

impl AdditionalClientMetadata for SignsOut {}

type RegistrationRequest = ClientRegistrationRequest<
    SignsOut,
    EmptyAdditionalClientRegistrationResponse,
    CoreApplicationType,
    CoreClientAuthMethod,
    CoreRegisterErrorResponseType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (parts, body) = request.into_parts();
    let sent =
        http().request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let response = sent.send().await?;
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}

#[tokio::test]
async fn a_client_that_we_did_not_write_goes_all_the_way() {
    let provider = Provider::open_to_all().await;
    let issuer = IssuerUrl::new(provider.issuer.clone()).unwrap();
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &send).await.unwrap();

    let redirect_url = RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap();
    let name = [(None, ClientName::new("openidconnect".to_owned()))].into_iter().collect();
    let registered = RegistrationRequest::new(
        vec![redirect_url.clone()],
        SignsOut { post_logout_redirect_uris: vec![REDIRECT_URI.to_owned()] },
    )
    .set_client_name(Some(name))
    .set_token_endpoint_auth_method(Some(CoreClientAuthMethod::None))
    .register_async(metadata.registration_endpoint().unwrap(), &send)
    .await
    .unwrap();
    assert!(registered.client_secret().is_none());

    let logout = metadata.additional_metadata().end_session_endpoint.clone().unwrap();
    let client_id = ClientId::new(registered.client_id().to_string());
    let client = CoreClient::from_provider_metadata(metadata, client_id, None)
        .set_redirect_uri(redirect_url);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .add_scope(Scope::new("offline_access".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let mut browser = Browser::new(&provider);
    let answer = browser.authorize(url.as_str()).await.query();
    assert_eq!(&answer["state"], state.secret());

    let tokens = client
        .exchange_code(AuthorizationCode::new(answer["code"].clone()))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();
    let id_token = tokens.id_token().unwrap();
    let claims = id_token.claims(&client.id_token_verifier(), &nonce).unwrap();
    assert_eq!(claims.email().unwrap().as_str(), "janus@example.com");

    let subject = Some(claims.subject().clone());
    let userinfo: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), subject)
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    assert_eq!(userinfo.email_verified(), Some(true));

    let renewed = client
        .exchange_refresh_token(tokens.refresh_token().unwrap())
        .unwrap()
        .request_async(&send);
    let renewed = renewed.await.unwrap();
    let verifier = client.id_token_verifier();
    // No browser brought the renewed ID Token, so that it has nothing to be bound to.
    let unbound = |nonce: Option<&Nonce>| nonce.map_or(Ok(()), |_| Err("a nonce".to_owned()));
    let of_renewed = renewed.id_token().unwrap().claims(&verifier, unbound).unwrap();
    assert_eq!(of_renewed.subject(), claims.subject());
    assert_ne!(renewed.access_token().secret(), tokens.access_token().secret());

    let bye = PostLogoutRedirectUrl::new(REDIRECT_URI.to_owned()).unwrap();
    let state = CsrfToken::new_random();
    let logout = LogoutRequest::from(logout)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(bye)
        .set_state(state.clone())
        .http_get_url();
    assert_eq!(&browser.landing(logout.as_str()).await.query()["state"], state.secret());
    let answer = browser.landing(&format!("{url}&prompt=none")).await.query();
    assert_eq!(answer["error"], "login_required");
}
