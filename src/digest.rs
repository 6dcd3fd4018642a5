//! BLAKE3 digests in hexadecimal, as `b3sum` prints them.
//!
//! [BLAKE3](https://github.com/BLAKE3-team/BLAKE3-specs) is several times as fast as SHA-256, so that
//! digesting a timeline costs less than writing it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// The digest of what it was given so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest(blake3::Hasher);

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
        self.0.finalize().to_string()
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

/// Passes an input through and digests it.
pub(crate) struct DigestReader<R> {
    input: R,
    digest: ReadDigest,
}

impl<R: Read> DigestReader<R> {
    pub(crate) fn new(input: R) -> (Self, ReadDigest) {
        let digest = ReadDigest::default();
        (Self { input, digest: digest.clone() }, digest)
    }
}

impl<R: Read> Read for DigestReader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(target)?;
        self.digest.update(target.get(..length).unwrap_or_default());
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_through_is_digested_once() {
        let text = b"one\ntwo\nthree\n".repeat(100);
        let (mut reader, digest) = DigestReader::new(&text[..]);
        let mut some = [0; 5];
        reader.read_exact(&mut some).unwrap();
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(digest.finish(), Digest::of(&text));
    }

    /// The official test vectors begin with this.
    #[test]
    fn the_digest_is_that_of_b3sum() {
        let expected = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!(Digest::of(b"abc"), expected);
    }
}
