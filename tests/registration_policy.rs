use crate::harness::{Browser, ClientKey, Provider, RelyingParty, http};
use serde_json::{Map, Value, json};
use shared::domain::RegistrationPolicy;

const POLICY: &str = "dynamic_client_registration";

fn issuer(name: &str) -> Value {
    // RFC 7517 appendix A.1.
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "kid": "1",
    });
    json!({ "issuer": name, "jwks": { "keys": [jwk] } })
}

/// A good value of each member, and bad ones.
fn members() -> Vec<(&'static str, Value, Vec<Value>)> {
    vec![
        ("admission", json!("software_statement"), vec![json!("closed"), json!(true)]),
        ("client_registration_management", json!("read"), vec![json!("write"), json!(["read"])]),
        (
            "allowed_redirect_hosts",
            json!(["app.example.com", "*.gateway.example"]),
            vec![
                json!([]),
                json!("app.example.com"),
                json!(["https://app.example.com"]),
                json!(["*"]),
            ],
        ),
        ("allowed_redirect_schemes", json!(["https", "cursor"]), vec![json!(["HTTPS"]), json!([])]),
        ("allowed_scopes", json!(["openid", "read:x"]), vec![json!("openid"), json!(["a b"])]),
        ("default_scopes", json!(["openid"]), vec![json!([]), json!(["not:allowed"])]),
        (
            "allowed_grant_types",
            json!(["authorization_code"]),
            vec![json!(["client_credentials"]), json!(["refresh_token"]), json!(["password"])],
        ),
        ("allowed_response_types", json!(["code"]), vec![json!(["code token"]), json!(["token"])]),
        ("client_name_max_length", json!(40), vec![json!(0), json!(101), json!("40")]),
        ("client_name_refused_patterns", json!(["*official*"]), vec![json!(["*"]), json!("x")]),
        ("client_name_may_resemble_tenant", json!(true), vec![json!("true"), json!(0)]),
        (
            "required_members",
            json!(["client_uri"]),
            vec![json!(["client_id"]), json!("client_uri")],
        ),
        (
            "allowed_ip_ranges",
            json!(["203.0.113.0/24"]),
            vec![json!([]), json!(["203.0.113.7/24"])],
        ),
        ("refused_ip_ranges", json!(["2001:db8::/32"]), vec![json!(["2001:db8::"]), json!([1])]),
        (
            "software_statement_issuers",
            json!([issuer("https://vouching.example")]),
            vec![json!([issuer("")]), json!([{ "issuer": "https://x.example" }]), json!({})],
        ),
        ("allow_fetching", json!(true), vec![json!("true"), json!(1)]),
        ("registrations_per_source", json!(5), vec![json!(0), json!(-1), json!(1.5)]),
        ("registrations_per_tenant", json!(1_000), vec![json!(0), json!("1000")]),
        ("unused_clients", json!(500), vec![json!(0), json!([500])]),
        ("unused_client_lifetime", json!(0), vec![json!(31_536_001), json!("0")]),
        ("deduplicate_public_clients", json!(false), vec![json!("false"), json!(1)]),
        ("client_secret_overlap", json!(3_600), vec![json!(2_592_001), json!(-1)]),
    ]
}

