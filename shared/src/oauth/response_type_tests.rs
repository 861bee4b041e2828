use super::{ResponseType, UnsupportedResponseType};
use crate::oauth::GrantType;

#[test]
fn the_order_of_the_words_does_not_matter() {
    for (value, response_type) in [
        ("token id_token", ResponseType::IdTokenToken),
        ("id_token code", ResponseType::CodeIdToken),
        ("token code", ResponseType::CodeToken),
        ("token id_token code", ResponseType::CodeIdTokenToken),
    ] {
        assert_eq!(value.parse(), Ok(response_type), "{value}");
    }
    for response_type in ResponseType::ALL {
        assert_eq!(response_type.as_str().parse(), Ok(response_type));
    }
}

#[test]
fn repeated_unknown_and_empty_words_are_unsupported() {
    for value in
        ["", "code code", "code token token", "code none", "Code", "id_token  token", "none"]
    {
        assert_eq!(value.parse::<ResponseType>(), Err(UnsupportedResponseType), "{value:?}");
    }
}

#[test]
fn what_comes_back_is_what_the_words_say_and_each_word_needs_its_grant() {
    for response_type in ResponseType::ALL {
        let words: Vec<_> = response_type.as_str().split(' ').collect();
        assert_eq!(response_type.returns_code(), words.contains(&"code"), "{words:?}");
        assert_eq!(response_type.returns_id_token(), words.contains(&"id_token"), "{words:?}");
        assert_eq!(response_type.returns_access_token(), words.contains(&"token"), "{words:?}");
        let has_token = words.iter().any(|word| *word != "code");
        let needed = [
            (GrantType::AuthorizationCode, words.contains(&"code")),
            (GrantType::Implicit, has_token),
        ];
        for (grant_type, is_needed) in needed {
            let is_named = response_type.grant_types().contains(&grant_type);
            assert_eq!(is_named, is_needed, "{words:?} {grant_type:?}");
        }
    }
}
