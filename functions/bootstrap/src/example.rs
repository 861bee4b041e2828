//! Something to try a tenant with: an API that every client may ask for, a user with every claim filled in, and a
//! custom claim.

use crate::{
    credentials::UserCredentials,
    tenant::{AnyError, grant_of_all, scopes},
};
use shared::{
    App,
    domain::{
        CustomClaim, DefaultFor, Grantee, Incarnation, Login, PasswordHash, PasswordParameters,
        ResourceServer, SubjectType, Tenant, TenantId, User, UserId,
    },
    oidc::{Address, StandardClaims},
};
use std::collections::BTreeMap;

const EMAIL: &str = "janus@example.com";

/// Adds the example to `tenant`, which is not written yet.
pub(crate) async fn add(
    app: &App,
    t: &TenantId,
    tenant: &mut Tenant,
) -> Result<UserCredentials, AnyError> {
    let api = example_api(app);
    app.store.put_resource_server(t, &api).await?;
    let grantee = Grantee::DefaultFor(DefaultFor::ThirdPartyClients);
    let everything = grant_of_all(app, &api, grantee, SubjectType::User)?;
    app.store.create_client_grant(t, &everything).await?;
    tenant.custom_claims.push(CustomClaim {
        claim: "https://example.com/department".parse()?,
        attribute: "department".to_owned(),
        scopes: "profile".parse()?,
    });
    user(app, t).await
}

fn example_api(app: &App) -> ResourceServer {
    ResourceServer {
        identifier: "https://api.example.com/".to_owned(),
        name: "Example API".to_owned(),
        scopes: scopes(&[
            ("read:contacts", "Read your contacts"),
            ("write:contacts", "Change your contacts"),
        ]),
        is_system: false,
        token_lifetime: 3_600,
        token_lifetime_for_web: 900,
        allow_offline_access: false,
        created_at: app.clock.now(),
        incarnation: Incarnation::generate(&*app.entropy),
        version: 0,
    }
}

async fn user(app: &App, t: &TenantId) -> Result<UserCredentials, AnyError> {
    let password = app.entropy.alphanumerics(20);
    let user = User {
        user_id: UserId::generate(&*app.entropy),
        blocked: false,
        claims: claims(app),
        user_metadata: BTreeMap::from([("department".to_owned(), "Hinges".to_owned())]),
    };
    let password_hash = PasswordHash::new(&password, PasswordParameters::TARGET, &*app.entropy);
    let login = Login { user_id: user.user_id.clone(), password_hash };
    app.store.create_user(t, &user, EMAIL, &login).await?;
    Ok(UserCredentials { email: EMAIL.to_owned(), password })
}

/// Every standard claim filled in, so that every scope has something to show.
fn claims(app: &App) -> StandardClaims {
    let text = |value: &str| Some(value.to_owned());
    StandardClaims {
        name: text("Janus Quirinus Patulcius"),
        given_name: text("Janus"),
        middle_name: text("Quirinus"),
        family_name: text("Patulcius"),
        nickname: text("janus"),
        preferred_username: text("janus"),
        profile: text("https://janus.example.com/"),
        picture: text("https://janus.example.com/picture.png"),
        website: text("https://janus.example.com/blog"),
        gender: text("male"),
        birthdate: text("1970-01-09"),
        zoneinfo: text("Europe/Rome"),
        locale: text("it-IT"),
        updated_at: Some(app.clock.now().0),
        email: text(EMAIL),
        email_verified: Some(true),
        phone_number: text("+390669800000"),
        phone_number_verified: Some(true),
        address: Some(Address {
            formatted: text("Via del Velabro 5\n00186 Roma RM\nItalia"),
            street_address: text("Via del Velabro 5"),
            locality: text("Roma"),
            region: text("RM"),
            postal_code: text("00186"),
            country: text("IT"),
        }),
    }
}
