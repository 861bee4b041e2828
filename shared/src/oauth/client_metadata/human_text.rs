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

/// The text, if there is anything in it to be seen.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn visible(text: String) -> Result<String, String> {
    let is_blank =
        |c: char| c.is_whitespace() || c == BRAILLE_BLANK || is_invisible(c) || is_unreadable(c);
    if text.chars().all(is_blank) {
        return Err("must have a visible character".to_owned());
    }
    Ok(text)
}

/// A pattern of no dots, which is no space to Unicode.
const BRAILLE_BLANK: char = '\u{2800}';

/// What stands for no letter: for private use, and in the place of what could not be decoded.
fn is_unreadable(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fffd}')
}

/// Marks upon letters, and what has no shape of its own (Unicode's `Default_Ignorable_Code_Point`).
#[must_use]
pub fn is_invisible(c: char) -> bool {
    let is_mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}');
    let is_selector =
        matches!(c, '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
    let is_joiner = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let is_filler =
        matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}');
    is_mark || is_selector || is_joiner || is_filler
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
