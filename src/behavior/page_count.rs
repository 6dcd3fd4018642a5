//! The number of pages in a session.

use crate::random::{BoundedCount, CountShape, ParameterError};

/// The number of pages in a session, which is at least that of the steps of its journey that it reaches.
///
/// `p(k) ~ q(k) r^k` as for any [`BoundedCount`], cut below the reached steps; `r` is the one with which the mean over
/// all sessions is the wanted one.
#[derive(Clone, Debug)]
pub(crate) struct PageCount {
    free: BoundedCount,
    /// By number of reached steps above the least of `free`: the counts that are left.
    cut: Vec<(u32, BoundedCount)>,
    mean: f64,
}

/// A number of steps that sessions reach at least, and the share of the sessions that reach just so many.
pub(super) type ReachedSteps = (u32, f64);

/// The distance that means may have from their bounds: decimals have no exact binary form.
const ROUNDING: f64 = 1e-9;

/// Halvings after which a double stands still.
const HALVINGS: u32 = 64;

impl PageCount {
    /// The count on `min..=max` of a shape with this mean over sessions that reach so many steps.
    pub(super) fn with_mean(
        (min, max): (u32, u32),
        mean: f64,
        shape: CountShape,
        reached: &[ReachedSteps],
    ) -> Result<Self, ParameterError> {
        let free = |mean: f64| BoundedCount::with_mean(min, max, mean, shape);
        if reached.iter().all(|(steps, _)| *steps <= min) {
            return Self::of(free(mean)?, reached);
        }
        // The mean over all sessions grows with that of the free ones.
        let (mut low, mut high) = (f64::from(min), f64::from(max));
        let least = fewest(min, reached);
        if !(least - ROUNDING..=high + ROUNDING).contains(&mean) {
            return Err(ParameterError::Mean { mean, min, max });
        }
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if Self::of(free(middle)?, reached)?.mean < mean {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self::of(free(low)?, reached)
    }

    /// The count on `min..=max` of a shape, without a mean to keep.
    pub(super) fn of_shape(
        (min, max): (u32, u32),
        shape: CountShape,
        reached: &[ReachedSteps],
    ) -> Result<Self, ParameterError> {
        Self::of(BoundedCount::of_shape(min, max, shape)?, reached)
    }

    fn of(free: BoundedCount, reached: &[ReachedSteps]) -> Result<Self, ParameterError> {
        let mut cut: Vec<(u32, BoundedCount)> = Vec::new();
        let mut mean = 0.0;
        for (steps, share) in reached {
            if *steps <= free.min() {
                mean += share * free.mean();
                continue;
            }
            let left = free.at_least(*steps)?;
            mean += share * left.mean();
            if !cut.iter().any(|(known, _)| known == steps) {
                cut.push((*steps, left));
            }
        }
        if cut.is_empty() {
            mean = free.mean();
        }
        Ok(Self { free, cut, mean })
    }

    /// The count that 64 random bits mean in a session that reaches so many steps.
    #[inline]
    pub(crate) fn sample(&self, bits: u64, reached: u32) -> u32 {
        match self.cut.iter().find(|(steps, _)| *steps == reached) {
            Some((_, left)) => left.sample(bits),
            None => self.free.sample(bits),
        }
    }

    /// By position: the probability of a page there, in a session that reaches so many steps.
    pub(super) fn beyond(&self, reached: u32) -> Vec<f64> {
        let cut = self.cut.iter().find(|(steps, _)| *steps == reached);
        let counts = cut.map_or(&self.free, |(_, left)| left);
        let mut beyond = vec![0.0; counts.max() as usize];
        for (count, probability) in counts.probabilities() {
            // Summed up from the end on below.
            if let Some(last) = (count as usize).checked_sub(1) {
                beyond[last] = probability;
            }
        }
        for position in (1..beyond.len()).rev() {
            beyond[position - 1] += beyond[position];
        }
        beyond
    }

    /// The mean over all sessions.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    /// The smallest count of a session that reaches no more steps than that.
    pub(crate) fn min(&self) -> u32 {
        self.free.min()
    }

    /// The greatest count that can be drawn.
    pub(crate) fn max(&self) -> u32 {
        self.cut.iter().map(|(_, left)| left.max()).fold(self.free.max(), u32::max)
    }
}

/// The mean number of pages where each session has as few as it can.
pub(super) fn fewest(min: u32, reached: &[ReachedSteps]) -> f64 {
    reached.iter().map(|(steps, share)| share * f64::from(min.max(*steps))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The mean is kept whatever the steps are, and so are the bounds.
        #[test]
        fn means_are_kept(
            min in 1..4_u32,
            width in 8..30_u32,
            place in 0.0..1.0_f64,
            shares in prop::collection::vec(0.1..1.0_f64, 8),
            heavy: bool,
        ) {
            let sum: f64 = shares.iter().sum();
            let reached: Vec<ReachedSteps> =
                (0..).zip(&shares).map(|(steps, share)| (steps, share / sum)).collect();
            let shape = if heavy { CountShape::HeavyTailed } else { CountShape::Even };
            let (low, high) = (fewest(min, &reached), f64::from(min + width));
            let mean = low + place * (high - low);
            let count = PageCount::with_mean((min, min + width), mean, shape, &reached).unwrap();
            prop_assert!((count.mean() - mean).abs() < 1e-6, "{} {}", count.mean(), mean);
            for (steps, _) in reached {
                for bits in [0, 1 << 32, u64::MAX / 2, u64::MAX] {
                    let drawn = count.sample(bits, steps);
                    prop_assert!((min.max(steps)..=min + width).contains(&drawn));
                }
            }
        }
    }
}
