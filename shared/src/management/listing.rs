//! The answers that lists are.

use super::{
    ManagementError, Paging,
    paging::{PARAMETERS, Part},
};
use crate::{
    App,
    clock::Timestamp,
    domain::TenantId,
    http::{self, Response},
    keys::Purpose,
    oauth::Parameters,
    storage::keys::Listing,
};
use lambda_http::{Request, http::StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::time::Duration;

/// How many items of a list are looked at for one page of an offset, whether or not they are shown.
const MAX_LOOKED_AT: usize = 10_000;

/// How often more is read for one page of a checkpoint, where a filter leaves much out.
const MAX_READS: usize = 10;

/// What can be listed.
pub struct Collection<T, F, S> {
    /// The member that holds the items.
    pub name: &'static str,
    /// Where the items are.
    pub listing: Listing<T>,
    /// Whether an item is asked for.
    pub is_shown: F,
    /// An item as the owner sees it.
    pub show: S,
}

/// Where a list goes on, as the owner holds it, sealed.
#[derive(Serialize, Deserialize)]
struct Cursor {
    tenant: String,
    collection: String,
    after: String,
    expires_at: Timestamp,
}

impl Cursor {
    /// As Auth0 does.
    const LIFETIME: Duration = Duration::from_hours(24);
}

/// The parameters of a request for a list: those of [`Paging::parse`] and `filters`.
///
/// # Errors
///
/// 400 `invalid_query_string`, also for others, lest a misspelt filter show everything.
pub fn query(request: &Request, filters: &[&str]) -> Result<Parameters, ManagementError> {
    parameters(request.uri().query().unwrap_or_default(), filters)
}

/// The same without filters, and each value of the one parameter that may be repeated.
///
/// # Errors
///
/// 400 `invalid_query_string`.
pub fn query_repeating(
    request: &Request,
    repeated: &str,
) -> Result<(Parameters, Vec<String>), ManagementError> {
    let query = request.uri().query().unwrap_or_default();
    let is_it = |pair: &&str| pair.split('=').next() == Some(repeated);
    let (repetitions, rest): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_it);
    let values = repetitions.into_iter().map(|pair| {
        let value = parameters(pair, &[repeated])?.get(repeated).map(str::to_owned);
        value.ok_or_else(|| ManagementError::invalid_query_string(&format!("{repeated} is empty")))
    });
    Ok((parameters(&rest.join("&"), &[])?, values.collect::<Result<_, _>>()?))
}

fn parameters(query: &str, filters: &[&str]) -> Result<Parameters, ManagementError> {
    let parameters = Parameters::from_form(query.as_bytes())
        .map_err(|why| ManagementError::invalid_query_string(&why.to_string()))?;
    let is_known = |name: &str| PARAMETERS.contains(&name) || filters.contains(&name);
    if !parameters.names().all(is_known) {
        let why = "Additional properties not allowed";
        return Err(ManagementError::invalid_query_string(why));
    }
    Ok(parameters)
}

