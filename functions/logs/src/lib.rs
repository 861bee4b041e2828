//! `GET /api/v2/logs` and `/api/v2/logs/{id}`: what happened to the tenant, the newest first, by Auth0's names.

mod filter;

use filter::Filter;
use lambda_http::{
    Request, RequestExt,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use shared::{
    App,
    domain::{AuditEvent, LogId, TenantId},
    http::{self, Response},
    management::{self, Fields, ManagementError, Paging, Part},
    storage::keys,
};

const METHODS: [Method; 1] = [Method::GET];

/// How many events are looked at for one page, whether or not they are shown.
const MAX_LOOKED_AT: usize = 10_000;

/// Shows a part of the log, or one event.
///
/// # Errors
///
/// In Auth0's envelope: 401, 403 `insufficient_scope`, 404 `inexistent_log`, 400 `invalid_query_string` naming the
/// parameter.
pub async fn handle(app: &App, request: Request) -> Result<Response, ManagementError> {
    if *request.method() != Method::GET {
        return Ok(http::method_not_allowed(&METHODS));
    }
    match request.path_parameters().first("id") {
        Some(id) => one(app, &request, id).await,
        None => all(app, &request).await,
    }
}

async fn one(app: &App, request: &Request, id: &str) -> Result<Response, ManagementError> {
    let id = LogId::parse(id);
    let select = |t: &TenantId| id.as_ref().map(|id| keys::audit_event(t, id));
    let (_, event) = management::authorize_reading(app, request, "read:logs", select).await?;
    let fields = Fields::parse(&management::query(request, &[])?)?;
    let event = event.ok_or_else(|| {
        ManagementError::not_found("inexistent_log", "The log event does not exist")
    })?;
    Ok(http::private_json(StatusCode::OK, &fields.of(shown(&event))))
}

/// An array; with `include_totals` an object as [`management::list`]'s. Where the log goes on behind the last event of a
/// checkpoint's page, that event's `log_id` says.
async fn all(app: &App, request: &Request) -> Result<Response, ManagementError> {
    let t = management::authorize(app, request, "read:logs").await?.tenant_id;
    let parameters = management::query(request, &Filter::PARAMETERS)?;
    let (paging, filter) = (Paging::parse(&parameters)?, Filter::parse(&parameters)?);
    let show = |event: &AuditEvent| paging.fields.of(shown(event));
    let body = match &paging.part {
        Part::Offset { start, most, include_totals } => {
            let end = if *include_totals { Paging::REACH } else { start + most };
            let found = newest(app, &t, &filter, None, end).await?;
            let events: Value = found.iter().skip(*start).take(*most).map(show).collect();
            if *include_totals {
                json!({ "total": found.len(), "start": start, "limit": most, "logs": events })
            } else {
                events
            }
        }
        Part::Checkpoint { from, most } => {
            filter.refuse_with_checkpoint()?;
            let before = from.as_deref().map(log_id).transpose()?;
            let found = newest(app, &t, &filter, before, *most).await?;
            found.iter().map(show).collect()
        }
    };
    Ok(http::private_json(StatusCode::OK, &body))
}

/// At most `most` events that are older than `before` and asked for, the newest first.
async fn newest(
    app: &App,
    t: &TenantId,
    filter: &Filter,
    mut before: Option<LogId>,
    most: usize,
) -> Result<Vec<AuditEvent>, ManagementError> {
    let (mut events, mut looked_at) = (Vec::new(), 0);
    loop {
        let missing = most - events.len();
        // Where much is left out, much must be read.
        let batch = if filter.admits_all() { missing } else { missing.max(100) };
        let page = app.store.logged(t, before.as_ref(), batch).await?;
        looked_at += page.items.len();
        events.extend(page.items.into_iter().filter(|event| filter.admits(event)));
        events.truncate(most);
        before = page.next.as_deref().and_then(LogId::parse);
        if before.is_none() || events.len() >= most {
            return Ok(events);
        }
        if looked_at >= MAX_LOOKED_AT {
            let why =
                "the log is too long to be searched this far; from and take go through all of it";
            return Err(ManagementError::invalid_query_string(why));
        }
    }
}

fn log_id(text: &str) -> Result<LogId, ManagementError> {
    let why = "from must be the log_id of an event";
    LogId::parse(text).ok_or_else(|| ManagementError::invalid_query_string(why))
}

/// An event as the owner sees it.
fn shown(event: &AuditEvent) -> Value {
    let mut members = json!(event);
    members["date"] = event.date.to_rfc3339().into();
    members["expires_at"] = event.expires_at.to_rfc3339().into();
    members
}
