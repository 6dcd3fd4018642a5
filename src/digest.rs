//! SHA-256 digests in hexadecimal, as `sha256sum` prints them.

use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// The digest of what it was given so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest(Sha256);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> String {
        let mut digest = Self::default();
        digest.update(bytes);
        digest.finish()
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let nibbles = self.0.finalize().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
    }
}

/// The digest of what a [`DigestReader`] reads, to be asked for when all was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadDigest(Arc<Mutex<Digest>>);

impl ReadDigest {
    fn update(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }

    pub(crate) fn finish(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().finish()
    }
}

/// Passes an input through and digests it, a buffer at a time.
pub(crate) struct DigestReader<R> {
    input: R,
    digest: ReadDigest,
    /// Bytes of the input's buffer that are digested and not yet consumed.
    digested: usize,
}

impl<R: BufRead> DigestReader<R> {
    pub(crate) fn new(input: R) -> (Self, ReadDigest) {
        let digest = ReadDigest::default();
        (Self { input, digest: digest.clone(), digested: 0 }, digest)
    }
}

impl<R: BufRead> BufRead for DigestReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let buffer = self.input.fill_buf()?;
        if let Some(fresh) = buffer.get(self.digested..)
            && !fresh.is_empty()
        {
            self.digest.update(fresh);
            self.digested = buffer.len();
        }
        Ok(buffer)
    }

    fn consume(&mut self, amount: usize) {
        self.digested = self.digested.saturating_sub(amount);
        self.input.consume(amount);
    }
}

impl<R: BufRead> Read for DigestReader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let mut buffer = self.fill_buf()?;
        let length = buffer.read(target)?;
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_through_is_digested_once() {
        let text = b"one\ntwo\nthree\n".repeat(100);
        let (mut reader, digest) = DigestReader::new(io::BufReader::with_capacity(7, &text[..]));
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let mut some = [0; 5];
        reader.read_exact(&mut some).unwrap();
        reader.read_to_string(&mut line).unwrap();
        assert_eq!(digest.finish(), Digest::of(&text));
    }

    /// The example of FIPS 180-4.
    #[test]
    fn the_digest_is_that_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc"), expected);
    }
}