/// The part of `collection` that is asked for: an array; with `include_totals`
/// `{"total","start","limit","length","<name>":[…]}`, whose total counts no further than the thousand that offsets reach; by a
/// checkpoint `{"<name>":[…],"next":"…"}`, without `next` on the last page. A page by a checkpoint may be short although
/// there are more.
///
/// As many round trips as reading the list takes, up to its thousandth item for an offset; by a checkpoint one more, and
/// the sealing key, for the first time in a process.
///
/// # Errors
///
/// 400 `invalid_query_string`: `from` is no cursor of this tenant and list, or is older than a day.
pub async fn list<T, F, S>(
    app: &App,
    t: &TenantId,
    paging: &Paging,
    collection: Collection<T, F, S>,
) -> Result<Response, ManagementError>
where
    T: DeserializeOwned,
    F: Fn(&T) -> bool,
    S: Fn(&T) -> Value,
{
    let show = |item: &T| paging.fields.of((collection.show)(item));
    let body = match &paging.part {
        Part::Offset { start, most, include_totals } => {
            let end = if *include_totals { Paging::REACH } else { start + most };
            let found = first(app, &collection, end).await?;
            let items: Value = found.iter().skip(*start).take(*most).map(show).collect();
            if *include_totals {
                let (total, length) = (found.len(), items.as_array().map_or(0, Vec::len));
                json!({
                    "total": total, "start": start, "limit": most, "length": length,
                    collection.name: items,
                })
            } else {
                items
            }
        }
        Part::Checkpoint { from, most } => {
            let after = match from {
                Some(cursor) => Some(open(app, (t, collection.name), cursor).await?),
                None => None,
            };
            let (items, next) = behind(app, &collection, after, *most).await?;
            let items: Value = items.iter().map(show).collect();
            let mut body = json!({ collection.name: items });
            if let Some(after) = next {
                body["next"] = seal(app, (t, collection.name), after).await?.into();
            }
            body
        }
    };
    Ok(http::private_json(StatusCode::OK, &body))
}

/// The first `end` items that are shown.
async fn first<T: DeserializeOwned, F: Fn(&T) -> bool, S>(
    app: &App,
    collection: &Collection<T, F, S>,
    end: usize,
) -> Result<Vec<T>, ManagementError> {
    let (mut items, mut after, mut looked_at) = (Vec::new(), None, 0);
    loop {
        let missing = end - items.len();
        // What is asked for at first; where a filter leaves much out, more at a time.
        let most = if looked_at == 0 { missing } else { missing.max(100) };
        let page = app.store.list(&collection.listing, after.as_deref(), most).await?;
        looked_at += page.items.len();
        items.extend(page.items.into_iter().filter(&collection.is_shown));
        items.truncate(end);
        if page.next.is_none() || items.len() >= end {
            return Ok(items);
        }
        if looked_at >= MAX_LOOKED_AT {
            let why = "the list is too long to be searched by page; from and take go further";
            return Err(ManagementError::invalid_query_string(why));
        }
        after = page.next;
    }
}

/// At most `most` items behind `after` that are shown, and where the list goes on.
async fn behind<T: DeserializeOwned, F: Fn(&T) -> bool, S>(
    app: &App,
    collection: &Collection<T, F, S>,
    mut after: Option<String>,
    most: usize,
) -> Result<(Vec<T>, Option<String>), ManagementError> {
    let mut items = Vec::new();
    for _ in 0..MAX_READS {
        let missing = most - items.len();
        let page = app.store.list(&collection.listing, after.as_deref(), missing).await?;
        items.extend(page.items.into_iter().filter(&collection.is_shown));
        after = page.next;
        if after.is_none() || items.len() >= most {
            break;
        }
    }
    Ok((items, after))
}

async fn seal(
    app: &App,
    (t, collection): (&TenantId, &str),
    after: String,
) -> Result<Option<String>, ManagementError> {
    let cursor = Cursor {
        tenant: t.as_str().to_owned(),
        collection: collection.to_owned(),
        after,
        expires_at: app.clock.now() + Cursor::LIFETIME,
    };
    Ok(app.sealing(t).await?.seal(Purpose::Cursor, &cursor, &*app.entropy))
}

async fn open(
    app: &App,
    (t, collection): (&TenantId, &str),
    text: &str,
) -> Result<String, ManagementError> {
    let cursor: Option<Cursor> = app.sealing(t).await?.open(Purpose::Cursor, text);
    let is_good = |cursor: &Cursor| {
        let is_of_it = cursor.tenant == t.as_str() && cursor.collection == collection;
        is_of_it && app.clock.now() < cursor.expires_at
    };
    cursor.filter(is_good).map(|cursor| cursor.after).ok_or_else(|| {
        let why = "from must be the next of a page of this list, at most a day old";
        ManagementError::invalid_query_string(why)
    })
}
