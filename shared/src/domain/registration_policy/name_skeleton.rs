//! What is left of a name when everything is taken away that a hurried reader does not see
//! (Unicode Technical Standard #39 §4).

use unicode_normalization::UnicodeNormalization;

/// What looks alike, and what stands for all of it: of UTS #39's table what imitates Latin letters in
/// ordinary fonts. Other letters stand for themselves, and punctuation for nothing, lest a name hide behind
/// an exclamation mark.
const LOOK_ALIKES: [(&str, &str); 25] = [
    ("a", "4ɑаАαΑ"),
    ("b", "8вВьЬβΒ"),
    ("c", "сСϲϹ"),
    ("d", "ԁđ"),
    ("e", "3еЕєЄзЗεΕ"),
    ("f", "ƒ"),
    ("g", "9ɡ"),
    ("h", "һҺнНΗħ"),
    ("j", "јЈϳ"),
    ("k", "кКκΚ"),
    ("l", "1iіІӏӀιΙıł"),
    ("n", "пПηΝո"),
    ("o", "0оОοΟσøօ"),
    ("p", "рРρΡ"),
    ("q", "ԛ"),
    ("r", "гГ"),
    // Two letters for one, as in UTS #39, so that "m" and "rn" become the same.
    ("rn", "mмМΜ"),
    ("s", "5ѕЅ"),
    ("t", "7тТτΤ"),
    ("u", "υμս"),
    ("v", "νѵ"),
    ("vv", "wԝωѡ"),
    ("x", "хХχΧ×"),
    ("y", "уУүγΥ"),
    ("z", "2ζΖ"),
];

/// A name's words in letters and digits that look like themselves alone: without case, marks and
/// ornaments, each character that imitates another replaced by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameSkeleton(Vec<String>);

impl NameSkeleton {
    /// The skeleton of `name`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let mut words = Words::default();
        for c in name.nfkd().filter(|c| !is_invisible(*c)) {
            words.push(c);
        }
        Self(words.finished)
    }

    /// The skeleton as one word, for what does not care where words end.
    #[must_use]
    pub fn joined(&self) -> String {
        self.0.concat()
    }

    /// Whether nothing is left of the name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether some of the words, one after the other, read like all of `name`, wherever either of them
    /// has its spaces. A name of which nothing is left is in none.
    #[must_use]
    pub fn contains(&self, name: &Self) -> bool {
        let name = name.joined();
        let starts_at = |start: usize| {
            let mut rest = name.as_str();
            for word in &self.0[start..] {
                match rest.strip_prefix(word.as_str()) {
                    Some("") => return true,
                    Some(left) => rest = left,
                    None => return false,
                }
            }
            false
        };
        (0..self.0.len()).any(starts_at)
    }
}

/// Words as they are found.
#[derive(Default)]
struct Words {
    finished: Vec<String>,
    is_in_word: bool,
    was_lower_case: bool,
}

impl Words {
    fn push(&mut self, c: char) {
        let letters = letters(c);
        // "AcmeLogin" is read as two words.
        let is_new = !self.is_in_word || self.was_lower_case && c.is_uppercase();
        self.is_in_word = !letters.is_empty();
        self.was_lower_case = c.is_lowercase();
        match self.finished.last_mut() {
            _ if letters.is_empty() => {}
            Some(word) if !is_new => word.push_str(&letters),
            _ => self.finished.push(letters),
        }
    }
}

/// What `c` becomes; nothing where it only separates words.
fn letters(c: char) -> String {
    if let Some(letters) = look_alike(c) {
        return letters.to_owned();
    }
    let mut letters = String::new();
    for lower in c.to_lowercase().filter(|lower| lower.is_alphanumeric()) {
        match look_alike(lower) {
            Some(alike) => letters.push_str(alike),
            None => letters.push(lower),
        }
    }
    letters
}

fn look_alike(c: char) -> Option<&'static str> {
    LOOK_ALIKES.iter().find(|(_, alike)| alike.contains(c)).map(|(letters, _)| *letters)
}

/// Marks upon letters, and what has no shape of its own (Unicode's `Default_Ignorable_Code_Point`): they
/// do not part words.
fn is_invisible(c: char) -> bool {
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

#[cfg(test)]
#[path = "name_skeleton_tests.rs"]
mod tests;
