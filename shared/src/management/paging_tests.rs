use super::*;
use serde_json::json;

fn parse(query: &str) -> Result<Paging, ManagementError> {
    Paging::parse(&Parameters::from_form(query.as_bytes()).unwrap())
}

#[test]
fn both_kinds_of_paging_are_read() {
    let offset = |start, most, include_totals| Part::Offset { start, most, include_totals };
    let checkpoint = |from: Option<&str>, most| {
        let from = from.map(str::to_owned);
        Part::Checkpoint { from, most }
    };
    for (query, part) in [
        ("", offset(0, 50, false)),
        ("page=0", offset(0, 50, false)),
        ("page=2&per_page=10", offset(20, 10, false)),
        ("per_page=100&page=9&include_totals=true", offset(900, 100, true)),
        ("include_totals=false", offset(0, 50, false)),
        // The last page that begins within reach ends where the reach does.
        ("page=14&per_page=70", offset(980, 20, false)),
        ("take=1", checkpoint(None, 1)),
        ("from=abc", checkpoint(Some("abc"), 50)),
        ("from=abc&take=100", checkpoint(Some("abc"), 100)),
    ] {
        assert_eq!(parse(query).unwrap().part, part, "{query}");
    }
}

#[test]
fn what_is_no_paging_is_refused_in_auth0s_words() {
    for (query, why) in [
        ("page=-1", "page must be a whole number from 0"),
        ("page=x", "page must be a whole number from 0"),
        ("page=%2B1", "page must be a whole number from 0"),
        ("page=99999999999999999999999", "page must be a whole number from 0"),
        ("per_page=0", "per_page must be a whole number from 1 to 100"),
        ("per_page=101", "per_page must be a whole number from 1 to 100"),
        ("take=0", "take must be a whole number from 1 to 100"),
        ("take=101", "take must be a whole number from 1 to 100"),
        ("include_totals=1", "include_totals must be true or false"),
        ("include_fields=yes", "include_fields must be true or false"),
        ("fields=a,,b", "fields must be names separated by commas"),
        ("fields=a-b", "fields must be names separated by commas"),
        ("page=20", "page reaches the first 1000 items only; from and take go further"),
        (
            "page=18446744073709551615",
            "page reaches the first 1000 items only; from and take go further",
        ),
        (
            "take=5&page=0",
            "from and take cannot be combined with page, per_page and include_totals",
        ),
        (
            "from=a&include_totals=true",
            "from and take cannot be combined with page, per_page and include_totals",
        ),
    ] {
        let error = parse(query).unwrap_err();
        assert_eq!(error.message, format!("Query validation error: '{why}'."), "{query}");
        assert_eq!(
            (error.status, error.error_code),
            (400, Some("invalid_query_string")),
            "{query}"
        );
    }
}

#[test]
fn only_the_members_asked_for_are_shown() {
    let item = json!({ "a": 1, "b": 2, "c": 3 });
    for (query, shown) in [
        ("", json!({ "a": 1, "b": 2, "c": 3 })),
        ("fields=a,c", json!({ "a": 1, "c": 3 })),
        ("fields=a,%20c&include_fields=true", json!({ "a": 1, "c": 3 })),
        ("fields=a,d&include_fields=false", json!({ "b": 2, "c": 3 })),
        ("include_fields=false", json!({ "a": 1, "b": 2, "c": 3 })),
    ] {
        assert_eq!(parse(query).unwrap().fields.of(item.clone()), shown, "{query}");
    }
}
