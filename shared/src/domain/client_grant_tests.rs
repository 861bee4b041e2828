use super::{ClientGrant, ClientGrantId, DefaultFor, Grantee, RequestedApi, SubjectType};
use crate::{
    clock::Timestamp,
    domain::{
        Client, ClientId, Incarnation, ProtectedSecret, RequestId, ResourceServer,
        ResourceServerScope,
    },
    entropy::CountingEntropy,
};

const API: &str = "https://api.example.com/";
const NOW: Timestamp = Timestamp(1_000);

/// A client of the tenant's own, or the same as if it had registered itself.
fn client(is_first_party: bool) -> Client {
    let protect = |_: &_, _: &_| ProtectedSecret { mac: String::new(), sealed: None };
    let (client, _) = Client::machine_to_machine(&CountingEntropy::default(), NOW, protect);
    Client { is_first_party, ..client }
}

fn api(incarnation: &Incarnation, is_system: bool) -> ResourceServer {
    let scope =
        |value: &str| ResourceServerScope { value: value.into(), description: String::new() };
    ResourceServer {
        identifier: API.into(),
        name: "Example".into(),
        scopes: ["a", "b", "c"].map(scope).to_vec(),
        is_system,
        token_lifetime: 3_600,
        token_lifetime_for_web: 900,
        allow_offline_access: false,
        created_at: NOW,
        incarnation: incarnation.clone(),
        version: 0,
    }
}

fn grant(scope: &str, incarnation: &Incarnation) -> ClientGrant {
    ClientGrant {
        grantee: Grantee::DefaultFor(DefaultFor::ThirdPartyClients),
        audience: API.into(),
        incarnation: incarnation.clone(),
        subject_type: SubjectType::User,
        scope: scope.parse().unwrap(),
        created_by: RequestId::generate(&CountingEntropy::default()),
    }
}

#[test]
fn what_a_client_may_ask_an_api_for_follows_from_whose_it_is_and_what_was_granted() {
    let entropy = CountingEntropy::default();
    let now = Incarnation::generate(&entropy);
    let before = Incarnation::generate(&entropy);
    let granted = |scope: &str| Some(grant(scope, &now));
    let outdated = |scope: &str| Some(grant(scope, &before));
    let for_itself = Some(ClientGrant { subject_type: SubjectType::Client, ..grant("a", &now) });
    let for_another = Some(ClientGrant { audience: "x".into(), ..grant("a", &now) });
    let here = Some(api(&now, false));
    let of_the_provider = Some(api(&now, true));
    for (what, is_first_party, api, own_grant, default_grant, expected) in [
        ("no API", false, None, granted("a"), granted("a"), None),
        ("no API, own client", true, None, None, None, None),
        ("nothing granted", false, here.clone(), None, None, None),
        ("the default", false, here.clone(), None, granted("a b"), Some("a b")),
        (
            "its own instead of the default",
            false,
            here.clone(),
            granted("c"),
            granted("a b"),
            Some("c"),
        ),
        ("its own alone", false, here.clone(), granted("b"), None, Some("b")),
        ("nothing but the API itself", false, here.clone(), granted(""), granted("a"), Some("")),
        ("scopes that the API has lost", false, here.clone(), None, granted("a gone"), Some("a")),
        ("of a deleted API", false, here.clone(), None, outdated("a"), None),
        ("its own of a deleted API", false, here.clone(), outdated("a"), granted("b"), Some("b")),
        ("for its own name", false, here.clone(), for_itself, None, None),
        ("for another API", false, here.clone(), for_another, None, None),
        ("the tenant's own client", true, here.clone(), None, None, Some("a b c")),
        ("the same, whatever was granted", true, here, granted("a"), granted("b"), Some("a b c")),
        (
            "the provider's own API",
            false,
            of_the_provider.clone(),
            granted("a"),
            granted("a"),
            None,
        ),
        ("the same, own client", true, of_the_provider, granted("a"), granted("a"), None),
    ] {
        let requested = RequestedApi { api, own_grant, default_grant };
        let found = requested.for_users_of(&client(is_first_party)).ok().map(|api| {
            let scopes: Vec<_> = api.scopes.into_iter().map(|scope| scope.value).collect();
            scopes.join(" ")
        });
        assert_eq!(found.as_deref(), expected, "{what}");
    }
}

#[test]
fn a_refusal_says_what_to_ask_the_owner_for() {
    let incarnation = Incarnation::generate(&CountingEntropy::default());
    let requested = RequestedApi { api: Some(api(&incarnation, false)), ..RequestedApi::default() };
    let refusal = requested.for_users_of(&client(false)).unwrap_err();
    assert_eq!(refusal.error.as_str(), "invalid_target");
    assert!(refusal.error_description.contains("client grant"), "{}", refusal.error_description);
}

#[test]
fn an_id_leads_back_to_what_it_names() {
    let one = Grantee::ClientId(ClientId::parse("tpc_third_party_clients").unwrap());
    for grantee in [one, Grantee::DefaultFor(DefaultFor::ThirdPartyClients)] {
        for subject_type in [SubjectType::Client, SubjectType::User] {
            let id = ClientGrantId::of(API, subject_type, grantee.clone());
            assert_eq!(ClientGrantId::parse(&id.to_string()), Some(id));
        }
    }
}

#[test]
fn what_is_no_id_leads_nowhere() {
    let id =
        ClientGrantId::of(API, SubjectType::User, Grantee::ClientId(ClientId::parse("a").unwrap()));
    let id = id.to_string();
    let head = &id[..47];
    for text in [
        "",
        "cgr_",
        &id[4..],
        head,
        &format!("{head}.user"),
        &format!("{head}.user."),
        &format!("{head}.users.a"),
        &format!("{head}.user.a#b"),
        &format!("{head}.user.a.b"),
        &format!("{head}a.user.a"),
        &format!("cgr_ü{id}"),
    ] {
        assert_eq!(ClientGrantId::parse(text), None, "{text}");
    }
}

#[test]
fn a_grant_is_kept_as_it_is_shown() {
    let kept =
        serde_json::to_value(grant("a b", &Incarnation::generate(&CountingEntropy::default())));
    let kept = kept.unwrap();
    assert_eq!(
        (&kept["default_for"], &kept["subject_type"]),
        (&"third_party_clients".into(), &"user".into())
    );
    let read: ClientGrant = serde_json::from_value(kept).unwrap();
    assert_eq!(read.scope.to_string(), "a b");
}
