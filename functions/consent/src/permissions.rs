//! What a client asks for, in words.

use shared::{
    domain::{AuthorizationRequest, IndividualClaims, Tenant},
    oauth::Scope,
    oidc::StandardClaims,
};

/// One thing that the user is asked to agree to.
pub(crate) struct Permission {
    pub(crate) words: String,
    pub(crate) scope: String,
}

/// Everything that `request` asks for, in the order in which it asks; then the claims that no scope has named.
pub(crate) fn permissions(request: &AuthorizationRequest, tenant: &Tenant) -> Vec<Permission> {
    let scopes = request.scope.iter().map(Scope::as_str);
    let scopes = scopes
        .map(|scope| Permission { words: words(scope, request, tenant), scope: scope.into() });
    let claims = IndividualClaims::to_agree_to(&request.claims).into_iter();
    let is_named = |claim: &String| {
        request.scope.contains(claim) || StandardClaims::is_released_by(claim, &request.scope)
    };
    let claims = claims.filter(|claim| !is_named(claim));
    scopes
        .chain(claims.map(|claim| Permission { words: see(&claim, tenant), scope: claim }))
        .collect()
}

fn see(claim: &str, tenant: &Tenant) -> String {
    let custom = tenant.custom_claims.iter().find(|custom| custom.claim.as_str() == claim);
    let name = custom.map_or(claim, |custom| &custom.attribute);
    format!("See your {}", name.replace('_', " "))
}

fn words(scope: &str, request: &AuthorizationRequest, tenant: &Tenant) -> String {
    let of_api = request.target.scope(scope);
    let custom = tenant.custom_claims.iter().find(|custom| custom.claim.as_str() == scope);
    match (scope, of_api, custom) {
        ("openid", ..) => "Know that it is you who signed in".to_owned(),
        ("profile", ..) => "See your name, picture and the rest of your profile".to_owned(),
        ("email", ..) => "See your email address".to_owned(),
        ("address", ..) => "See your postal address".to_owned(),
        ("phone", ..) => "See your phone number".to_owned(),
        ("offline_access", ..) => "Keep this access while you are away".to_owned(),
        (_, Some(scope), _) if !scope.description.is_empty() => scope.description.clone(),
        (_, _, Some(_)) => see(scope, tenant),
        (scope, ..) => scope.to_owned(),
    }
}
