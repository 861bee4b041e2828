//! Text that people will read, written by people whom nobody has checked.

use unicode_normalization::UnicodeNormalization;

/// The text in Unicode's composed form (NFC), if it is at most `max_length` characters long and has
/// none that hide or reorder others.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn human_text(text: &str, max_length: usize) -> Result<String, String> {
    let text: String = text.nfc().collect();
    if text.chars().count() > max_length {
        return Err(format!("must be at most {max_length} characters long"));
    }
    if text.chars().any(is_deceptive) {
        return Err("must not contain control, bidirectional or zero-width characters".to_owned());
    }
    Ok(text)
}

fn is_deceptive(c: char) -> bool {
    let is_bidirectional = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_zero_width = matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{00ad}');
    let is_line_break = matches!(c, '\u{2028}' | '\u{2029}');
    let is_filler = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    let is_tag = matches!(c, '\u{e0000}'..='\u{e007f}');
    c.is_control() || is_bidirectional || is_zero_width || is_line_break || is_filler || is_tag
}