async fn change(provider: &Provider, policy: Value) -> (u16, Value) {
    let response = provider.change_settings(&json!({ (POLICY): policy })).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_tenant_starts_open_and_within_limits() {
    let provider = Provider::start().await;
    assert_eq!(
        provider.settings().await[POLICY],
        json!({
            "admission": "open",
            "client_registration_management": "none",
            "allow_fetching": false,
            "client_name_max_length": 100,
            "client_name_may_resemble_tenant": false,
            "registrations_per_source": 60,
            "registrations_per_tenant": 300,
            "unused_clients": 10_000,
            "unused_client_lifetime": 2_592_000,
            "deduplicate_public_clients": true,
            "client_secret_overlap": 86_400,
        })
    );
}

#[tokio::test]
async fn each_member_is_set_alone_shown_and_reset() {
    let provider = Provider::start().await;
    let defaults = provider.settings().await;
    let mut expected = defaults.clone();
    for (member, good, bad) in members() {
        let (status, settings) = change(&provider, json!({ (member): good })).await;
        expected[POLICY][member] = good;
        assert_eq!((status, &settings), (200, &expected), "{member}");
        for value in bad {
            let (status, error) = change(&provider, json!({ (member): value })).await;
            assert_eq!(
                (status, &error["errorCode"]),
                (400, &json!("invalid_body")),
                "{member} {value}"
            );
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(&format!("{POLICY}.{member}")), "{member} {value}: {message}");
        }
        assert_eq!(provider.settings().await, expected, "{member}");
    }

    let shown = provider.settings().await[POLICY].clone();
    assert_eq!(change(&provider, shown).await, (200, expected), "what is shown can be sent back");
    let nulls: Map<_, _> =
        members().iter().map(|(member, ..)| ((*member).into(), json!(null))).collect();
    assert_eq!(change(&provider, nulls.into()).await, (200, defaults), "null resets a member");
}

#[tokio::test]
async fn null_resets_the_whole_policy_and_nothing_changes_nothing() {
    let provider = Provider::start().await;
    let defaults = provider.settings().await;
    let (_, changed) =
        change(&provider, json!({ "admission": "initial_access_token", "unused_clients": 5 }))
            .await;
    assert_eq!(change(&provider, json!({})).await, (200, changed));
    assert_eq!(change(&provider, json!(null)).await, (200, defaults));
}

