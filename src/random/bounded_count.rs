//! Counts within bounds, with a mean.

use super::cumulative_table::CumulativeTable;
use super::error::ParameterError;

/// The distribution of a count within `min..=max`: `p(k) = q(k) r^k / sum of q(j) r^j`, with `q` of a shape.
///
/// `r` is the one that gives the wanted mean. Of all distributions that have these bounds and this mean it is the
/// one that diverges least from the shape: it says no more than they do (Jaynes, "Information Theory and
/// Statistical Mechanics", Physical Review 106, 1957; Kullback, "Information Theory and Statistics", 1959).
#[derive(Clone, Debug)]
pub(crate) struct BoundedCount {
    min: u32,
    probabilities: Vec<f64>,
    table: CumulativeTable,
}

/// What counts would be like without a mean to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CountShape {
    /// Every count is as likely as another: `q(k) = 1`, and with the mean kept truncated geometric.
    Even,
    /// Great counts are rare and never absent: `q(k) = k^-1.5`, the tail of the inverse Gaussian law of the depth
    /// of surfing (Huberman, Pirolli, Pitkow, Lukose, "Strong Regularities in World Wide Web Surfing", Science
    /// 280, 1998).
    HeavyTailed,
}

impl CountShape {
    fn weights(self, min: u32, max: u32) -> Vec<f64> {
        let weight = |count: u32| {
            // The least count is 1, which stands for 0 too.
            let count = f64::from(count.max(1));
            match self {
                Self::Even => 1.0,
                Self::HeavyTailed => 1.0 / (count * count.sqrt()),
            }
        };
        (min..=max).map(weight).collect()
    }
}

/// Means nearer to a bound than this, relative to the greatest count, are taken to be the bound.
const ROUNDING: f64 = 1e-9;

impl BoundedCount {
    /// The distribution on `min..=max` of a shape with this mean, which must lie within them.
    pub(crate) fn with_mean(
        min: u32,
        max: u32,
        mean: f64,
        shape: CountShape,
    ) -> Result<Self, ParameterError> {
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
        if shape == CountShape::HeavyTailed {
            return Self::from_weights(min, &heavy_tailed_weights(min, max, mean));
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

    /// The distribution on `min..=max` of a shape, without a mean to keep: `r = 1`.
    pub(crate) fn of_shape(min: u32, max: u32, shape: CountShape) -> Result<Self, ParameterError> {
        if min > max {
            return Err(ParameterError::Range { min, max });
        }
        Self::from_weights(min, &shape.weights(min, max))
    }

    /// This distribution cut below a count, which alone is left if nothing else is.
    pub(crate) fn at_least(&self, least: u32) -> Result<Self, ParameterError> {
        let from = least.saturating_sub(self.min) as usize;
        match self.probabilities.get(from..).filter(|left| left.iter().any(|p| *p > 0.0)) {
            Some(left) => Self::from_weights(self.min.max(least), left),
            None => Self::from_weights(least, &[1.0]),
        }
    }

    fn from_weights(min: u32, weights: &[f64]) -> Result<Self, ParameterError> {
        let table = CumulativeTable::new(weights)?;
        let sum: f64 = weights.iter().sum();
        let probabilities = weights.iter().map(|weight| weight / sum).collect();
        Ok(Self { min, probabilities, table })
    }

    /// The count that 64 random bits mean.
    #[inline]
    pub(crate) fn sample(&self, bits: u64) -> u32 {
        self.min + self.table.sample(bits) as u32
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

/// Weights `k^-1.5 r^k`, scaled so that none is above 1, of the `r` that gives this mean.
fn heavy_tailed_weights(min: u32, max: u32, mean: f64) -> Vec<f64> {
    let base = CountShape::HeavyTailed.weights(min, max);
    let mean_index = |weights: &[f64]| {
        let (sum, moment) = weights
            .iter()
            .enumerate()
            .fold((0.0, 0.0), |(sum, moment), (i, w)| (sum + w, moment + w * i as f64));
        moment / sum
    };
    let wanted = mean - f64::from(min);
    let falls = wanted <= mean_index(&base);
    // Powers of a ratio below 1, from the one end or from the other, so that none is too great.
    let tilted = |ratio: f64| -> Vec<f64> {
        let mut powers: Vec<f64> = powers(ratio, base.len() - 1).collect();
        if !falls {
            powers.reverse();
        }
        powers.iter().zip(&base).map(|(power, weight)| power * weight).collect()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        // A smaller ratio draws the mean to the end from which the powers fall.
        if (mean_index(&tilted(middle)) < wanted) == falls {
            low = middle;
        } else {
            high = middle;
        }
    }
    tilted(high)
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
    use super::CountShape::{Even, HeavyTailed};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_and_mean_are_kept(
            min in 0..20_u32,
            width in 0..60_u32,
            place in 0.0..=1.0_f64,
            shape in prop::sample::select(&[Even, HeavyTailed]),
        ) {
            let max = min + width;
            let mean = f64::from(min) + place * f64::from(width);
            let count = BoundedCount::with_mean(min, max, mean, shape).unwrap();
            prop_assert!((count.mean() - mean).abs() < 1e-7, "{} {mean}", count.mean());
            for bits in [0, 1, 1 << 40, u64::MAX / 3, u64::MAX] {
                prop_assert!((min..=max).contains(&count.sample(bits)));
            }
        }

        #[test]
        fn the_ratio_of_neighbours_is_constant(width in 2..30_u32, place in 0.05..0.95_f64) {
            let count = BoundedCount::with_mean(0, width, place * f64::from(width), Even).unwrap();
            let p: Vec<f64> = count.probabilities().map(|(_, p)| p).collect();
            let ratio = p[1] / p[0];
            for pair in p.windows(2) {
                prop_assert!((pair[1] / pair[0] / ratio - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn the_middle_is_uniform_and_the_ends_are_certain() {
        let middle = BoundedCount::with_mean(2, 6, 4.0, Even).unwrap();
        assert!(middle.probabilities().all(|(_, p)| (p - 0.2).abs() < 1e-12));
        let end = BoundedCount::with_mean(3, 5, 5.0, Even).unwrap();
        assert_eq!((end.min(), end.max()), (5, 5));
        let start = BoundedCount::with_mean(3, 15, 0.15 / 0.05, Even).unwrap();
        assert_eq!((start.min(), start.max()), (3, 3));
    }

    #[test]
    fn a_mean_outside_its_bounds_is_refused() {
        for (min, max, mean) in [(3, 15, 2.9), (3, 15, 15.1), (4, 3, 3.5), (0, 8, f64::NAN)] {
            assert!(BoundedCount::with_mean(min, max, mean, Even).is_err());
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

    /// The figures that `docs/model.md` gives, worked out from the formula by another program.
    #[test]
    fn great_counts_are_rare_and_never_absent() {
        let count = BoundedCount::with_mean(1, 50, 5.0, HeavyTailed).unwrap();
        let variance: f64 =
            count.probabilities().map(|(k, p)| p * (f64::from(k) - 5.0).powi(2)).sum();
        assert!((variance.sqrt() / 5.0 - 1.57).abs() < 0.01, "{}", variance.sqrt() / 5.0);
        let (_, bounce) = count.probabilities().next().unwrap();
        assert!((bounce - 0.44).abs() < 0.01, "{bounce}");
        let mut up_to = 0.0;
        let p99 = count.probabilities().find(|(_, p)| {
            up_to += p;
            up_to >= 0.99
        });
        assert_eq!(p99.map(|(k, _)| k), Some(41));
    }
}
