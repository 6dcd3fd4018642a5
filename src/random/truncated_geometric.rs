//! The truncated geometric distribution.

use super::alias_table::AliasTable;
use super::error::ParameterError;
use super::rng::Rng;

/// The truncated geometric distribution: counts `min..=max` with `p(k) = r^k / sum of r^j`.
///
/// `r` is the one that gives the wanted mean; for `r = 1` the distribution is uniform. Of all that have
/// these bounds and this mean it is the one of greatest entropy: it says no more than they do (Jaynes,
/// "Information Theory and Statistical Mechanics", Physical Review 106, 1957).
#[derive(Clone, Debug)]
pub(crate) struct TruncatedGeometric {
    min: u32,
    probabilities: Vec<f64>,
    table: AliasTable,
}

/// Means nearer to a bound than this, relative to the greatest count, are taken to be the bound.
const ROUNDING: f64 = 1e-9;

impl TruncatedGeometric {
    /// The distribution on `min..=max` with this mean, which must lie within them.
    pub(crate) fn with_mean(min: u32, max: u32, mean: f64) -> Result<Self, ParameterError> {
        if min > max {
            return Err(ParameterError::Range { min, max });
        }
        let (low, high) = (f64::from(min), f64::from(max));
        let tolerance = ROUNDING * high.max(1.0);
        if !(low - tolerance..=high + tolerance).contains(&mean) {
            return Err(ParameterError::Mean { mean, min, max });
        }
        if mean - low <= tolerance {
            return Self::from_weights(min, &[1.0]);
        }
        if high - mean <= tolerance {
            return Self::from_weights(max, &[1.0]);
        }
        let width = (max - min) as usize;
        let from_low = mean - low;
        let from_high = high - mean;
        let mut weights = falling_weights(width, from_low.min(from_high));
        if from_high < from_low {
            weights.reverse();
        }
        Self::from_weights(min, &weights)
    }

    /// The distribution on `min..=max` with `r = 1`: every count is as likely as another.
    pub(crate) fn uniform(min: u32, max: u32) -> Result<Self, ParameterError> {
        if min > max {
            return Err(ParameterError::Range { min, max });
        }
        Self::from_weights(min, &vec![1.0; (max - min) as usize + 1])
    }

    fn from_weights(min: u32, weights: &[f64]) -> Result<Self, ParameterError> {
        let table = AliasTable::new(weights)?;
        let sum: f64 = weights.iter().sum();
        let probabilities = weights.iter().map(|weight| weight / sum).collect();
        Ok(Self { min, probabilities, table })
    }

    /// Draws a count.
    #[inline]
    pub(crate) fn sample(&self, rng: &mut Rng) -> u32 {
        self.min + self.table.sample(rng) as u32
    }

    /// Each count that can be drawn, with its probability.
    pub(crate) fn probabilities(&self) -> impl Iterator<Item = (u32, f64)> {
        self.probabilities.iter().enumerate().map(|(i, &p)| (self.min + i as u32, p))
    }

    /// The smallest count that can be drawn.
    pub(crate) fn min(&self) -> u32 {
        self.min
    }

    /// The greatest count that can be drawn.
    pub(crate) fn max(&self) -> u32 {
        self.min + self.probabilities.len() as u32 - 1
    }

    /// The mean.
    pub(crate) fn mean(&self) -> f64 {
        self.probabilities().map(|(k, p)| f64::from(k) * p).sum()
    }
}

/// Halvings of `0..1` after which a ratio is known to the last bit: means are above `ROUNDING`, so
/// ratios are above 2^-30, where doubles lie 2^-83 apart or further.
const HALVINGS: u32 = 84;

/// Weights `1, r, r^2, ... r^width` with `r <= 1`, whose mean index is `mean <= width / 2`.
fn falling_weights(width: usize, mean: f64) -> Vec<f64> {
    powers(ratio(width, mean, HALVINGS), width).collect()
}

fn powers(ratio: f64, width: usize) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(1.0), move |power| Some(power * ratio)).take(width + 1)
}

/// The `r <= 1` for which the powers up to `r^width` have this mean index, by bisection with
/// `+ - * /` alone, so that it is the same on every machine.
fn ratio(width: usize, mean: f64, halvings: u32) -> f64 {
    let mean_index = |ratio: f64| {
        let (sum, moment) = powers(ratio, width)
            .enumerate()
            .fold((0.0, 0.0), |(sum, moment), (i, w)| (sum + w, moment + w * i as f64));
        moment / sum
    };
    if mean_index(1.0) <= mean {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..halvings {
        let middle = low + (high - low) / 2.0;
        if mean_index(middle) < mean {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::super::streams::RngStreams;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_and_mean_are_kept(min in 0..20_u32, width in 0..60_u32, place in 0.0..=1.0_f64) {
            let max = min + width;
            let mean = f64::from(min) + place * f64::from(width);
            let count = TruncatedGeometric::with_mean(min, max, mean).unwrap();
            prop_assert!((count.mean() - mean).abs() < 1e-7, "{} {mean}", count.mean());
            let mut rng = RngStreams::new(1).for_user(0);
            for _ in 0..100 {
                prop_assert!((min..=max).contains(&count.sample(&mut rng)));
            }
        }

        #[test]
        fn the_ratio_of_neighbours_is_constant(width in 2..30_u32, place in 0.05..0.95_f64) {
            let count = TruncatedGeometric::with_mean(0, width, place * f64::from(width)).unwrap();
            let p: Vec<f64> = count.probabilities().map(|(_, p)| p).collect();
            let ratio = p[1] / p[0];
            for pair in p.windows(2) {
                prop_assert!((pair[1] / pair[0] / ratio - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn the_middle_is_uniform_and_the_ends_are_certain() {
        let middle = TruncatedGeometric::with_mean(2, 6, 4.0).unwrap();
        assert!(middle.probabilities().all(|(_, p)| (p - 0.2).abs() < 1e-12));
        let end = TruncatedGeometric::with_mean(3, 5, 5.0).unwrap();
        assert_eq!((end.min(), end.max()), (5, 5));
        let start = TruncatedGeometric::with_mean(3, 15, 0.15 / 0.05).unwrap();
        assert_eq!((start.min(), start.max()), (3, 3));
    }

    #[test]
    fn a_mean_outside_its_bounds_is_refused() {
        for (min, max, mean) in [(3, 15, 2.9), (3, 15, 15.1), (4, 3, 3.5), (0, 8, f64::NAN)] {
            assert!(TruncatedGeometric::with_mean(min, max, mean).is_err());
        }
    }

    /// Also for the least mean that is not taken to be the bound.
    #[test]
    fn further_halvings_change_nothing() {
        for (width, mean) in [(1, 1e-9), (1, 0.4), (8, 8e-9), (8, 1.6), (12, 2.0), (12, 5.999)] {
            let found = ratio(width, mean, HALVINGS);
            assert_eq!(found.to_bits(), ratio(width, mean, 1_100).to_bits(), "{width} {mean}");
            assert_eq!(ratio(width, mean, HALVINGS + 1).to_bits(), found.to_bits());
        }
    }
}
