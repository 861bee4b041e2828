//! What a client asks for, in words.

use shared::{
    domain::{AuthorizationRequest, Tenant},
    oauth::Scope,
};

/// One thing that the user is asked to agree to.
pub(crate) struct Permission {
    pub(crate) words: String,
    pub(crate) scope: String,
}

/// Everything that `request` asks for, in the order in which it asks.
pub(crate) fn permissions(request: &AuthorizationRequest, tenant: &Tenant) -> Vec<Permission> {
    let scopes = request.scope.iter().map(Scope::as_str);
    scopes
        .map(|scope| Permission { words: words(scope, request, tenant), scope: scope.into() })
        .collect()
}

fn words(scope: &str, request: &AuthorizationRequest, tenant: &Tenant) -> String {
    let of_api = request.target.api().and_then(|api| api.scope(scope));
    let custom = tenant.custom_claims.iter().find(|custom| custom.claim == scope);
    match (scope, of_api, custom) {
        ("openid", ..) => "Know that it is you who signed in".to_owned(),
        ("profile", ..) => "See your name, picture and the rest of your profile".to_owned(),
        ("email", ..) => "See your email address".to_owned(),
        ("address", ..) => "See your postal address".to_owned(),
        ("phone", ..) => "See your phone number".to_owned(),
        (_, Some(scope), _) if !scope.description.is_empty() => scope.description.clone(),
        (_, _, Some(custom)) => format!("See your {}", custom.attribute.replace('_', " ")),
        (scope, ..) => scope.to_owned(),
    }
}
