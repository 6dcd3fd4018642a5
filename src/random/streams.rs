//! The streams of random numbers that one seed gives.

use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::draws::Draws;

/// The part of the 256-bit key that follows the seed's 64 bits. A new format version gets a new one.
const KEY_DOMAIN: &[u8; 24] = b"event-simulator/format/2";

/// The blocks that one session may use, out of a stream's 2^64.
const BLOCKS_PER_SESSION: u128 = 1 << 32;
const WORDS_PER_BLOCK: u128 = 16;

/// The stream that keys ids; users' streams are their numbers, which have 24 bits.
const ID_STREAM: u64 = u64::MAX;

/// The stream that keys what events carry.
const EVENT_STREAM: u64 = u64::MAX - 1;

/// All the randomness of one seed, from which each session takes a range of its own.
///
/// What one user does never depends on another: `ChaCha8` is keyed by the seed, the stream is the
/// user's number, and session `k` of the user reads from block `(k + 1) * 2^32` on. The range before
/// the first session is the user's own, for what is drawn once a user. The first 64 bits of a range key
/// its [`Draws`].
#[derive(Clone, Debug)]
pub(crate) struct RngStreams {
    base: ChaCha8Rng,
}

impl RngStreams {
    /// The streams of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..].copy_from_slice(KEY_DOMAIN);
        Self { base: ChaCha8Rng::from_seed(key) }
    }

    /// The draws of what is drawn once a user.
    pub(crate) fn for_user(&self, user: u32) -> Draws {
        self.at(u64::from(user), 0)
    }

    /// The draws of one of a user's sessions.
    pub(crate) fn for_session(&self, user: u32, session: u32) -> Draws {
        self.at(u64::from(user), u128::from(session) + 1)
    }

    /// Keys for ids: the same ones each time.
    pub(crate) fn id_keys<const N: usize>(&self) -> [u32; N] {
        let mut generator = self.range(ID_STREAM, 0);
        std::array::from_fn(|_| generator.next_u32())
    }

    /// The key of what events carry: the same one each time.
    pub(crate) fn event_key(&self) -> u64 {
        self.range(EVENT_STREAM, 0).next_u64()
    }

    fn at(&self, stream: u64, range: u128) -> Draws {
        Draws::new(self.range(stream, range).next_u64())
    }

    fn range(&self, stream: u64, range: u128) -> ChaCha8Rng {
        let mut generator = self.base.clone();
        generator.set_stream(stream);
        generator.set_word_pos(range * BLOCKS_PER_SESSION * WORDS_PER_BLOCK);
        generator
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::Aspect;
    use super::*;

    #[test]
    fn users_and_sessions_have_randomness_of_their_own() {
        let streams = RngStreams::new(1);
        let bits = |draws: Draws| draws.of(Aspect::Journey).at(0);
        let first = bits(streams.for_session(0, 0));
        assert_ne!(first, bits(streams.for_session(0, 1)));
        assert_ne!(first, bits(streams.for_session(1, 0)));
        assert_ne!(first, bits(streams.for_user(0)));
        assert_ne!(first, bits(RngStreams::new(2).for_session(0, 0)));
        assert_ne!(first, streams.for_session(0, 0).of(Aspect::Page).at(0));
        assert_eq!(first, bits(streams.for_session(0, 0)));
    }
}
