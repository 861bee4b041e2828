//! The languages that somebody reads: `ui_locales` (OpenID Connect Core §3.1.2.1) and `Accept-Language`
//! (RFC 9110 §12.5.4).

/// Language ranges (RFC 4647 §2.1), the preferred first. What is no range is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Languages(Vec<String>);

/// How many ranges are looked at.
const MAX_RANGES: usize = 20;

impl Languages {
    /// Those of `ui_locales`, and after them those that the browser asks for.
    #[must_use]
    pub fn of(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        let asked = ui_locales.unwrap_or_default().split(' ').map(str::to_owned);
        let accepted = by_quality(accept_language.unwrap_or_default());
        let ranges = asked.chain(accepted).filter(|range| is_range(range));
        Self(ranges.take(MAX_RANGES).collect())
    }

    /// The first of `tags` that goes with the first range that any goes with (RFC 4647 §3.4, lookup): a range is
    /// cut at its end until a tag is the same, without regard to case.
    #[must_use]
    pub fn lookup<'a>(&self, tags: &[&'a str]) -> Option<&'a str> {
        self.0.iter().find_map(|range| {
            let mut range = range.as_str();
            loop {
                if let Some(tag) = tags.iter().copied().find(|tag| tag.eq_ignore_ascii_case(range))
                {
                    return Some(tag);
                }
                range = shorter(range)?;
            }
        })
    }
}

/// A range without its last subtag, nor a single letter before that, which only introduces it.
fn shorter(range: &str) -> Option<&str> {
    let (rest, _) = range.rsplit_once('-')?;
    match rest.rsplit_once('-') {
        Some((before, subtag)) if subtag.len() == 1 => Some(before),
        _ => Some(rest),
    }
}

fn is_range(text: &str) -> bool {
    let is_subtag = |subtag: &str| {
        (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.split('-').all(is_subtag)
}

/// The ranges of an `Accept-Language` header by falling quality; those of quality 0 are not wanted.
fn by_quality(header: &str) -> Vec<String> {
    let weighted = header.split(',').filter_map(|item| {
        let (range, quality) = item.split_once(';').unwrap_or((item, "q=1"));
        let quality: f32 = quality.trim().strip_prefix("q=")?.trim().parse().ok()?;
        (quality > 0.0).then(|| (range.trim().to_owned(), quality))
    });
    let mut weighted: Vec<_> = weighted.collect();
    weighted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    weighted.into_iter().map(|(range, _)| range).collect()
}

#[cfg(test)]
#[path = "languages_tests.rs"]
mod tests;
