//! Randomness: `ChaCha8` keyed by the seed, one stream a user, one block range a session.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Completes the 256-bit key behind the seed's 64 bits. A new format version gets a new one.
const KEY_DOMAIN: &[u8; 24] = b"event-simulator/format/1";

/// Blocks that one session may use, out of a stream's 2^64.
const BLOCKS_PER_SESSION: u128 = 1 << 32;
const WORDS_PER_BLOCK: u128 = 16;

/// The stream that keys ids; users' streams are their numbers, which have 24 bits.
const ID_STREAM: u64 = u64::MAX;

/// All the randomness of one seed, from which each session takes its own part.
///
/// What one user does never depends on another: stream = user number, and session `k` of the user
/// reads from block `(k + 1) * 2^32`. The range before the first session is the user's own, for
/// what is drawn once a user.
#[derive(Clone, Debug)]
pub(crate) struct Randomness {
    base: ChaCha8Rng,
}

impl Randomness {
    pub(crate) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..].copy_from_slice(KEY_DOMAIN);
        Self { base: ChaCha8Rng::from_seed(key) }
    }

    pub(crate) fn for_user(&self, user: u32) -> Dice {
        self.at(u64::from(user), 0)
    }

    pub(crate) fn for_session(&self, user: u32, session: u32) -> Dice {
        self.at(u64::from(user), u128::from(session) + 1)
    }

    pub(crate) fn for_ids(&self) -> Dice {
        self.at(ID_STREAM, 0)
    }

    fn at(&self, stream: u64, range: u128) -> Dice {
        let mut rng = self.base.clone();
        rng.set_stream(stream);
        rng.set_word_pos(range * BLOCKS_PER_SESSION * WORDS_PER_BLOCK);
        Dice { rng }
    }
}

/// A probability as a threshold for 32 random bits, so that a draw is one integer comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chance(u64);

impl Chance {
    const ALWAYS: u64 = 1 << 32;

    /// The nearest multiple of 2^-32; outside of 0..=1 the nearer of the two.
    pub(crate) const fn new(probability: f64) -> Self {
        Self((probability.clamp(0.0, 1.0) * Self::ALWAYS as f64 + 0.5) as u64)
    }

    pub(crate) fn probability(self) -> f64 {
        self.0 as f64 / Self::ALWAYS as f64
    }
}

/// One session's source of random numbers.
pub(crate) struct Dice {
    rng: ChaCha8Rng,
}

impl Dice {
    #[inline]
    pub(crate) fn bits(&mut self) -> u32 {
        self.rng.next_u32()
    }

    #[inline]
    pub(crate) fn wide_bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// True with the given probability. What is certain takes no randomness.
    #[inline]
    pub(crate) fn happens(&mut self, chance: Chance) -> bool {
        match chance.0 {
            0 => false,
            Chance::ALWAYS => true,
            threshold => u64::from(self.bits()) < threshold,
        }
    }

    /// A uniform integer in `0..bound`, without bias; 0 if `bound` is 0 or 1.
    ///
    /// Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29 (2019).
    #[inline]
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        if bound <= 1 {
            return 0;
        }
        let mut product = u64::from(self.bits()) * u64::from(bound);
        if (product as u32) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (product as u32) < threshold {
                product = u64::from(self.bits()) * u64::from(bound);
            }
        }
        (product >> 32) as u32
    }

    /// A uniform integer in `low..=high`; `low` if they cross.
    #[inline]
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        match u32::try_from(span) {
            Ok(span) => low + u64::from(self.below(span)),
            Err(_) => low + self.below_wide(span),
        }
    }

    fn below_wide(&mut self, bound: u64) -> u64 {
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.wide_bits()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_stable_for_ever() {
        let mut dice = Randomness::new(42).for_session(7, 3);
        let drawn: Vec<u64> = (0..4).map(|_| dice.between(50, 500)).collect();
        assert_eq!(drawn, [256, 401, 83, 139]);
        assert_eq!(dice.bits(), 221_901_211);
        assert_eq!(dice.wide_bits(), 6_737_217_969_354_462_332);
        assert_eq!(dice.between(0, 1 << 40), 108_321_227_139);
    }

    #[test]
    fn users_and_sessions_have_randomness_of_their_own() {
        let randomness = Randomness::new(1);
        let first = randomness.for_session(0, 0).wide_bits();
        assert_ne!(first, randomness.for_session(0, 1).wide_bits());
        assert_ne!(first, randomness.for_session(1, 0).wide_bits());
        assert_ne!(first, randomness.for_user(0).wide_bits());
        assert_ne!(first, Randomness::new(2).for_session(0, 0).wide_bits());
        assert_eq!(first, randomness.for_session(0, 0).wide_bits());
    }

    #[test]
    fn what_is_certain_is_certain() {
        let mut dice = Randomness::new(0).for_user(0);
        for _ in 0..1_000 {
            assert!(dice.happens(Chance::new(1.0 - 1e-12)));
            assert!(!dice.happens(Chance::new(1e-12)));
            assert!((5..=5).contains(&dice.between(5, 5)));
            assert!((7..=9).contains(&dice.between(7, 9)));
            assert_eq!(dice.between(9, 7), 9);
        }
    }

    /// Chi-square over 10 cells with a fixed seed; a correct generator fails for one seed in 10^6.
    #[test]
    fn bounded_integers_are_uniform() {
        const DRAWS: u32 = 100_000;
        const CRITICAL_9_DEGREES: f64 = 46.7;
        let mut dice = Randomness::new(3).for_user(1);
        let mut cells = [0_u32; 10];
        for _ in 0..DRAWS {
            cells[dice.below(10) as usize] += 1;
        }
        let expected = f64::from(DRAWS) / 10.0;
        let chi_square: f64 =
            cells.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        assert!(chi_square < CRITICAL_9_DEGREES, "{chi_square} {cells:?}");
    }
}
