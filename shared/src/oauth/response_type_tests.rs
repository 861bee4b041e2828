use super::{ResponseType, UnsupportedResponseType};

#[test]
fn the_order_of_the_words_does_not_matter() {
    assert_eq!("token id_token".parse(), Ok(ResponseType::IdTokenToken));
    for response_type in ResponseType::ALL {
        assert_eq!(response_type.as_str().parse(), Ok(response_type));
    }
}

#[test]
fn repeated_unknown_and_empty_words_are_unsupported() {
    for value in ["", "code code", "code token", "Code", "id_token  token", "none"] {
        assert_eq!(value.parse::<ResponseType>(), Err(UnsupportedResponseType), "{value:?}");
    }
}
