//! A count with bounds and a mean.

use super::random::Dice;
use super::weighted::Weighted;

/// The distribution of greatest entropy on the integers `min..=max` with a given mean.
///
/// Its probabilities are `p(k) = r^k / sum of r^j`, for the one `r > 0` that gives the mean (Jaynes,
/// "Information Theory and Statistical Mechanics", Physical Review 106, 1957); uniform for `r = 1`.
/// It says no more than the bounds and the mean do, and keeps both exactly. `r` is found by
/// bisection with `+ - * /` alone, so it is the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct BoundedCount {
    min: u32,
    probabilities: Vec<f64>,
    choice: Weighted,
}

/// Means nearer to a bound than this, relative to it, are taken to be the bound.
const ROUNDING: f64 = 1e-9;

impl BoundedCount {
    /// The distribution on `min..=max` with this mean, or `None` if the mean lies outside.
    pub(crate) fn with_mean(min: u32, max: u32, mean: f64) -> Option<Self> {
        let (low, high) = (f64::from(min), f64::from(max));
        let tolerance = ROUNDING * high.max(1.0);
        if min > max || !(low - tolerance..=high + tolerance).contains(&mean) {
            return None;
        }
        if mean - low <= tolerance {
            return Some(Self::from_weights(min, &[1.0]));
        }
        if high - mean <= tolerance {
            return Some(Self::from_weights(max, &[1.0]));
        }
        let width = (max - min) as usize;
        let from_low = mean - low;
        let from_high = high - mean;
        let mut weights = falling_weights(width, from_low.min(from_high));
        if from_high < from_low {
            weights.reverse();
        }
        Some(Self::from_weights(min, &weights))
    }

    /// Every count in `min..=max` alike; `min` alone if they cross.
    pub(crate) fn uniform(min: u32, max: u32) -> Self {
        Self::from_weights(min, &vec![1.0; max.saturating_sub(min) as usize + 1])
    }

    fn from_weights(min: u32, weights: &[f64]) -> Self {
        let sum: f64 = weights.iter().sum();
        let probabilities = weights.iter().map(|weight| weight / sum).collect();
        Self { min, probabilities, choice: Weighted::new(weights) }
    }

    #[inline]
    pub(crate) fn sample(&self, dice: &mut Dice) -> u32 {
        self.min + self.choice.sample(dice) as u32
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

    pub(crate) fn mean(&self) -> f64 {
        self.probabilities().map(|(k, p)| f64::from(k) * p).sum()
    }
}

/// Weights `1, r, r^2, ... r^width` with `r <= 1`, whose mean index is `mean <= width / 2`.
fn falling_weights(width: usize, mean: f64) -> Vec<f64> {
    let powers = |ratio: f64| {
        std::iter::successors(Some(1.0), move |power| Some(power * ratio)).take(width + 1)
    };
    let mean_index = |ratio: f64| {
        let (sum, moment) = powers(ratio)
            .enumerate()
            .fold((0.0, 0.0), |(sum, moment), (i, w)| (sum + w, moment + w * i as f64));
        moment / sum
    };
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    if mean_index(high) <= mean {
        return vec![1.0; width + 1];
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return powers(low).collect();
        }
        if mean_index(middle) < mean {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Randomness;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_and_mean_are_kept(min in 0..20_u32, width in 0..60_u32, place in 0.0..=1.0_f64) {
            let max = min + width;
            let mean = f64::from(min) + place * f64::from(width);
            let count = BoundedCount::with_mean(min, max, mean).unwrap();
            prop_assert!((count.mean() - mean).abs() < 1e-7, "{} {mean}", count.mean());
            let mut dice = Randomness::new(1).for_user(0);
            for _ in 0..100 {
                prop_assert!((min..=max).contains(&count.sample(&mut dice)));
            }
        }

        #[test]
        fn the_ratio_of_neighbours_is_constant(width in 2..30_u32, place in 0.05..0.95_f64) {
            let count = BoundedCount::with_mean(0, width, place * f64::from(width)).unwrap();
            let p: Vec<f64> = count.probabilities().map(|(_, p)| p).collect();
            let ratio = p[1] / p[0];
            for pair in p.windows(2) {
                prop_assert!((pair[1] / pair[0] / ratio - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn the_middle_is_uniform_and_the_ends_are_certain() {
        let middle = BoundedCount::with_mean(2, 6, 4.0).unwrap();
        assert!(middle.probabilities().all(|(_, p)| (p - 0.2).abs() < 1e-12));
        let end = BoundedCount::with_mean(3, 5, 5.0).unwrap();
        assert_eq!((end.min(), end.max()), (5, 5));
        let start = BoundedCount::with_mean(3, 15, 0.15 / 0.05).unwrap();
        assert_eq!((start.min(), start.max()), (3, 3));
    }

    #[test]
    fn a_mean_outside_its_bounds_is_refused() {
        for (min, max, mean) in [(3, 15, 2.9), (3, 15, 15.1), (4, 3, 3.5), (0, 8, f64::NAN)] {
            assert!(BoundedCount::with_mean(min, max, mean).is_none());
        }
    }
}
