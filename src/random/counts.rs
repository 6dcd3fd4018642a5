//! Distributions of whole numbers from a table of their weights.

use super::cumulative_table::CumulativeTable;
use super::elementary::{exp, ln};
use super::error::ParameterError;

/// A distribution of whole numbers from a least one on.
#[derive(Clone, Debug)]
pub(crate) struct CountTable {
    min: u32,
    mean: f64,
    table: CumulativeTable,
}

/// The part of a distribution that is left out at its far end.
const TAIL: f64 = 1e-15;

/// The weights of Zipf's distribution, from rank 1 on.
pub(crate) fn zipf_weights(ranks: u32, exponent: f64) -> Vec<f64> {
    (1..=ranks).map(|rank| exp(-exponent * ln(f64::from(rank)))).collect()
}

impl CountTable {
    /// The greatest mean.
    pub(crate) const MOST_MEAN: f64 = 1_000.0;

    /// The Poisson distribution.
    pub(crate) fn poisson(mean: f64) -> Result<Self, ParameterError> {
        // From the likeliest number on, so that no weight is too small to be told from 0.
        let mode = mean.floor();
        let falls = |from: f64, weight: &mut f64, ratio: f64| {
            *weight *= ratio;
            (*weight > TAIL).then_some((from, *weight))
        };
        let (mut up, mut down) = (1.0, 1.0);
        let above = (1..).map_while(|step| {
            let count = mode + f64::from(step);
            falls(count, &mut up, mean / count)
        });
        let below = (0..mode as u32).map_while(|step| {
            let count = mode - f64::from(step);
            falls(count - 1.0, &mut down, count / mean)
        });
        let mut weights: Vec<(f64, f64)> = below.collect();
        weights.reverse();
        weights.push((mode, 1.0));
        weights.extend(above);
        let min = weights[0].0 as u32;
        let weights: Vec<f64> = weights.into_iter().map(|(_, weight)| weight).collect();
        Self::new(min, &weights)
    }

    /// The geometric distribution from `min` on, with this mean: each number is as likely, given that it is
    /// reached, to be the last one.
    pub(crate) fn geometric(min: u32, mean: f64) -> Result<Self, ParameterError> {
        let above = mean - f64::from(min);
        let ratio = above / (above + 1.0);
        let weights =
            std::iter::successors(Some(1.0), |weight| Some(weight * ratio).filter(|w| *w > TAIL));
        Self::new(min, &weights.collect::<Vec<f64>>())
    }

    /// Zipf's distribution: `k` of `1..=ranks` in proportion to `k` to the power of `-exponent`.
    pub(crate) fn zipf(ranks: u32, exponent: f64) -> Result<Self, ParameterError> {
        Self::new(1, &zipf_weights(ranks, exponent))
    }

    fn new(min: u32, weights: &[f64]) -> Result<Self, ParameterError> {
        let table = CumulativeTable::new(weights)?;
        let sum: f64 = weights.iter().sum();
        let moment: f64 = weights.iter().zip(0..).map(|(w, at)| w * f64::from(at)).sum();
        Ok(Self { min, mean: f64::from(min) + moment / sum, table })
    }

    /// The number that 64 random bits mean.
    #[inline]
    pub(crate) fn sample(&self, bits: u64) -> u32 {
        self.min + self.table.search(bits) as u32
    }

    /// The least number.
    pub(crate) fn min(&self) -> u32 {
        self.min
    }

    /// The greatest number.
    pub(crate) fn max(&self) -> u32 {
        self.min + self.table.probabilities().count() as u32 - 1
    }

    /// The probability of 0.
    pub(crate) fn none(&self) -> f64 {
        if self.min > 0 { 0.0 } else { self.table.probabilities().next().unwrap_or(1.0) }
    }

    /// The mean.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Aspect, RngStreams};
    use super::*;

    const DRAWS: u64 = 1_000_000;

    /// Pearson's statistic of 10^6 draws over the numbers that are expected ten times or more, the others taken
    /// together; less its mean, in standard deviations of the chi-square distribution.
    fn excess(table: &CountTable, probability: impl Fn(u32) -> f64) -> f64 {
        let draws = RngStreams::new(6).for_session(3, 4).of(Aspect::Gap);
        let mut found = vec![0.0; 70_000];
        for at in 0..DRAWS {
            found[table.sample(draws.at(at)) as usize] += 1.0;
        }
        let (mut statistic, mut cells) = (0.0, 0.0);
        let (mut rest, mut rest_found) = (DRAWS as f64, DRAWS as f64);
        for (count, found) in (0..).zip(found) {
            let expected = probability(count) * DRAWS as f64;
            if expected >= 10.0 {
                statistic += (found - expected) * (found - expected) / expected;
                cells += 1.0;
                rest -= expected;
                rest_found -= found;
            }
        }
        if rest >= 10.0 {
            statistic += (rest_found - rest) * (rest_found - rest) / rest;
            cells += 1.0;
        }
        let freedom: f64 = cells - 1.0;
        (statistic - freedom) / (2.0 * freedom).sqrt()
    }

    /// By chance a true distribution is so far off in less than one of 10^6 tests (Laurent, Massart, Annals of
    /// Statistics 28, 2000: beyond `sqrt(2 x) + x sqrt(2 / freedom)` with probability `exp(-x)`), with 20
    /// degrees of freedom or more.
    const MOST_EXCESS: f64 = 9.7;

    #[test]
    fn draws_are_poisson() {
        for mean in [7.5_f64, 250.0] {
            let table = CountTable::poisson(mean).unwrap();
            let probability = |k: u32| {
                let k = f64::from(k);
                libm::exp(k * libm::log(mean) - mean - libm::lgamma(k + 1.0))
            };
            let found = excess(&table, probability);
            assert!(found < MOST_EXCESS, "{found}");
            assert!((table.mean() - mean).abs() < 1e-9 * mean, "{}", table.mean());
        }
        assert_eq!(CountTable::poisson(0.0).unwrap().sample(u64::MAX), 0);
        let most = CountTable::poisson(CountTable::MOST_MEAN).unwrap();
        assert!((most.mean() / CountTable::MOST_MEAN - 1.0).abs() < 1e-9);
    }

    #[test]
    fn draws_are_geometric() {
        for (min, mean) in [(0, 2.5), (1, 40.0)] {
            let table = CountTable::geometric(min, mean).unwrap();
            let stop = 1.0 / (mean - f64::from(min) + 1.0);
            let probability = |k: u32| match k.checked_sub(min) {
                Some(steps) => stop * libm::pow(1.0 - stop, f64::from(steps)),
                None => 0.0,
            };
            let found = excess(&table, probability);
            assert!(found < MOST_EXCESS, "{found}");
            assert!((table.mean() - mean).abs() < 1e-9 * mean, "{}", table.mean());
        }
        assert_eq!(CountTable::geometric(3, 3.0).unwrap().sample(u64::MAX), 3);
    }

    #[test]
    fn draws_are_zipf() {
        for (ranks, exponent) in [(50_u32, 1.1), (60_000, 0.8), (30, 0.0)] {
            let table = CountTable::zipf(ranks, exponent).unwrap();
            let weight = |k: u32| libm::pow(f64::from(k), -exponent);
            let sum: f64 = (1..=ranks).map(weight).sum();
            let probability = |k: u32| if (1..=ranks).contains(&k) { weight(k) / sum } else { 0.0 };
            let found = excess(&table, probability);
            assert!(found < MOST_EXCESS, "{found}");
        }
    }
}
