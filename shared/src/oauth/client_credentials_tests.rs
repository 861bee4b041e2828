use super::ClientCredentials;
use crate::oauth::{OAuthErrorCode, Parameters};
use base64::{Engine, engine::general_purpose::STANDARD};

fn parse(authorization: Option<&str>, form: &str) -> Result<ClientCredentials, OAuthErrorCode> {
    let parameters = Parameters::from_form(form.as_bytes()).unwrap();
    ClientCredentials::parse(authorization, &parameters).map_err(|error| error.error)
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

#[test]
fn credentials_are_read_from_header_or_body() {
    for (authorization, form, id, secret) in [
        (None, "client_id=app", "app", None),
        (None, "client_id=app&client_secret=s", "app", Some("s")),
        (None, "client_id=app&client_secret=", "app", None),
        (Some(basic("app:s")), "", "app", Some("s")),
        (Some(basic("app:s")), "client_id=app", "app", Some("s")),
        (Some(basic("a%3Ab:s%2Bt+u")), "", "a:b", Some("s+t u")),
        (Some(basic("app:")), "", "app", None),
    ] {
        let read = parse(authorization.as_deref(), form).unwrap();
        let read = (read.client_id, read.client_secret.map(|secret| secret.expose().to_owned()));
        assert_eq!(read, (id.to_owned(), secret.map(str::to_owned)), "{authorization:?} {form}");
    }
}

#[test]
fn what_is_ambiguous_or_unreadable_is_refused() {
    use OAuthErrorCode::{InvalidClient, InvalidRequest};
    for (authorization, form, error) in [
        (None, "client_secret=s", InvalidClient),
        (Some(basic("app:s")), "client_secret=s", InvalidRequest),
        (Some(basic("app:s")), "client_id=other", InvalidRequest),
        (Some(basic("no colon")), "", InvalidClient),
        (Some("Basic %%%".to_owned()), "", InvalidClient),
        (Some("Bearer abc".to_owned()), "", InvalidClient),
        (Some("Basic".to_owned()), "", InvalidClient),
    ] {
        assert_eq!(
            parse(authorization.as_deref(), form).unwrap_err(),
            error,
            "{authorization:?} {form}"
        );
    }
}

#[test]
fn debug_output_holds_no_secret() {
    let credentials = parse(None, "client_id=app&client_secret=hunter2").unwrap();
    assert!(!format!("{credentials:?}").contains("hunter2"));
}
