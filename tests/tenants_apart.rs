//! Two tenants of one deployment: nothing of one counts at the other, not even for a client and a user that both have.

use crate::harness::{API, Browser, Page, Provider, RelyingParty, http};
use serde_json::{Value, json};
use shared::{
    domain::{ClientId, Issuer, TenantId},
    storage::keys,
};

const ID_TOKEN: [(&str, &str); 3] =
    [("response_type", "id_token"), ("scope", "openid"), ("nonce", "n")];
const BYE: &str = "https://app.example/bye";

fn tenant_id(provider: &Provider) -> TenantId {
    provider.issuer.parse::<Issuer>().unwrap().tenant_id()
}

/// A client of the one that the other has too, by the same id and with the same secret to be had of neither.
async fn client_of_both<'a>(
    one: &'a Provider,
    other: &'a Provider,
) -> (RelyingParty<'a>, RelyingParty<'a>) {
    let metadata = json!({
        "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none",
        "post_logout_redirect_uris": [BYE],
    });
    let registered = one.register(&metadata).await;
    let id = ClientId::parse(registered["client_id"].as_str().unwrap()).unwrap();
    let store = one.store();
    let client = store.read(keys::client(&tenant_id(one), &id)).await.unwrap().unwrap();
    store.register_client(&tenant_id(other), &client).await.unwrap();
    (RelyingParty::of(one, &registered), RelyingParty::of(other, &registered))
}

/// The other tenant gets the users of the first, by the same ids.
async fn share_the_user(one: &Provider, other: &Provider, user_id: &str) {
    let store = one.store();
    let id = shared::domain::UserId::parse(user_id).unwrap();
    let (t, email) = (tenant_id(one), one.user("email"));
    let (user, login) = store.read((keys::user(&t, &id), keys::login(&t, email))).await.unwrap();
    store.create_user(&tenant_id(other), &user.unwrap(), email, &login.unwrap()).await.unwrap();
}

fn is_login(page: &Page) -> bool {
    page.html.contains("<h1>Sign in</h1>")
}

async fn status(request: reqwest::RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn no_session_code_token_hint_or_form_of_one_tenant_counts_at_another() {
    let one = Provider::open_to_all().await;
    let other = one.another_tenant().await;
    let (here, there) = client_of_both(&one, &other).await;
    let mut browser = Browser::new(&one);
    let landing = browser.authorize(&here.url(&ID_TOKEN)).await;
    let id_token = landing.fragment()["id_token"].clone();
    let user_id = here.verify_id_token(&id_token).await["sub"].as_str().unwrap().to_owned();
    share_the_user(&one, &other, &user_id).await;

    // Sessions, and the names of browsers and notes beside them.
    let mut visitor = Browser::new(&other);
    visitor.cookies.clone_from(&browser.cookies);
    assert!(is_login(&visitor.page(&there.url(&ID_TOKEN)).await));
    let silent = there.url(&[&ID_TOKEN[..], &[("prompt", "none")]].concat());
    assert_eq!(visitor.landing(&silent).await.fragment()["error"], "login_required");

    // Hints.
    let hint = there.url(&[&ID_TOKEN[..], &[("id_token_hint", &id_token)]].concat());
    assert_eq!(visitor.landing(&hint).await.fragment()["error"], "invalid_request");
    let logout = format!("oidc/logout?id_token_hint={id_token}&post_logout_redirect_uri={BYE}");
    assert_eq!(visitor.page(&other.url(&logout)).await.status, 400);

    // Forms.
    let ours = browser.page(&here.url(&[&ID_TOKEN[..], &[("prompt", "login")]].concat())).await;
    let theirs = visitor.page(&there.url(&[&ID_TOKEN[..], &[("prompt", "login")]].concat())).await;
    let fields = [
        ("csrf_token", &*ours.attribute(r#"name="csrf_token" value=""#)),
        ("username", one.user("email")),
        ("password", one.user("password")),
    ];
    assert_eq!(visitor.send(theirs.url.as_str(), &fields).await.page().status, 400);

    // Codes and access tokens.
    let code_url = here.code_url(&[("scope", "openid read:contacts"), ("audience", API)]);
    let consent = browser.page(&code_url).await;
    let landing = browser.submit(&consent, &[("allow", "true")]).await.landing();
    let code = landing.query()["code"].clone();
    let refused = other.post_form("oauth/token", &there.exchange(&code)).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_grant");
    let tokens = one.post_form("oauth/token", &here.exchange(&code)).await;
    let jwt = tokens.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    let opaque =
        browser.landing(&here.url(&[("response_type", "token"), ("scope", "openid")])).await;
    let opaque = opaque.fragment()["access_token"].clone();
    for token in [&jwt, &opaque] {
        let ask = |provider: &Provider| http().get(provider.url("userinfo")).bearer_auth(token);
        assert_eq!((status(ask(&one)).await, status(ask(&other)).await), (200, 401));
    }
    let owner = one.management_token(None).await;
    let settings =
        |provider: &Provider| http().get(provider.url("api/v2/clients")).bearer_auth(&owner);
    assert_eq!((status(settings(&one)).await, status(settings(&other)).await), (200, 401));
}
