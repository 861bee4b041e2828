//! Client metadata from strangers: whatever is sent, the validator ends, and what it registers can be stored, read back and
//! registered again with the same result.
//!
//! The sources of the innermost ring are taken in as they are. To depend on `shared` would be to instrument the AWS SDK
//! too, for minutes, and never to run it.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the ring is more than the parser")]

#[path = "../../shared/src/clock.rs"]
mod clock;
#[path = "../../shared/src/entropy.rs"]
mod entropy;
#[path = "../../shared/src/jose/mod.rs"]
mod jose;
#[path = "../../shared/src/oauth/mod.rs"]
mod oauth;

use libfuzzer_sys::fuzz_target;
use oauth::{ClientMetadata, GrantType, RawClientMetadata, RegistrationRules, ResponseType};

/// Those of a tenant in permissive mode, and of one that allows little.
fn rules() -> [RegistrationRules; 2] {
    let permissive = RegistrationRules {
        grant_types: vec![
            GrantType::AuthorizationCode,
            GrantType::Implicit,
            GrantType::RefreshToken,
        ],
        response_types: ResponseType::ALL.to_vec(),
        may_use_hs256: true,
        may_fetch: true,
        allowed_scopes: None,
        default_scopes: None,
    };
    let narrow = RegistrationRules {
        grant_types: vec![GrantType::AuthorizationCode],
        response_types: vec![ResponseType::Code],
        may_use_hs256: false,
        may_fetch: false,
        allowed_scopes: "openid profile".parse().ok(),
        default_scopes: "openid".parse().ok(),
    };
    [permissive, narrow]
}

/// What is registered of `body`, as the answer has it.
fn register(body: &[u8], rules: &RegistrationRules) -> Option<String> {
    let raw = RawClientMetadata::parse(body).ok()?;
    let metadata = ClientMetadata::verify(&raw, rules).ok()?;
    let answer = serde_json::to_string(&metadata).expect("it can be told");
    let stored: ClientMetadata = serde_json::from_str(&answer).expect("it can be read back");
    assert_eq!(stored, metadata, "what is read back is what was stored");
    Some(answer)
}

fuzz_target!(|body: &[u8]| {
    for rules in rules() {
        if let Some(once) = register(body, &rules) {
            let again = register(once.as_bytes(), &rules);
            assert_eq!(again.as_ref(), Some(&once), "what is told can be registered again");
        }
    }
});
