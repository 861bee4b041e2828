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

#[tokio::test]
async fn no_refresh_token_pushed_request_or_credential_of_one_tenant_counts_at_another() {
    let one = Provider::open_to_all().await;
    let other = one.another_tenant().await;
    let (here, there) = client_of_both(&one, &other).await;
    let parameters = [("scope", "openid offline_access"), ("nonce", "n")];
    let landing = Browser::new(&one).authorize(&here.code_url(&parameters)).await;
    let tokens = one.post_form("oauth/token", &here.exchange(&landing.query()["code"])).await;
    let tokens: Value = tokens.json().await.unwrap();
    let text = |member: &str| tokens[member].as_str().unwrap();
    let user = here.verify_id_token(text("id_token")).await["sub"].as_str().unwrap().to_owned();
    share_the_user(&one, &other, &user).await;

    // Refresh tokens: neither renewed there, nor ended.
    let renewal = [
        ("grant_type", "refresh_token"),
        ("client_id", &*here.client_id),
        ("refresh_token", text("refresh_token")),
    ];
    let refused = other.post_form("oauth/token", &renewal).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_grant");
    for member in ["refresh_token", "access_token"] {
        let revocation = [("client_id", &*there.client_id), ("token", text(member))];
        assert_eq!(other.post_form("oauth/revoke", &revocation).await.status(), 200);
    }
    let userinfo = |provider: &Provider| {
        http().get(provider.url("userinfo")).bearer_auth(text("access_token"))
    };
    assert_eq!((status(userinfo(&one)).await, status(userinfo(&other)).await), (200, 401));

    // Whoever may ask about every token there learns nothing of those of here.
    let for_api = [("scope", "read:contacts"), ("audience", API), ("response_type", "token")];
    let landing = Browser::new(&one).authorize(&here.url(&for_api)).await;
    let token = landing.fragment()["access_token"].clone();
    for (asked, expected) in [(&one, true), (&other, false)] {
        let question = [
            ("client_id", asked.management("client_id")),
            ("client_secret", asked.management("client_secret")),
            ("token", &*token),
        ];
        let told = asked.post_form("oauth/introspect", &question).await;
        assert_eq!(told.json::<Value>().await.unwrap()["active"], expected);
    }

    // Pushed requests.
    let mut request: Vec<(String, String)> = url::Url::parse(&here.code_url(&parameters))
        .unwrap()
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    request.retain(|(name, _)| name != "state");
    let form: Vec<_> = request.iter().map(|(name, value)| (&**name, &**value)).collect();
    let pushed = one.post_form("oauth/par", &form).await;
    assert_eq!(pushed.status(), 201);
    let pushed: Value = pushed.json().await.unwrap();
    let pushed =
        [("client_id", &*here.client_id), ("request_uri", pushed["request_uri"].as_str().unwrap())];
    let at = |provider: &Provider| {
        url::Url::parse_with_params(&provider.url("authorize"), pushed).unwrap().to_string()
    };
    assert_eq!(Browser::new(&other).page(&at(&other)).await.status, 400);
    assert!(is_login(&Browser::new(&one).page(&at(&one)).await));

    // What the owner's client and those who may register prove themselves by.
    let credentials = [
        ("grant_type", "client_credentials"),
        ("client_id", one.management("client_id")),
        ("client_secret", one.management("client_secret")),
        ("audience", other.management("audience")),
    ];
    let store = one.store();
    let id = ClientId::parse(one.management("client_id")).unwrap();
    let owner = store.read(keys::client(&tenant_id(&one), &id)).await.unwrap().unwrap();
    store.register_client(&tenant_id(&other), &owner).await.unwrap();
    assert_eq!(other.post_form("oauth/token", &credentials).await.status(), 401);
    let policy = json!({ "dynamic_client_registration": { "admission": "initial_access_token" } });
    assert_eq!(other.change_settings(&policy).await.status(), 200);
    let path = "initial-access-tokens";
    for (maker, expected) in [(&one, 401), (&other, 201)] {
        let made = maker.manage(reqwest::Method::POST, path, Some(&json!({}))).await;
        let made: Value = made.json().await.unwrap();
        let registration = http()
            .post(other.url("oidc/register"))
            .bearer_auth(made["token"].as_str().unwrap())
            .json(&json!({ "redirect_uris": ["https://app.example/cb"] }));
        assert_eq!(status(registration).await, expected);
    }

    // None of which has spent anything here.
    assert_eq!(one.post_form("oauth/token", &renewal).await.status(), 200);
}
