//! What is left of a name when everything is taken away that a hurried reader does not see
//! (Unicode Technical Standard #39 §4).

use crate::oauth::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// What looks alike, and what stands for all of it: of UTS #39's table what imitates Latin letters in ordinary fonts, of
/// Cyrillic, Greek, Armenian, Cherokee, Coptic, Lisu, small capitals, and letters with a stroke or a hook. Other letters stand for themselves, and punctuation for
/// nothing, lest a name hide behind an exclamation mark.
const LOOK_ALIKES: [(&str, &str); 25] = [
    ("a", "4ɑаАαΑᎪᴀꓮⲀⱥ"),
    ("b", "8вВьЬβΒᏏᏴʙꓐⲂƀɓ"),
    ("c", "сСϲϹᏟᴄꓚⲤȼ"),
    ("d", "ԁđᎠᏧᴅꓓɗ"),
    ("e", "3еЕєЄзЗεΕᎬᴇꓰⲈɇ℮"),
    ("f", "ƒꜰꓝ"),
    ("g", "9ɡᏀᏳɢꓖցǥɠ"),
    ("h", "һҺнНΗħᎻᏂʜꓧⲎհ"),
    ("j", "јЈϳᎫᴊꓙյɉ"),
    ("k", "кКκΚᏦᴋꓗⲔƙꝁ"),
    ("l", "1iіІӏӀιΙıłᏞʟɪꓡꓲⲒԼɨɩ"),
    ("n", "пПηΝոɴꓠⲚŋɲ"),
    ("o", "0оОοΟσςøօᴏꓳⲞ"),
    ("p", "рРρΡᏢᴘꓑⲢƥᵽ"),
    ("q", "ԛꞯզ"),
    ("r", "гГᎡᏒʀꓣⲄɍ"),
    // Two letters for one, as in UTS #39, so that "m" and "rn" become the same.
    ("rn", "mмМΜᎷᴍꓟⲘɱ"),
    ("s", "5ѕЅᏕᏚꜱꓢՏʂ"),
    ("t", "7тТτΤᎢᴛꓔⲦŧƭⱦ"),
    ("u", "υμսᴜꓴʉʋ"),
    ("v", "νѵᏙᴠꓦ"),
    ("vv", "wԝωѡᎳᏔᴡꓪⲰա"),
    ("x", "хХχΧ×ꓫⲬ"),
    ("y", "уУүγΥᎩᎽʏꓬⲨɏƴ"),
    ("z", "2ζΖᏃᴢꓜⲌƶʐ"),
];

/// Alphabets in boxes, circles and flags, which Unicode does not decompose: where each begins.
const ENCLOSED: [u32; 3] = [0x1_f150, 0x1_f170, 0x1_f1e6];

/// A name's words in letters and digits that look like themselves alone: without case, marks and
/// ornaments, each character that imitates another replaced by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameSkeleton(Vec<String>);

impl NameSkeleton {
    /// The skeleton of `name`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let mut words = Words::default();
        for c in name.chars().filter(|c| !is_invisible(*c)) {
            // Before it is decomposed too, which can make of it what looks otherwise (U+03F2, U+03F9).
            if let Some(letters) = look_alike(c) {
                words.push(c, letters);
                continue;
            }
            let parts = std::iter::once(c).nfkd().filter(|part| !is_invisible(*part));
            parts.for_each(|part| words.push(part, &letters(part)));
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
    was_numeric: bool,
}

impl Words {
    /// Goes on with `c`, which reads like `letters`.
    fn push(&mut self, c: char, letters: &str) {
        // "AcmeLogin" is read as two words, and so is "Acme365"; "4cm3" is found all the same, whose words make one.
        let is_new = !self.is_in_word
            || self.was_lower_case && c.is_uppercase()
            || self.was_numeric != c.is_numeric();
        self.is_in_word = !letters.is_empty();
        self.was_lower_case = c.is_lowercase();
        self.was_numeric = c.is_numeric();
        match self.finished.last_mut() {
            _ if letters.is_empty() => {}
            Some(word) if !is_new => word.push_str(letters),
            _ => self.finished.push(letters.to_owned()),
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
        // Of Cherokee and Coptic the other case is listed.
        let upper = lower.to_uppercase().next().filter(|upper| !upper.is_ascii());
        match look_alike(lower).or_else(|| upper.and_then(look_alike)) {
            Some(alike) => letters.push_str(alike),
            None => letters.push(lower),
        }
    }
    letters
}

fn look_alike(c: char) -> Option<&'static str> {
    let listed = LOOK_ALIKES.iter().find(|(_, alike)| alike.contains(c));
    listed.map(|(letters, _)| *letters).or_else(|| enclosed(c))
}

fn enclosed(c: char) -> Option<&'static str> {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
    let place = |start: &u32| u32::from(c).checked_sub(*start).filter(|place| *place < 26);
    let place = usize::try_from(ENCLOSED.iter().find_map(place)?).ok()?;
    let letter = LETTERS[place..].chars().next()?;
    // Which may imitate another.
    look_alike(letter).or_else(|| LETTERS.get(place..=place))
}

#[cfg(test)]
#[path = "name_skeleton_tests.rs"]
mod tests;
