use super::{ResponseMode, UnsupportedResponseMode};
use crate::oauth::ResponseType;

#[test]
fn the_query_is_the_default_of_codes_alone_and_never_holds_a_token() {
    for response_type in ResponseType::ALL {
        let is_code = response_type == ResponseType::Code;
        let default = if is_code { ResponseMode::Query } else { ResponseMode::Fragment };
        for (response_mode, expected) in [
            (None, Ok(default)),
            (Some("query"), is_code.then_some(ResponseMode::Query).ok_or(UnsupportedResponseMode)),
            (Some("fragment"), Ok(ResponseMode::Fragment)),
            (Some("form_post"), Ok(ResponseMode::FormPost)),
            (Some("web_message"), Ok(ResponseMode::WebMessage)),
            (Some("Query"), Err(UnsupportedResponseMode)),
            (Some("query.jwt"), Err(UnsupportedResponseMode)),
            (Some("okta_post_message"), Err(UnsupportedResponseMode)),
        ] {
            let resolved = ResponseMode::resolve(response_type, response_mode);
            assert_eq!(resolved, expected, "{response_type:?} {response_mode:?}");
            // Where a request is right, its errors go where its response would.
            let of_error = ResponseMode::for_any(Some(response_type.as_str()), response_mode);
            assert!(expected.is_err() || expected == Ok(of_error), "{response_type:?}");
            assert!(is_code || of_error != ResponseMode::Query, "{response_type:?}");
        }
    }
}

#[test]
fn where_the_response_type_is_what_is_wrong_its_words_tell() {
    for (response_type, response_mode, expected) in [
        (None, None, ResponseMode::Query),
        (None, Some("form_post"), ResponseMode::FormPost),
        (None, Some("fragment"), ResponseMode::Fragment),
        (Some("none"), None, ResponseMode::Query),
        (Some("code code"), None, ResponseMode::Query),
        (Some("token none"), None, ResponseMode::Fragment),
        (Some("token none"), Some("query"), ResponseMode::Fragment),
        (Some("token none"), Some("web_message"), ResponseMode::WebMessage),
    ] {
        let mode = ResponseMode::for_any(response_type, response_mode);
        assert_eq!(mode, expected, "{response_type:?} {response_mode:?}");
    }
}
