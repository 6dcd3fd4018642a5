//! The digest of an input, taken while somebody else reads it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use event_simulator::digest::Digest;

/// Bytes that are digested at a time.
const BLOCK_BYTES: usize = 256 * 1024;

/// The digest of what a [`DigestReader`] reads, to be asked for when all was read.
#[derive(Clone, Debug, Default)]
pub struct ReadDigest(Arc<Mutex<Digest>>);

impl ReadDigest {
    fn update(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }

    /// Adds all of an input.
    pub(super) fn add(&self, mut input: impl Read) -> io::Result<()> {
        let mut block = vec![0; BLOCK_BYTES];
        loop {
            match input.read(&mut block)? {
                0 => return Ok(()),
                length => self.update(block.get(..length).unwrap_or_default()),
            }
        }
    }

    /// The digest of what was read so far, in hexadecimal.
    pub fn finish(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().finish()
    }
}

/// Passes an input through and digests it.
pub struct DigestReader<R> {
    input: R,
    digest: ReadDigest,
}

impl<R: Read> DigestReader<R> {
    /// Reads `input` through.
    pub fn new(input: R) -> (Self, ReadDigest) {
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
}
