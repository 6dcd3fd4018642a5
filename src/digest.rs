//! BLAKE3 digests in hexadecimal, as `b3sum` prints them.
//!
//! [BLAKE3](https://github.com/BLAKE3-team/BLAKE3-specs) is several times as fast as SHA-256, so that
//! digesting a timeline costs less than writing it.

/// The digest of what it was given so far.
#[derive(Clone, Debug, Default)]
pub struct Digest(blake3::Hasher);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> String {
        let mut digest = Self::default();
        digest.update(bytes);
        digest.finish()
    }

    /// The bytes of the digest of `bytes`.
    pub(crate) fn bytes_of(bytes: &[u8]) -> [u8; 32] {
        blake3::hash(bytes).into()
    }

    /// Adds what follows.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of it, in hexadecimal.
    pub fn finish(self) -> String {
        self.0.finalize().to_string()
    }
}

/// 128 bits of the digest of `bytes`, by which they are told from others.
pub(crate) fn key(bytes: &[u8]) -> u128 {
    let digest = blake3::hash(bytes);
    digest.as_bytes().first_chunk().map_or(0, |half| u128::from_le_bytes(*half))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The official test vectors begin with this.
    #[test]
    fn the_digest_is_that_of_b3sum() {
        let expected = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!(Digest::of(b"abc"), expected);
    }
}
