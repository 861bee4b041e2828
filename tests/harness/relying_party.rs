//! A client application: builds requests, and verifies what comes back with `jsonwebtoken`, which shares no
//! code with the product.

use super::Provider;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use url::Url;

/// Where answers go: nobody listens there, and nobody needs to.
pub(crate) const REDIRECT_URI: &str = "https://app.example/cb";

/// The API of the first start.
pub(crate) const API: &str = "https://api.example.com/";

/// RFC 7636, appendix B.
pub(crate) const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered client.
pub(crate) struct RelyingParty<'a> {
    provider: &'a Provider,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
    /// What is signed to it is signed with this.
    pub(crate) alg: Algorithm,
}

impl<'a> RelyingParty<'a> {
    /// A client with a secret, as `redirect_uris` alone make it.
    pub(crate) async fn register(provider: &'a Provider) -> Self {
        Self::register_as(provider, json!({})).await
    }

    /// A client without a secret.
    pub(crate) async fn register_public(provider: &'a Provider) -> Self {
        Self::register_as(provider, json!({ "token_endpoint_auth_method": "none" })).await
    }

    /// A client with this metadata, and a redirect URI unless it has its own.
    pub(crate) async fn register_as(provider: &'a Provider, metadata: Value) -> Self {
        let mut body = json!({ "client_name": "A test", "redirect_uris": [REDIRECT_URI] });
        body.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
        Self::of(provider, &provider.register(&body).await)
    }

    /// The client that `client` is the answer of registration of.
    pub(crate) fn of(provider: &'a Provider, client: &Value) -> Self {
        let text = |member: &str| client[member].as_str().map(str::to_owned);
        Self {
            provider,
            client_id: text("client_id").unwrap(),
            client_secret: text("client_secret"),
            alg: Algorithm::RS256,
        }
    }

    /// The authorization URL with these parameters besides `client_id`, `redirect_uri` and `state`,
    /// which can be overridden too.
    pub(crate) fn url(&self, parameters: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("state", "s t&1"),
        ];
        all.retain(|(name, _)| !parameters.iter().any(|(other, _)| other == name));
        all.extend(parameters);
        all.retain(|(_, value)| !value.is_empty());
        Url::parse_with_params(&self.provider.url("authorize"), all).unwrap().into()
    }

    /// The authorization URL of a code flow with PKCE.
    pub(crate) fn code_url(&self, parameters: &[(&str, &str)]) -> String {
        let pkce = [
            ("response_type", "code"),
            ("code_challenge", CODE_CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut all: Vec<_> = pkce.into_iter().collect();
        all.retain(|(name, _)| !parameters.iter().any(|(other, _)| other == name));
        all.extend(parameters);
        self.url(&all)
    }

    /// What exchanges `code` for tokens.
    pub(crate) fn exchange<'b>(&'b self, code: &'b str) -> Vec<(&'b str, &'b str)> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", self.client_id.as_str()),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", CODE_VERIFIER),
        ];
        form.extend(self.client_secret.as_deref().map(|secret| ("client_secret", secret)));
        form
    }

    /// The claims of an ID Token: signature by a published key, `iss`, `aud` and `exp` are verified.
    pub(crate) async fn verify_id_token(&self, token: &str) -> Value {
        verify(
            self.provider,
            token,
            &self.client_id,
            &["exp", "iss", "aud", "sub"],
            ("JWT", self.alg),
        )
        .await
    }

    /// The claims of a Logout Token, verified likewise.
    pub(crate) async fn verify_logout_token(&self, token: &str) -> Value {
        let required = ["exp", "iss", "aud", "sub"];
        verify(self.provider, token, &self.client_id, &required, ("logout+jwt", self.alg)).await
    }

    /// That the client's secret signed a Logout Token.
    pub(crate) fn verify_logout_token_by_secret(&self, token: &str) {
        let header = decode_header(token).unwrap();
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::HS256, Some("logout+jwt")));
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[&self.client_id]);
        let secret = self.client_secret.as_deref().unwrap();
        decode::<Value>(token, &DecodingKey::from_secret(secret.as_bytes()), &validation).unwrap();
    }

    /// The claims of a signed answer of the userinfo endpoint, which has no `exp`.
    pub(crate) async fn verify_userinfo(&self, token: &str) -> Value {
        verify(self.provider, token, &self.client_id, &["iss", "aud", "sub"], ("JWT", self.alg))
            .await
    }

    /// The claims of an access token for the API, verified likewise.
    pub(crate) async fn verify_access_token(&self, token: &str) -> Value {
        self.verify_access_token_by(Algorithm::RS256, token).await
    }

    /// The same of one that is signed with `alg`.
    pub(crate) async fn verify_access_token_by(&self, alg: Algorithm, token: &str) -> Value {
        verify(self.provider, token, API, &["exp", "iss", "aud", "sub"], ("at+jwt", alg)).await
    }
}

async fn verify(
    provider: &Provider,
    token: &str,
    audience: &str,
    required: &[&str],
    (typ, alg): (&str, Algorithm),
) -> Value {
    let keys: JwkSet = provider.get(".well-known/jwks.json").await.json().await.unwrap();
    let header = decode_header(token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (alg, Some(typ)));
    let key = keys.find(&header.kid.unwrap()).expect("the key is published");
    let mut validation = Validation::new(alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[&provider.issuer]);
    validation.set_required_spec_claims(required);
    validation.validate_exp = required.contains(&"exp");
    decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap().claims
}

/// `at_hash` as OpenID Connect Core §3.2.2.9 has it, written once more.
pub(crate) fn left_half_hash(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, value.as_bytes()).as_ref()[..16])
}
