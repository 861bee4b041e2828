use super::{SoftwareStatement, SoftwareStatementIssuer};
use crate::{clock::Timestamp, oauth::OAuthErrorCode};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{prelude::any, proptest};
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;
const ISSUER: &str = "https://vouching.example";
const AUDIENCES: [&str; 2] = ["https://tenant.example/", "https://tenant.example/oidc/register"];

struct Voucher(EcdsaKeyPair);

impl Voucher {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|number| URL_SAFE_NO_PAD.encode(number));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "2024", "alg": "ES256" })
    }

    fn issuer(&self) -> SoftwareStatementIssuer {
        issuer(&json!({ "issuer": ISSUER, "jwks": { "keys": [self.jwk()] } })).unwrap()
    }

    fn statement(&self, claims: &str) -> String {
        self.signed(&json!({ "alg": "ES256", "kid": "2024" }).to_string(), claims)
    }

    #[expect(clippy::disallowed_methods, reason = "a stranger of a test signs as it likes")]
    fn signed(&self, header: &str, claims: &str) -> String {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let input = format!("{header}.{claims}");
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn issuer(value: &Value) -> Result<SoftwareStatementIssuer, String> {
    SoftwareStatementIssuer::parse(value).map_err(|why| why.to_string())
}

fn verify(jwt: &str, voucher: &Voucher) -> Result<SoftwareStatement, OAuthErrorCode> {
    let verified = SoftwareStatement::verify(jwt, &[voucher.issuer()], &AUDIENCES, Timestamp(NOW));
    verified.map_err(|error| error.error)
}

#[test]
fn a_statement_gives_the_metadata_in_it_without_the_claims_about_itself() {
    let voucher = Voucher::new();
    let about_itself = json!({
        "iss": ISSUER, "sub": "x", "aud": AUDIENCES[0], "exp": NOW + 1, "nbf": NOW, "iat": NOW, "jti": "x",
        "software_id": "4NRB1", "client_name": "Example", "redirect_uris": ["https://client.example/cb"],
    });
    let statement = verify(&voucher.statement(&about_itself.to_string()), &voucher).unwrap();
    assert_eq!(
        Value::from(statement.claims().clone()),
        json!({ "software_id": "4NRB1", "client_name": "Example", "redirect_uris": ["https://client.example/cb"] })
    );
}

#[test]
fn claims_are_judged_one_by_one() {
    use OAuthErrorCode::{
        InvalidSoftwareStatement as Invalid, UnapprovedSoftwareStatement as Unapproved,
    };
    let voucher = Voucher::new();
    for (claims, expected) in [
        (json!({ "iss": ISSUER }), None),
        (json!({}), Some(Invalid)),
        (json!({ "iss": 1 }), Some(Invalid)),
        (json!({ "iss": null }), Some(Invalid)),
        (json!({ "iss": [ISSUER] }), Some(Invalid)),
        (json!({ "iss": "https://other.example" }), Some(Unapproved)),
        (json!({ "iss": "https://vouching.example/" }), Some(Unapproved)),
        (json!({ "iss": ISSUER, "exp": NOW - 59 }), None),
        (json!({ "iss": ISSUER, "exp": NOW - 60 }), Some(Invalid)),
        (json!({ "iss": ISSUER, "exp": 0 }), Some(Invalid)),
        (json!({ "iss": ISSUER, "exp": 1_699_999_941.5 }), None),
        (json!({ "iss": ISSUER, "exp": 1_699_999_939.5 }), Some(Invalid)),
        (json!({ "iss": ISSUER, "exp": u64::MAX }), None),
        (json!({ "iss": ISSUER, "exp": -1e300 }), Some(Invalid)),
        (json!({ "iss": ISSUER, "exp": "tomorrow" }), Some(Invalid)),
        (json!({ "iss": ISSUER, "nbf": NOW + 60 }), None),
        (json!({ "iss": ISSUER, "nbf": NOW + 61 }), Some(Invalid)),
        (json!({ "iss": ISSUER, "nbf": true }), Some(Invalid)),
        (json!({ "iss": ISSUER, "aud": AUDIENCES[1] }), None),
        (json!({ "iss": ISSUER, "aud": ["https://x.example", AUDIENCES[0]] }), None),
        (json!({ "iss": ISSUER, "aud": "https://x.example" }), Some(Invalid)),
        (json!({ "iss": ISSUER, "aud": [] }), Some(Invalid)),
        (json!({ "iss": ISSUER, "aud": 1 }), Some(Invalid)),
        (json!({ "iss": ISSUER, "software_statement": "x.y.z" }), Some(Invalid)),
    ] {
        let verified = verify(&voucher.statement(&claims.to_string()), &voucher);
        assert_eq!(verified.err(), expected, "{claims}");
    }
}

#[test]
fn what_is_not_signed_by_the_issuer_as_the_key_says_is_refused() {
    let (voucher, stranger) = (Voucher::new(), Voucher::new());
    let claims = json!({ "iss": ISSUER }).to_string();
    let good = voucher.statement(&claims);
    let parts: Vec<_> = good.split('.').collect();
    let other_payload =
        URL_SAFE_NO_PAD.encode(json!({ "iss": ISSUER, "scope": "all" }).to_string());
    let header = |header: Value| voucher.signed(&header.to_string(), &claims);
    assert!(verify(&good, &voucher).is_ok());
    for jwt in [
        String::new(),
        "not a JWT".to_owned(),
        "..".to_owned(),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}."),
        format!("{good}=="),
        format!("{good}.{}", parts[2]),
        format!("{}.{other_payload}.{}", parts[0], parts[2]),
        stranger.statement(&claims),
        header(json!({ "alg": "none" })),
        header(json!({ "alg": "HS256", "kid": "2024" })),
        header(json!({ "alg": "RS256", "kid": "2024" })),
        header(json!({ "alg": "PS256" })),
        header(json!({ "alg": "es256" })),
        header(json!({ "kid": "2024" })),
        header(json!({ "alg": "ES256", "kid": "2023" })),
        header(json!({ "alg": "ES256", "crit": ["exp"] })),
        header(json!({ "alg": "ES256", "kid": "other", "jwk": stranger.jwk() })),
        voucher.statement(&format!(r#"{{"iss":"{ISSUER}","scope":"a","scope":"b"}}"#)),
        voucher.statement(&format!(r#"{{"iss":"{ISSUER}","jwks":{{"keys":[],"keys":[]}}}}"#)),
        voucher.statement("[]"),
        voucher.statement("no JSON"),
    ] {
        let refused = verify(&jwt, &voucher).err();
        assert_eq!(refused, Some(OAuthErrorCode::InvalidSoftwareStatement), "{jwt}");
    }
}

#[test]
fn a_tenant_that_trusts_nobody_approves_nothing() {
    let voucher = Voucher::new();
    let jwt = voucher.statement(&json!({ "iss": ISSUER }).to_string());
    let refused = SoftwareStatement::verify(&jwt, &[], &AUDIENCES, Timestamp(NOW)).unwrap_err();
    assert_eq!(refused.error.as_str(), "unapproved_software_statement");
}

#[test]
fn the_issuer_that_is_named_is_the_one_whose_keys_count() {
    let (voucher, other) = (Voucher::new(), Voucher::new());
    let other_issuer =
        json!({ "issuer": "https://other.example", "jwks": { "keys": [other.jwk()] } });
    let issuers = [issuer(&other_issuer).unwrap(), voucher.issuer()];
    let verify = |jwt: &str| SoftwareStatement::verify(jwt, &issuers, &AUDIENCES, Timestamp(NOW));
    let claims = json!({ "iss": ISSUER }).to_string();
    assert!(verify(&voucher.statement(&claims)).is_ok());
    assert!(verify(&other.statement(&claims)).is_err());
}

#[test]
fn an_issuer_has_a_name_and_public_keys_that_sign() {
    let jwk = Voucher::new().jwk();
    let with = |member: &str, value: Value| {
        let mut jwk = jwk.clone();
        jwk[member] = value;
        json!({ "issuer": ISSUER, "jwks": { "keys": [jwk] } })
    };
    assert!(issuer(&with("ignored", json!(1))).is_ok());
    for (value, said) in [
        (json!({ "issuer": ISSUER }), "must be an object"),
        (json!({ "jwks": { "keys": [jwk] } }), "must be an object"),
        (
            json!({ "issuer": ISSUER, "jwks": { "keys": [jwk] }, "jwks_uri": "x" }),
            "must be an object",
        ),
        (json!("x"), "must be an object"),
        (json!({ "issuer": 1, "jwks": { "keys": [jwk] } }), "issuer must"),
        (json!({ "issuer": "", "jwks": { "keys": [jwk] } }), "issuer must"),
        (json!({ "issuer": "a\nb", "jwks": { "keys": [jwk] } }), "issuer must"),
        (json!({ "issuer": "x".repeat(501), "jwks": { "keys": [jwk] } }), "issuer must"),
        (json!({ "issuer": ISSUER, "jwks": { "keys": [] } }), "jwks must"),
        (json!({ "issuer": ISSUER, "jwks": {} }), "jwks must"),
        (json!({ "issuer": ISSUER, "jwks": { "keys": [jwk, jwk] } }), "jwks must"),
        (with("d", json!("AQAB")), "jwks must not have private"),
        (with("use", json!("enc")), "jwks must have a key for"),
        (with("alg", json!("ES384")), "jwks must have a key for"),
        (with("crv", json!("P-521")), "jwks must"),
        (with("x", json!("AQAB")), "jwks must"),
        (with("kty", json!("oct")), "jwks must"),
    ] {
        let why = issuer(&value).unwrap_err();
        assert!(why.starts_with(said), "{value}: {why}");
    }
}

proptest! {
    #[test]
    fn no_statement_makes_it_panic(header in any::<Vec<u8>>(), claims in "\\PC{0,60}", text in "\\PC{0,60}") {
        let known = Voucher::new().issuer();
        let _ = SoftwareStatement::verify(&text, std::slice::from_ref(&known), &AUDIENCES, Timestamp(NOW));
        let [header, claims] = [header, claims.into_bytes()].map(|part| URL_SAFE_NO_PAD.encode(part));
        for jwt in [format!("{header}.{claims}.{header}"), format!("eyJhbGciOiJFUzI1NiJ9.{claims}.{header}")] {
            assert!(SoftwareStatement::verify(&jwt, std::slice::from_ref(&known), &AUDIENCES, Timestamp(NOW)).is_err());
        }
    }
}
