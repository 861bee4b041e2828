//! How users are authenticated (OpenID Connect Core §2, `acr`).

/// What a sign-in here amounts to: a password, sent over TLS or not beyond this very machine (SAML 2.0 Authentication
/// Context §3.4.21). There is no other way, so that nothing else is ever said.
pub const PASSWORD_PROTECTED_TRANSPORT: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
