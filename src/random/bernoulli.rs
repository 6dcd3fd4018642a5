//! The Bernoulli distribution.

use super::error::ParameterError;

/// The Bernoulli distribution: true with probability `p`, else false.
///
/// `p` is kept as a threshold for 64 random bits, so that a draw is one comparison of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bernoulli {
    /// Of 2^64 draws, so many are true; the greatest number stands for all.
    threshold: u64,
}

/// 2^64.
const DRAWS: f64 = 18_446_744_073_709_551_616.0;

impl Bernoulli {
    /// The distribution with probability `p`, which must be 0 to 1.
    pub(crate) const fn new(p: f64) -> Result<Self, ParameterError> {
        if p >= 0.0 && p <= 1.0 {
            Ok(Self { threshold: (p * DRAWS) as u64 })
        } else {
            Err(ParameterError::Probability(p))
        }
    }

    /// `p`, as it is drawn.
    pub(crate) fn probability(self) -> f64 {
        self.threshold as f64 / DRAWS
    }

    /// What 64 random bits mean.
    #[inline]
    pub(crate) const fn sample(self, bits: u64) -> bool {
        bits < self.threshold || self.threshold == u64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_is_certain() {
        for bits in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!(Bernoulli::new(1.0).unwrap().sample(bits));
            assert!(!Bernoulli::new(0.0).unwrap().sample(bits));
        }
        let half = Bernoulli::new(0.5).unwrap();
        assert!(half.sample((1 << 63) - 1) && !half.sample(1 << 63));
    }

    #[test]
    fn only_a_probability_is_taken() {
        for p in [-1e-9, 1.0 + 1e-9, f64::NAN, f64::INFINITY] {
            assert!(Bernoulli::new(p).is_err(), "{p}");
        }
    }
}
