use super::{check_status, is_json, lifetime, text};
use hyper::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap},
};
use shared::domain::{DocumentKind, FetchFailure};

#[test]
fn only_200_is_an_answer() {
    for (status, expected) in [
        (200, Ok(())),
        (201, Err(FetchFailure::BadStatus)),
        (204, Err(FetchFailure::BadStatus)),
        (206, Err(FetchFailure::BadStatus)),
        (301, Err(FetchFailure::Redirected)),
        (302, Err(FetchFailure::Redirected)),
        (304, Err(FetchFailure::Redirected)),
        (308, Err(FetchFailure::Redirected)),
        (401, Err(FetchFailure::BadStatus)),
        (404, Err(FetchFailure::Gone)),
        (410, Err(FetchFailure::Gone)),
        (500, Err(FetchFailure::BadStatus)),
        (999, Err(FetchFailure::BadStatus)),
    ] {
        assert_eq!(check_status(StatusCode::from_u16(status).unwrap()), expected, "{status}");
    }
}

#[test]
fn json_is_what_is_called_so() {
    for (content_type, expected) in [
        (Some("application/json"), true),
        (Some("Application/JSON; charset=utf-8"), true),
        (Some("application/jwk-set+json"), true),
        (Some("application/vnd.example+json;v=1"), true),
        (Some("text/html"), false),
        (Some("text/plain; a=application/json"), false),
        (Some("text/x+json"), false),
        (Some("application/jsonp"), false),
        (Some(""), false),
        (None, false),
    ] {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        }
        assert_eq!(is_json(&headers), expected, "{content_type:?}");
    }
}

#[test]
fn a_copy_is_fresh_for_as_long_as_its_server_says_within_bounds() {
    for (values, seconds) in [
        (&[][..], 300),
        (&["public"][..], 300),
        (&["max-age=600"], 600),
        (&["public, Max-Age=\"600\""], 600),
        (&["max-age=600", "max-age=120"], 120),
        (&["max-age=3600, no-store"], 60),
        (&["no-cache"], 60),
        (&["max-age=0"], 60),
        (&["max-age=59"], 60),
        (&["max-age=3601"], 3_600),
        (&["max-age=18446744073709551615"], 3_600),
        (&["max-age=-1"], 300),
        (&["max-age=soon"], 300),
        (&["s-maxage=7"], 300),
    ] {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CACHE_CONTROL, value.parse().unwrap());
        }
        assert_eq!(lifetime(&headers).as_secs(), seconds, "{values:?}");
    }
}

#[test]
fn a_document_is_of_the_kind_that_it_has_to_be() {
    use DocumentKind::{Json, Jwt};
    for (body, kind, expected) in [
        ("[]", Json, Ok("[]")),
        ("a.b.c", Json, Err(FetchFailure::NotJson)),
        ("e30.e30.c2ln", Jwt, Ok("e30.e30.c2ln")),
        ("e30.e30.c2ln\r\n", Jwt, Ok("e30.e30.c2ln")),
        // Nobody signed it: who asked says so.
        ("e30.e30.", Jwt, Ok("e30.e30.")),
        ("e30.e30", Jwt, Err(FetchFailure::NotJwt)),
        ("e30..c2ln", Jwt, Err(FetchFailure::NotJwt)),
        ("a.b.c.d.e", Jwt, Err(FetchFailure::NotJwt)),
        ("{\"keys\":[]}", Jwt, Err(FetchFailure::NotJwt)),
        ("10.0.0 1", Jwt, Err(FetchFailure::NotJwt)),
        ("", Jwt, Err(FetchFailure::NotJwt)),
    ] {
        assert_eq!(text(body.into(), kind), expected.map(str::to_owned), "{body}");
    }
    assert_eq!(text(vec![0xff], Jwt), Err(FetchFailure::NotJwt));
}
