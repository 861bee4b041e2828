//! Claims of a tenant's own, as data.

use crate::harness::{API, Browser, Owner, Provider, RelyingParty, http};
use serde_json::{Value, json};

const DEPARTMENT: &str = "https://example.com/department";
const TEAM: &str = "https://example.com/team";

#[tokio::test]
async fn the_owner_defines_them_and_scopes_release_them_at_once() {
    let provider = Provider::open_to_all().await;
    let owner = Owner::of(&provider).await;
    let definitions = json!([
        { "claim": TEAM, "attribute": "department", "scopes": ["phone", "read:contacts"] },
        { "claim": "https://example.com/nobody", "attribute": "nothing", "scopes": ["phone"] },
        { "claim": "http://example.com/unscoped", "attribute": "department" },
    ]);
    let (status, settings) =
        owner.patch("tenants/settings", &json!({ "custom_claims": definitions })).await;
    assert_eq!(status, 200, "{settings}");
    let mut expected = definitions.clone();
    expected[2]["scopes"] = json!([]);
    assert_eq!(settings["custom_claims"], expected);
    assert_eq!(provider.settings().await["custom_claims"], expected);

    let client = RelyingParty::register(&provider).await;
    for (scope, audience, released) in [
        ("openid phone", "", &[TEAM][..]),
        ("openid profile", "", &[]),
        (TEAM, "", &[TEAM]),
        ("http://example.com/unscoped", "", &["http://example.com/unscoped"]),
        ("read:contacts", API, &[TEAM]),
        // The API's scope, which nobody has granted here.
        ("read:contacts", "", &[]),
    ] {
        let scope = format!("openid {scope}");
        let parameters = [
            ("response_type", "id_token token"),
            ("nonce", "n"),
            ("scope", scope.as_str()),
            ("audience", audience),
        ];
        let answer = Browser::new(&provider).authorize(&client.url(&parameters)).await.fragment();
        let id_token = client.verify_id_token(&answer["id_token"]).await;
        let request = http().get(provider.url("userinfo")).bearer_auth(&answer["access_token"]);
        let userinfo: Value = request.send().await.unwrap().json().await.unwrap();
        let mut places = vec![("ID Token", id_token), ("userinfo", userinfo)];
        if audience == API {
            let token = client.verify_access_token(&answer["access_token"]).await;
            places.push(("access token", token));
        }
        for (place, claims) in places {
            for name in
                [TEAM, DEPARTMENT, "https://example.com/nobody", "http://example.com/unscoped"]
            {
                let expected = released.contains(&name).then(|| json!("Hinges"));
                assert_eq!(claims.get(name), expected.as_ref(), "{name} in {place} for {scope}");
            }
        }
    }
    provider.advance(std::time::Duration::from_secs(30));
    let document: Value =
        provider.get(".well-known/openid-configuration").await.json().await.unwrap();
    let supported = document["claims_supported"].as_array().unwrap();
    assert!(supported.contains(&json!(TEAM)) && !supported.contains(&json!(DEPARTMENT)));

    for none in [json!(null), json!([])] {
        let (_, settings) =
            owner.patch("tenants/settings", &json!({ "custom_claims": none })).await;
        assert_eq!(settings["custom_claims"], json!([]));
    }
}

#[tokio::test]
async fn a_claim_that_no_token_could_carry_is_refused_when_it_is_defined() {
    let provider = Provider::start().await;
    let owner = Owner::of(&provider).await;
    let before = provider.settings().await["custom_claims"].clone();
    let one = |claim: &str| json!([{ "claim": claim, "attribute": "a", "scopes": [] }]);
    let mut cases: Vec<(Value, &str)> = vec![
        (one("department"), "custom_claims[0].claim must be an https or http URL"),
        (one("email"), "custom_claims[0].claim must be"),
        (one("https://auth0.com/department"), "custom_claims[0].claim must not be in a namespace"),
        (one("https://acme.eu.auth0.com/a"), "custom_claims[0].claim must not be in a namespace"),
        (one("https://webtask.io/a"), "custom_claims[0].claim must not be in a namespace"),
        (one("https://x.webtask.run/a"), "custom_claims[0].claim must not be in a namespace"),
        (one("urn:auth0:department"), "custom_claims[0].claim must not be in a namespace"),
        (json!({}), "custom_claims must be an array"),
        (json!(["x"]), "custom_claims[0] must be an object"),
        (json!([{ "claim": TEAM }]), "custom_claims[0].attribute"),
        (json!([{ "attribute": "a" }]), "custom_claims[0].claim"),
        (json!([{ "claim": TEAM, "attribute": "a\n" }]), "custom_claims[0].attribute"),
        (
            json!([{ "claim": TEAM, "attribute": "a", "scopes": "phone" }]),
            "custom_claims[0].scopes",
        ),
        (
            json!([{ "claim": TEAM, "attribute": "a", "scopes": ["a b"] }]),
            "custom_claims[0].scopes",
        ),
        (
            json!([{ "claim": TEAM, "attribute": "a", "scopes": ["offline_access"] }]),
            "custom_claims[0].scopes",
        ),
        (
            json!([{ "claim": TEAM, "attribute": "a", "value": 1 }]),
            "not allowed: custom_claims[0].value",
        ),
        (
            json!([{ "claim": TEAM, "attribute": "a" }, { "claim": TEAM, "attribute": "b" }]),
            "custom_claims[1].claim is there twice",
        ),
    ];
    // As Auth0 lists them.
    for reserved in "acr act amr at_hash aud auth_time authorization_details azp c_hash client_id cnf exp groups gty \
        iat iss jti kid may_act nbf nonce org_id org_name permissions roles s_hash sid sub txn typ scope"
        .split_whitespace()
    {
        cases.push((one(reserved), "custom_claims[0].claim is reserved"));
    }
    for (definitions, message) in cases {
        let (status, error) =
            owner.patch("tenants/settings", &json!({ "custom_claims": definitions })).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_body")), "{definitions}");
        let told = error["message"].as_str().unwrap();
        assert!(told.contains(message), "{definitions}: {told}");
    }
    assert_eq!(provider.settings().await["custom_claims"], before);
}
