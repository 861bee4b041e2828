//! Signatures of ECDSA: others write them in DER, JOSE as two numbers of fixed length (RFC 7518 §3.4).

/// How long each number of a signature on P-256 is, in bytes.
const LENGTH: usize = 32;

/// The signature that `der` holds (RFC 3279 §2.2.3: a sequence of two integers), as R and S with 32 bytes each. None, if
/// it is anything but the one way to write such a signature.
#[must_use]
pub fn raw_p256_signature(der: &[u8]) -> Option<[u8; 2 * LENGTH]> {
    let (r, rest) = integer(strip(der, 0x30).filter(|(_, rest)| rest.is_empty())?.0)?;
    let (s, rest) = integer(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let mut raw = [0; 2 * LENGTH];
    raw[..LENGTH].copy_from_slice(&r);
    raw[LENGTH..].copy_from_slice(&s);
    Some(raw)
}

/// A positive integer at the start of `der`, filled up with zeros, and what comes after it.
fn integer(der: &[u8]) -> Option<([u8; LENGTH], &[u8])> {
    let (content, rest) = strip(der, 0x02)?;
    let digits = match content {
        // A sign, only where the number would be negative without.
        [0, digits @ ..] if digits.first().is_some_and(|first| *first >= 0x80) => digits,
        [1..=0x7f, ..] => content,
        _ => return None,
    };
    let mut number = [0; LENGTH];
    let start = LENGTH.checked_sub(digits.len())?;
    number[start..].copy_from_slice(digits);
    Some((number, rest))
}

/// The content of the element at the start of `der`, if it has this tag, and what comes after it. Everything here is
/// short enough for its length to be one byte.
fn strip(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [first, length @ 0..=0x7f, rest @ ..] = der else { return None };
    (*first == tag).then(|| rest.split_at_checked(usize::from(*length)))?
}

#[cfg(test)]
#[path = "ecdsa_tests.rs"]
mod tests;
