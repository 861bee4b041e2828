use super::{InvalidWebOrigin, WebOrigin};

#[test]
fn an_origin_is_written_as_browsers_write_it() {
    for text in [
        "https://app.example",
        "https://app.example:8443",
        "http://localhost:3000",
        "http://127.0.0.1:3000",
    ] {
        assert_eq!(text.parse::<WebOrigin>().unwrap().as_str(), text);
    }
}

#[test]
fn whatever_is_more_or_less_than_an_origin_is_none() {
    for text in [
        "",
        "*",
        "null",
        "app.example",
        "https://app.example/",
        "https://app.example/path",
        "https://app.example?a",
        "https://app.example#a",
        "https://app.example:443",
        "https://APP.example",
        "https://*.example",
        "https://user@app.example",
        "https://app.example, https://evil.example",
        "https://app.example https://evil.example",
        "https://app.example; script-src *",
        "http://app.example",
        "http://[::1]:3000",
        "app:/cb",
        "javascript:alert(1)",
        "data:text/html,x",
    ] {
        assert_eq!(text.parse::<WebOrigin>(), Err(InvalidWebOrigin), "{text}");
    }
}