#[tokio::test]
async fn what_is_unknown_repeated_or_contradictory_is_refused_and_changes_nothing() {
    let provider = Provider::start().await;
    let good = json!({ "allowed_scopes": ["a", "b"], "default_scopes": ["b"] });
    let (_, before) = change(&provider, good).await;
    let issuer_twice = json!([issuer("https://x.example"), issuer("https://x.example")]);
    for (policy, said) in [
        (
            r#"{"limits":{}}"#,
            "Additional properties not allowed: dynamic_client_registration.limits",
        ),
        (
            r#"{"admission":"initial_access_token","nonsense":null}"#,
            "dynamic_client_registration.nonsense",
        ),
        (r#"{"<script>":1}"#, "dynamic_client_registration.script"),
        (r#"{"admission":"open","admission":"software_statement"}"#, "twice"),
        (
            r#"{"software_statement_issuers":[{"issuer":"a","issuer":"b","jwks":{"keys":[]}}]}"#,
            "twice",
        ),
        (r#"{"allowed_scopes":["a"]}"#, "dynamic_client_registration.default_scopes"),
        (r#"{"default_scopes":["c"]}"#, "dynamic_client_registration.default_scopes"),
        (&json!({ "software_statement_issuers": issuer_twice }).to_string(), "an issuer twice"),
        (r#""open""#, "dynamic_client_registration must be an object"),
        ("[]", "dynamic_client_registration must be an object"),
        ("true", "dynamic_client_registration must be an object"),
    ] {
        let (status, error) = patch(&provider, format!(r#"{{"{POLICY}":{policy}}}"#)).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("invalid_body")), "{policy}");
        assert!(error["message"].as_str().unwrap().contains(said), "{policy}: {error}");
    }
    assert_eq!(provider.settings().await, before);
}

#[tokio::test]
async fn a_policy_and_the_mode_go_together_whichever_is_changed() {
    let provider = Provider::start().await;
    let mode = "dynamic_client_registration_security_mode";
    let implicit = json!({ "allowed_grant_types": ["implicit"] });
    for (body, status) in [
        (json!({ (POLICY): implicit }), 200),
        (json!({ (mode): "strict" }), 400),
        (json!({ (mode): "strict", (POLICY): { "allowed_grant_types": null } }), 200),
        (json!({ (POLICY): implicit }), 400),
        (json!({ (POLICY): implicit, (mode): "permissive" }), 200),
    ] {
        let response = provider.change_settings(&body).await;
        assert_eq!(response.status(), status, "{body}");
    }
}

#[tokio::test]
async fn changes_of_two_members_at_the_same_time_do_not_undo_each_other() {
    let provider = Provider::start().await;
    let (a, b) = tokio::join!(
        change(&provider, json!({ "unused_clients": 5 })),
        change(&provider, json!({ "admission": "initial_access_token" }))
    );
    assert_eq!((a.0, b.0), (200, 200));
    let policy = &provider.settings().await[POLICY];
    assert_eq!(
        (&policy["unused_clients"], &policy["admission"]),
        (&json!(5), &json!("initial_access_token"))
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read() {
    let provider = Provider::start().await;
    let padded = |length: usize| {
        let body = r#"{"friendly_name":"A"}"#;
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    assert_eq!(patch(&provider, padded(64 * 1024)).await.0, 200);
    let (status, error) = patch(&provider, padded(64 * 1024 + 1)).await;
    assert_eq!(
        (status, error),
        (
            413,
            json!({
                "statusCode": 413, "error": "Payload Too Large",
                "message": "Payload content length greater than maximum allowed: 65536",
            })
        )
    );
}

fn documentation() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join("docs/registration-policy.md")).unwrap()
}

#[tokio::test]
async fn the_documentation_has_each_member_with_its_default_and_an_example_that_works() {
    let provider = Provider::start().await;
    let defaults = provider.settings().await[POLICY].clone();
    let documentation = documentation();
    let rows = documentation.lines().filter(|line| line.starts_with("| `"));
    let mut documented = Vec::new();
    for row in rows {
        let [member, _, _, default, example] =
            row.trim_matches('|').split(" | ").collect::<Vec<_>>()[..]
        else {
            continue;
        };
        let member = member.trim().trim_matches('`');
        match defaults.get(member) {
            Some(value) => assert_eq!(default, format!("`{value}`"), "{member}"),
            None => assert!(!default.contains('`'), "{member}"),
        }
        if let Some(example) = example.trim().strip_prefix('`') {
            let value: Value = serde_json::from_str(example.trim_end_matches('`')).expect(member);
            assert_eq!(change(&provider, json!({ (member): value })).await.0, 200, "{member}");
        }
        documented.push(member.to_owned());
    }
    let mut known = RegistrationPolicy::MEMBERS;
    known.sort_unstable();
    documented.sort_unstable();
    assert_eq!(documented, known);
}

#[tokio::test]
async fn the_two_modes_differ_as_the_documentation_says() {
    let documentation = documentation();
    for (column, mode) in ["permissive", "strict"].into_iter().enumerate() {
        let provider = Provider::open_to_all().await;
        let settings = json!({ "dynamic_client_registration_security_mode": mode });
        assert_eq!(provider.change_settings(&settings).await.status(), 200);
        let client =
            provider.register(&json!({ "redirect_uris": ["https://app.example/cb"] })).await;
        for member in ["grant_types", "response_types"] {
            let row = documentation.lines().find(|line| {
                line.starts_with(&format!("| `{member}` | `[\"authorization_code\""))
                    || line.starts_with(&format!("| `{member}` | `[\"code\", \"token\""))
            });
            let cells: Vec<_> =
                row.unwrap().trim_matches('|').split(" | ").map(str::trim).collect();
            let documented: Value =
                serde_json::from_str(cells[1 + column].trim_matches('`')).unwrap();
            assert_eq!(client[member], documented, "{mode}");
        }
        let id = client["client_id"].as_str().unwrap();
        assert_eq!((id.starts_with("tpc_"), id.len()), [(false, 32), (true, 26)][column]);
        let hs256 = json!({
            "redirect_uris": ["https://app.example/cb"], "id_token_signed_response_alg": "HS256",
        });
        let answer = provider.post_json("oidc/register", &hs256).await;
        assert_eq!(answer.status(), [201, 400][column]);
        // Without PKCE, though with a secret; where that is an error, it is told on a page.
        let code = RelyingParty::of(&provider, &client).url(&[("response_type", "code")]);
        let page = Browser::new(&provider).page(&code).await;
        assert_eq!(page.status, [200, 400][column], "{mode}");
        assert_eq!(page.url.path(), ["/u/login", "/authorize"][column]);
    }
    // How long refresh tokens last, the rules of their settings pin.
    let table = documentation.split("## The two modes").nth(1).unwrap().split("\n## ").next();
    let rows = table.unwrap().lines().filter_map(|line| line.strip_prefix("| "));
    let rows: Vec<_> = rows.map(|row| row.split(" | ").next().unwrap().trim_matches('`')).collect();
    let known = [
        "client_id",
        "grant_types",
        "response_types",
        "id_token_signed_response_alg",
        "PKCE",
        "refresh tokens",
        "errors of the authorization endpoint",
    ];
    assert_eq!(rows[1..], known);
}

#[tokio::test]
async fn the_examples_of_the_documentation_are_accepted() {
    let provider = Provider::start().await;
    let documentation = documentation();
    let examples: Vec<_> = documentation.split("```json").skip(1).collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let example = example.split("```").next().unwrap();
        let body: Value = serde_json::from_str(example).unwrap();
        assert_eq!(provider.change_settings(&body).await.status(), 200, "{example}");
        assert_eq!(change(&provider, json!(null)).await.0, 200);
    }
}

#[tokio::test]
async fn a_client_gets_no_scope_and_no_claim_that_the_tenant_does_not_allow() {
    let provider = Provider::open_to_all().await;
    assert_eq!(change(&provider, json!({ "allowed_scopes": ["openid", "email"] })).await.0, 200);
    let claims = json!({ "userinfo": { "phone_number": null }, "id_token": { "name": null } });
    for scope in ["openid email address", ""] {
        let client = RelyingParty::register_as(&provider, json!({ "scope": scope })).await;
        let url = client.url(&[
            ("response_type", "id_token token"),
            ("nonce", "n"),
            ("scope", "openid profile email address phone"),
            ("claims", &claims.to_string()),
        ]);
        let answer = Browser::new(&provider).authorize(&url).await.fragment();
        assert_eq!(answer["scope"], "openid email", "{scope}");
        let request = http().get(provider.url("userinfo")).bearer_auth(&answer["access_token"]);
        let userinfo: Map<String, Value> = request.send().await.unwrap().json().await.unwrap();
        let told: Vec<_> = userinfo.keys().collect();
        assert_eq!(told, ["email", "email_verified", "sub"], "{scope}");
        let id_token = client.verify_id_token(&answer["id_token"]).await;
        assert_eq!(id_token.get("name"), None, "{scope}");
    }
}

#[tokio::test]
async fn a_client_that_did_not_register_openid_gets_no_id_token() {
    let provider = Provider::open_to_all().await;
    let metadata = json!({ "scope": "email", "token_endpoint_auth_method": "none" });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let mut browser = Browser::new(&provider);
    let code = browser.authorize(&client.code_url(&[("scope", "openid email")])).await.query();
    let tokens = provider.post_form("oauth/token", &client.exchange(&code["code"])).await;
    let tokens: Value = tokens.json().await.unwrap();
    assert_eq!((&tokens["scope"], tokens.get("id_token")), (&json!("email"), None), "{tokens}");
    let url = client.url(&[("response_type", "id_token"), ("nonce", "n"), ("scope", "openid")]);
    assert_eq!(browser.landing(&url).await.fragment()["error"], "invalid_scope");
}

#[tokio::test]
async fn what_is_empty_is_not_there() {
    let provider = Provider::open_to_all().await;
    let required = json!({ "required_members": ["client_name", "contacts", "scope"] });
    assert_eq!(change(&provider, required).await.0, 200);
    let metadata = json!({
        "redirect_uris": ["https://app.example/cb"],
        "client_name": "Weather", "contacts": ["dev@app.example"], "scope": "openid",
    });
    provider.register(&metadata).await;
    for (member, empty) in [
        ("client_name", json!("")),
        ("client_name", json!(" ")),
        ("contacts", json!([])),
        ("contacts", json!(null)),
        ("scope", json!("")),
        ("scope", json!("  ")),
    ] {
        let mut metadata = metadata.clone();
        metadata[member] = empty;
        let refused = provider.post_json("oidc/register", &metadata).await;
        assert_eq!(refused.status(), 400, "{metadata}");
        let error: Value = refused.json().await.unwrap();
        let why = format!("{member} is required by this tenant");
        assert_eq!(error["error_description"], why, "{metadata}");
    }
}

#[tokio::test]
async fn a_dry_run_registers_nothing_and_neither_does_one_that_is_misspelt() {
    let provider = Provider::open_to_all().await;
    let token = provider.management_token(None).await;
    let register = async |query: &str| {
        let request = http().post(provider.url(&format!("oidc/register{query}")));
        let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
        let response = request.bearer_auth(&token).json(&metadata).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let (status, verdict) = register("?dry_run=true").await;
    assert_eq!((status, &verdict["would_register"]), (200, &json!(true)));
    assert_eq!(verdict["client_metadata"]["redirect_uris"], json!(["https://app.example/cb"]));
    for query in
        ["?dry_run", "?dry_run=", "?dry_run=1", "?dry_run=TRUE", "?dry%5Frun=", "?a=b&dry_run"]
    {
        let (status, error) = register(query).await;
        assert_eq!((status, &error["error"]), (400, &json!("invalid_request")), "{query}");
        assert_eq!(error["error_description"], "dry_run must be true or false", "{query}");
    }
    for query in ["", "?dry_run=false", "?utm_source=dry_run"] {
        assert_eq!(register(query).await.0, 201, "{query}");
    }
    // The owner is not where the registrant will be.
    assert_eq!(change(&provider, json!({ "allowed_ip_ranges": ["203.0.113.0/24"] })).await.0, 200);
    assert_eq!(register("").await.0, 403);
    assert_eq!(register("?dry_run=true").await.1["would_register"], true);
}

#[tokio::test]
async fn what_a_statement_vouches_for_it_vouches_for_in_every_language() {
    let provider = Provider::open_to_all().await;
    let key = ClientKey::new("1");
    let issuer = "https://vouching.example";
    let issuers = json!([{ "issuer": issuer, "jwks": { "keys": [key.jwk()] } }]);
    assert_eq!(change(&provider, json!({ "software_statement_issuers": issuers })).await.0, 200);
    let claims = json!({ "iss": issuer, "client_name": "Weather", "client_name#fr": "Météo" });
    let client = provider
        .register(&json!({
            "redirect_uris": ["https://app.example/cb"],
            "software_statement": key.sign("JWT", &claims),
            "client_name": "Bank", "client_name#de": "Bank", "client_name#fr": "Banque",
            "tos_uri#de": "https://app.example/agb",
        }))
        .await;
    assert_eq!(client["client_name"], "Weather");
    assert_eq!((client.get("client_name#de"), &client["client_name#fr"]), (None, &json!("Météo")));
    assert_eq!(client["tos_uri#de"], "https://app.example/agb");
}

async fn patch(provider: &Provider, body: String) -> (u16, Value) {
    let token = provider.management_token(None).await;
    let request = http().patch(provider.url("api/v2/tenants/settings")).bearer_auth(token);
    let request = request.header("content-type", "application/json").body(body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}
