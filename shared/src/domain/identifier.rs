//! How identifiers that we make are written, so that nothing else of a request gets into a key.

/// Whether `text` is written as ours are: letters, digits and `_`, at most 64.
pub(super) fn is_identifier(text: &str) -> bool {
    let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(is_ours)
}
