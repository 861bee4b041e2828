//! What an owner does to clients. A deletion wins over every other write, and what is disabled stays so whatever else is
//! changed at the same time.

use crate::{answer, change::Change, find, inexistent_client, members::refusal, new::New};
use lambda_http::{Request, http::StatusCode};
use serde_json::{Map, Value, json};
use shared::{
    App,
    domain::{AuditEvent, Client, ProtectedSecret},
    http::{self, Response},
    keys::Sealing,
    management::{self, Access, ManagementError},
    oauth::{ClientMetadata, ClientSecret, OAuthErrorCode},
    storage::{CHANGE_ATTEMPTS, keys},
};

/// A client that is there from now on.
pub(crate) async fn create(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let access = management::authorize(app, request, "create:clients").await?;
    let body = body(request)?;
    let new = New::parse(&body, &access.tenant)?;
    let t = &access.tenant_id;
    check_references(app, &access, new.metadata()).await?;
    let sealing = app.sealing(t).await?;
    let (client, client_secret) = new.client(app, t, &sealing)?;
    let event = event(app, &access, "Create a client", &client).with_details(json!({
        "request": { "body": body },
        "response": { "statusCode": 201, "body": { "client_id": client.client_id } },
    }));
    app.store.log(t, &event).await?;
    // Whoever is counted out at the first use or the deletion must have been counted in.
    let (created, counted) =
        tokio::join!(app.store.create_client(t, &client), app.store.count_unused(t, &client, 1));
    counted?;
    created?;
    Ok(answer(StatusCode::CREATED, &client, client_secret.as_ref()))
}

/// Changes the members that the body names and no others, again if somebody else was faster.
pub(crate) async fn change(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let (access, client) = find(app, request, "update:clients").await?;
    let client = client.ok_or_else(inexistent_client)?;
    let body = body(request)?;
    let change = Change::parse(&body, &access.tenant)?;
    let mut changed = client.clone();
    change.apply(&mut changed, app.clock.now())?;
    if let Some(metadata) = changed.metadata.filter(|data| Some(data) != client.metadata.as_ref()) {
        check_references(app, &access, &metadata).await?;
    }
    let event = event(app, &access, "Update a client", &client)
        .with_details(json!({ "request": { "body": body } }));
    write(app, &access, (client, event), |client| {
        change.apply(client, app.clock.now())?;
        Ok(client.settle_secrets())
    })
    .await
}

/// What a client refers to must be what it has to be, whoever says it.
async fn check_references(
    app: &App,
    access: &Access,
    metadata: &ClientMetadata,
) -> Result<(), ManagementError> {
    app.check_references(&access.tenant, metadata).await.map_err(|error| match error.error {
        OAuthErrorCode::InvalidClientMetadata => refusal(&error),
        _ => error.into(),
    })
}

/// Another secret beside the one that it has, which stays good for a while.
pub(crate) async fn rotate_secret(
    app: &App,
    request: &Request,
) -> Result<Response, ManagementError> {
    let (access, client) = find(app, request, "update:client_keys").await?;
    let client = client.ok_or_else(inexistent_client)?;
    has_secret(&client)?;
    let event = event(app, &access, "Rotate a client secret", &client);
    write(app, &access, (client, event), |client| has_secret(client).map(|()| true)).await
}

fn has_secret(client: &Client) -> Result<(), ManagementError> {
    let message = "The client does not authenticate with a secret";
    let error = || ManagementError::bad_request("client_without_secret", message);
    client.client_secret.as_ref().map(drop).ok_or_else(error)
}

/// Deletes a client for ever. One that is not there is as good as deleted.
pub(crate) async fn delete(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let (access, client) = find(app, request, "delete:clients").await?;
    let t = &access.tenant_id;
    if let Some(client) = client {
        app.store.log(t, &event(app, &access, "Delete a client", &client)).await?;
        app.store.delete_client(t, &client.client_id).await?;
    }
    Ok(http::private_no_content())
}

/// Writes a client as `change` makes it, and with another secret where that says so.
async fn write(
    app: &App,
    access: &Access,
    (mut client, event): (Client, AuditEvent),
    change: impl Fn(&mut Client) -> Result<bool, ManagementError>,
) -> Result<Response, ManagementError> {
    let t = &access.tenant_id;
    let sealing = app.sealing(t).await?;
    // First, since a secret can't be told twice: what fails from here on changes nothing.
    app.store.log(t, &event).await?;
    for _ in 0..CHANGE_ATTEMPTS {
        let before = client.clone();
        let needs_secret = change(&mut client)?;
        let client_secret = needs_secret.then(|| ClientSecret::generate(&*app.entropy));
        if let Some(secret) = &client_secret {
            let protected = protect(app, access, &sealing, &client, secret);
            let policy = &access.tenant.dynamic_client_registration;
            client.rotate_secret(protected, app.clock.now() + policy.client_secret_overlap);
        }
        let id = client.client_id.clone();
        if let Some(changed) = app.store.change_client(t, client).await? {
            // A count that is one too high until its day has passed is no reason to lose a secret.
            let _ = app.store.recount_unused(t, &before, &changed).await;
            return Ok(answer(StatusCode::OK, &changed, client_secret.as_ref()));
        }
        let found = app.store.read(keys::client(t, &id).even_if_disabled()).await?;
        client = found.ok_or_else(inexistent_client)?;
    }
    Err(ManagementError::conflict())
}

fn protect(
    app: &App,
    access: &Access,
    sealing: &Sealing,
    client: &Client,
    secret: &ClientSecret,
) -> ProtectedSecret {
    let (of_client, alg) =
        ((&access.tenant_id, &client.client_id), client.id_token_signed_response_alg());
    sealing.protect_client_secret(of_client, secret, alg, &*app.entropy)
}

fn body(request: &Request) -> Result<Map<String, Value>, ManagementError> {
    Ok(management::body(request)?.into_members().collect())
}

fn event(app: &App, access: &Access, description: &str, client: &Client) -> AuditEvent {
    let name = client.metadata.as_ref().and_then(|data| data.client_name.as_deref());
    access.event(app, description).about(&client.client_id, name)
}
