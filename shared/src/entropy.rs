//! The source of everything unguessable: identifiers, secrets, codes, nonces.

use aws_lc_rs::digest;
use std::sync::atomic::{AtomicU64, Ordering};

const ALPHANUMERICS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Yields random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Entropy + '_ {
    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A random string of `length` characters out of `A-Z a-z 0-9`, 5.95 bits of entropy each.
    #[must_use]
    pub fn alphanumerics(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let bytes: [u8; 64] = self.bytes();
            // 248 is the largest multiple of 62 in a byte: what lies above would favour some characters.
            let drawn = bytes.iter().filter(|byte| **byte < 248);
            text.extend(
                drawn
                    .map(|byte| char::from(ALPHANUMERICS[usize::from(byte % 62)]))
                    .take(length - text.len()),
            );
        }
        text
    }
}

/// The operating system's generator, by way of aws-lc's.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "the one place that asks the system; without randomness nothing may go on"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        aws_lc_rs::rand::fill(buffer).expect("the operating system has randomness");
    }
}

/// What follows from 32 bytes and nothing else: as unguessable as they are, and the same each time.
#[derive(Debug)]
pub struct Derived {
    from: [u8; 32],
    used: AtomicU64,
}

impl From<[u8; 32]> for Derived {
    fn from(from: [u8; 32]) -> Self {
        Self { from, used: AtomicU64::default() }
    }
}

impl Entropy for Derived {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let count = self.used.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let block = digest::digest(&digest::SHA256, &[&self.from[..], &count].concat());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}

/// A repeatable sequence, for tests only.
#[derive(Debug, Default)]
pub struct CountingEntropy(AtomicU64);

impl Entropy for CountingEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes()[0];
        }
    }
}
