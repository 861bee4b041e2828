//! HTTP: what of a request is read, what a response looks like, and how errors become responses.

mod errors;
mod request;
mod response;

pub use errors::{causes, retry_after};
pub use request::{
    Cookie, access_token, authorization, bearer_token, client_metadata, cookie, dpop_proof, form,
    form_or_json, is_form, is_in_query, is_json, is_same_origin_post, origin, query, source_ip,
    source_to_limit, tenant_id,
};
pub use response::{
    PagePolicy, Response, empty, html, json, jwt, method_not_allowed, no_content, preflight,
    private_accepted, private_json, private_no_content, public_json, see_other, set_cookie,
    set_dpop_nonce, set_session_cookie,
};
