//! HTTP: what of a request is read, what a response looks like, and how errors become responses.

mod errors;
mod request;
mod response;

pub use errors::{causes, retry_after};
pub use request::{
    Cookie, authorization, bearer_token, cookie, form, form_or_json, is_form, is_json,
    is_same_origin_post, query, source_to_limit, tenant_id,
};
pub use response::{
    Response, html, json, method_not_allowed, preflight, private_json, public_json, see_other,
    set_cookie,
};
