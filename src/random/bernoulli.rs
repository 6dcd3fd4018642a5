//! The Bernoulli distribution.

use super::error::ParameterError;
use super::rng::Rng;

/// The Bernoulli distribution: true with probability `p`, else false.
///
/// `p` is kept as a threshold for 32 random bits, the nearest multiple of 2^-32, so that a draw is one
/// comparison of integers. Draws of `p = 0` and `p = 1` take no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bernoulli {
    /// Of 2^32 draws, so many are true.
    threshold: u64,
}

const ALWAYS: u64 = 1 << 32;

impl Bernoulli {
    /// The distribution with probability `p`, which must be 0 to 1.
    pub(crate) const fn new(p: f64) -> Result<Self, ParameterError> {
        if p >= 0.0 && p <= 1.0 {
            Ok(Self { threshold: (p * ALWAYS as f64 + 0.5) as u64 })
        } else {
            Err(ParameterError::Probability(p))
        }
    }

    /// `p`, as it is drawn.
    pub(crate) fn probability(self) -> f64 {
        self.threshold as f64 / ALWAYS as f64
    }

    /// Draws true or false.
    #[inline]
    pub(crate) fn sample(self, rng: &mut Rng) -> bool {
        match self.threshold {
            0 => false,
            ALWAYS => true,
            threshold => u64::from(rng.next_u32()) < threshold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::streams::RngStreams;
    use super::*;

    #[test]
    fn certainty_takes_no_randomness() {
        let mut rng = RngStreams::new(0).for_user(0);
        for _ in 0..1_000 {
            assert!(Bernoulli::new(1.0 - 1e-12).unwrap().sample(&mut rng));
            assert!(!Bernoulli::new(1e-12).unwrap().sample(&mut rng));
        }
        assert_eq!(rng.next_u32(), RngStreams::new(0).for_user(0).next_u32());
    }

    #[test]
    fn only_a_probability_is_taken() {
        for p in [-1e-9, 1.0 + 1e-9, f64::NAN, f64::INFINITY] {
            assert!(Bernoulli::new(p).is_err(), "{p}");
        }
    }
}
