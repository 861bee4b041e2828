//! The journey by the `openidconnect` crate: discovery, dynamic registration, code flow with PKCE, an
//! ID Token that it verifies by itself, userinfo.

use crate::harness::{Browser, Provider, REDIRECT_URI, http};
use openidconnect::{
    AuthorizationCode, ClientId, ClientName, CsrfToken, HttpRequest, HttpResponse, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreClientRegistrationRequest,
        CoreProviderMetadata, CoreUserInfoClaims,
    },
    registration::EmptyAdditionalClientMetadata,
};

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
    let metadata = CoreProviderMetadata::discover_async(issuer, &send).await.unwrap();

    let redirect_url = RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap();
    let name = [(None, ClientName::new("openidconnect".to_owned()))].into_iter().collect();
    let registered = CoreClientRegistrationRequest::new(
        vec![redirect_url.clone()],
        EmptyAdditionalClientMetadata {},
    )
    .set_client_name(Some(name))
    .set_token_endpoint_auth_method(Some(CoreClientAuthMethod::None))
    .register_async(metadata.registration_endpoint().unwrap(), &send)
    .await
    .unwrap();
    assert!(registered.client_secret().is_none());

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
        .set_pkce_challenge(challenge)
        .url();
    let answer = Browser::new(&provider).authorize(url.as_str()).await.query();
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
}
