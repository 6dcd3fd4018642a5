//! The quantile table: a continuous distribution drawn by inversion.

use super::continuous::Truncated;

/// Halvings of the probability, from 1/2 on, that the table resolves on either side.
const OCTAVES: usize = 40;
const CELL_BITS: u32 = 6;
const CELLS: usize = 1 << CELL_BITS;
const EDGES: usize = OCTAVES * CELLS + 1;
/// 2^64.
const POINTS: f64 = 18_446_744_073_709_551_616.0;

/// The quantiles of a distribution on a grid that is as fine in the tails as in the middle, straight in between:
/// probabilities below and above the median are floating-point numbers of 6 bits. So a draw is a look-up, three
/// operations and a rounding; it differs from the distribution by less than 3e-5 in probability, and in the
/// tails by less than 3e-5 of what is left of it.
///
/// Values are whole numbers of a unit, rounded to the nearest.
#[derive(Clone, Debug)]
pub(crate) struct QuantileTable {
    /// From the far end to the median, for the lower and the upper half.
    edges: [Box<[f64]>; 2],
    mean: f64,
}

impl QuantileTable {
    /// The most units that a value has.
    pub(crate) const MOST_UNITS: i64 = 1_000_000_000_000_000;

    /// The table of a distribution, of which 1 is so many units.
    pub(crate) fn new(law: &Truncated, units: f64) -> Self {
        let most = Self::MOST_UNITS as f64;
        let in_units = |value: f64| (value * units).clamp(-most, most);
        let edges = [
            (0..EDGES).map(|edge| in_units(law.lower(probability(edge)))).collect(),
            (0..EDGES).map(|edge| in_units(law.upper(probability(edge)))).collect(),
        ];
        let mean = mean_of(&edges, |edge| edge, mean_rounded);
        Self { edges, mean }
    }

    /// The number of units that 64 random bits mean.
    #[inline]
    pub(crate) fn sample(&self, bits: u64) -> i64 {
        let is_upper = bits >> (u64::BITS - 1) == 1;
        let edges = &self.edges[usize::from(is_upper)];
        // The distance from the nearer end of the unit interval.
        let part = if is_upper { !bits } else { bits };
        let octave = part.leading_zeros() as usize - 1;
        if octave >= OCTAVES {
            return round(edges[0]);
        }
        let mantissa = part << octave << 2;
        let cell = (OCTAVES - 1 - octave) * CELLS + (mantissa >> (u64::BITS - CELL_BITS)) as usize;
        let place = (mantissa << CELL_BITS) as f64 / POINTS;
        let (from, to) = (edges[cell], edges[cell + 1]);
        round(from + (to - from) * place)
    }

    /// The least and the greatest number that a table of this distribution gives, but for rounding.
    pub(crate) fn ends(law: &Truncated) -> [f64; 2] {
        [law.lower(probability(0)), law.upper(probability(0))]
    }

    /// The mean of what is drawn, in units.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    /// The mean of its square.
    pub(crate) fn mean_square(&self) -> f64 {
        mean_of(&self.edges, |edge| edge * edge, mean_square_rounded)
    }
}

/// The probability that an edge of the grid stands for.
fn probability(edge: usize) -> f64 {
    let octave = OCTAVES - edge.min(EDGES - 2) / CELLS;
    let in_octave = edge - (OCTAVES - octave) * CELLS;
    let least = 1.0 / (1_u64 << (octave + 1)) as f64;
    least * (1.0 + in_octave as f64 / CELLS as f64)
}

#[inline]
fn round(value: f64) -> i64 {
    // The floor, which without instructions of its own is a call of a function.
    let (value, whole) = (value + 0.5, (value + 0.5) as i64);
    whole - i64::from(whole as f64 > value)
}

/// The mean of a function of what is drawn, by its value at a number and its mean between two.
fn mean_of(
    halves: &[Box<[f64]>; 2],
    at: impl Fn(f64) -> f64,
    between: impl Fn(f64, f64) -> f64,
) -> f64 {
    let mut sum = 0.0;
    for edges in halves {
        sum += probability(0) * at(round(edges[0]) as f64);
        for cell in 0..EDGES - 1 {
            let width = probability(cell + 1) - probability(cell);
            sum += width * between(edges[cell], edges[cell + 1]);
        }
    }
    sum
}

/// The mean of a uniform number between two, rounded.
fn mean_rounded(from: f64, to: f64) -> f64 {
    // Beyond this rounding does not matter, and the difference of integrals would not be exact.
    const FINE: f64 = 1e6;
    let integral = |x: f64| {
        let whole = (x + 0.5).floor();
        whole * (x - whole / 2.0)
    };
    let width = to - from;
    if width.abs() < 1e-6 {
        round(f64::midpoint(from, to)) as f64
    } else if from.abs().max(to.abs()) > FINE {
        f64::midpoint(from, to)
    } else {
        (integral(to) - integral(from)) / width
    }
}

/// The mean square of a uniform number between two, rounded.
fn mean_square_rounded(from: f64, to: f64) -> f64 {
    const FINE: f64 = 1e4;
    // The squares of whole numbers below one add up to this.
    let squares_below = |n: f64| (n - 1.0) * n * (2.0 * n - 1.0) / 6.0;
    let integral = |x: f64| {
        let whole = (x + 0.5).floor();
        squares_below(whole) + whole * whole * (x - whole + 0.5)
    };
    let width = to - from;
    if width.abs() < 1e-6 {
        let whole = round(f64::midpoint(from, to)) as f64;
        whole * whole
    } else if from.abs().max(to.abs()) > FINE {
        (from * from + from * to + to * to) / 3.0
    } else {
        (integral(to) - integral(from)) / width
    }
}

#[cfg(test)]
mod tests {
    use super::super::continuous::Continuous;
    use super::super::{Aspect, RngStreams};
    use super::*;
    use proptest::prelude::*;

    const DRAWS: u64 = 1_000_000;

    /// The greatest distance between the drawn distribution function and the true one. For a true one it is above
    /// `2.7 / sqrt(10^6)` by chance in one of 10^6 tests (Kolmogorov's distribution, `2 exp(-2 * 2.7^2)`).
    fn distance(table: &QuantileTable, unit: f64, part_below: impl Fn(f64) -> f64) -> f64 {
        let draws = RngStreams::new(5).for_session(1, 2).of(Aspect::Dwell);
        let mut drawn: Vec<i64> = (0..DRAWS).map(|at| table.sample(draws.at(at))).collect();
        drawn.sort_unstable();
        let distance = |(at, value): (usize, &i64)| {
            let from = part_below((*value as f64 - 0.5) * unit);
            let to = part_below((*value as f64 + 0.5) * unit);
            // Values are rounded, so only the ends of a run of equal ones are compared.
            let (before, after) = (at as f64 / DRAWS as f64, (at + 1) as f64 / DRAWS as f64);
            let is_first = at == 0 || drawn[at - 1] != *value;
            let is_last = at + 1 == drawn.len() || drawn[at + 1] != *value;
            let below = if is_first { (before - from).abs() } else { 0.0 };
            below.max(if is_last { (after - to).abs() } else { 0.0 })
        };
        drawn.iter().enumerate().map(distance).fold(0.0, f64::max)
    }

    fn normal_part_below(x: f64) -> f64 {
        libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0
    }

    const MOST_DISTANCE: f64 = 0.0027;

    #[test]
    fn draws_are_normal() {
        let law = Continuous::Normal { mean: 5.0, sd: 2.0 };
        let table = QuantileTable::new(&Truncated::new(law, None, None).unwrap(), 1_000.0);
        let found = distance(&table, 0.001, |x| normal_part_below((x - 5.0) / 2.0));
        assert!(found < MOST_DISTANCE, "{found}");
        assert!((table.mean() - 5_000.0).abs() < 0.01, "{}", table.mean());
    }

    #[test]
    fn draws_are_log_normal() {
        let law = Continuous::log_normal(30.0, 0.9, 120.0).unwrap();
        let Continuous::LogNormal { mu, sigma } = law else { panic!() };
        let table = QuantileTable::new(&Truncated::new(law, None, None).unwrap(), 100.0);
        let part_below =
            |x: f64| if x <= 0.0 { 0.0 } else { normal_part_below((libm::log(x) - mu) / sigma) };
        let found = distance(&table, 0.01, part_below);
        assert!(found < MOST_DISTANCE, "{found}");
        let mean = 100.0 * libm::exp(mu + sigma * sigma / 2.0);
        assert!((table.mean() / mean - 1.0).abs() < 1e-4, "{} {mean}", table.mean());
        let square = mean * mean * libm::exp(sigma * sigma);
        let found = table.mean_square();
        assert!((found / square - 1.0).abs() < 1e-3, "{found} {square}");
    }

    #[test]
    fn draws_are_weibull() {
        let law = Continuous::weibull(20.0, 0.9, 120.0).unwrap();
        let Continuous::Weibull { mu, power } = law else { panic!() };
        let table = QuantileTable::new(&Truncated::new(law, None, None).unwrap(), 100.0);
        let part_below = |x: f64| {
            if x <= 0.0 { 0.0 } else { 1.0 - libm::exp(-libm::exp((libm::log(x) - mu) / power)) }
        };
        let found = distance(&table, 0.01, part_below);
        assert!(found < MOST_DISTANCE, "{found}");
        let mean = 100.0 * libm::exp(mu) * libm::tgamma(1.0 + power);
        assert!((table.mean() / mean - 1.0).abs() < 1e-4, "{} {mean}", table.mean());
    }

    #[test]
    fn draws_are_exponential() {
        let law = Continuous::Exponential { mean: 3.0 };
        let part_below = |x: f64| if x <= 0.0 { 0.0 } else { 1.0 - libm::exp(-x / 3.0) };
        for units in [1.0, 100.0] {
            let table = QuantileTable::new(&Truncated::new(law, None, None).unwrap(), units);
            let found = distance(&table, 1.0 / units, part_below);
            assert!(found < MOST_DISTANCE, "{found}");
        }
        // Of whole numbers the mean is that of the rounded ones.
        let table = QuantileTable::new(&Truncated::new(law, None, None).unwrap(), 1.0);
        let rounded: f64 = (1..200).map(|k| 1.0 - part_below(f64::from(k) - 0.5)).sum();
        assert!((table.mean() - rounded).abs() < 1e-3, "{} {rounded}", table.mean());
        let beyond = |k: i32| 1.0 - part_below(f64::from(k) - 0.5);
        let square: f64 = (1..200).map(|k| f64::from(2 * k - 1) * beyond(k)).sum();
        let found = table.mean_square();
        assert!((found - square).abs() < 1e-2, "{found} {square}");
    }

    proptest! {
        #[test]
        fn draws_keep_bounds_and_order(a: u64, b: u64, min in 0.0..3.0_f64, width in 0.5..9.0_f64) {
            let law = Continuous::Exponential { mean: 2.0 };
            let law = Truncated::new(law, Some(min), Some(min + width)).unwrap();
            let table = QuantileTable::new(&law, 1e6);
            let (low, high) = (table.sample(a.min(b)), table.sample(a.max(b)));
            prop_assert!(low <= high);
            prop_assert!(low as f64 >= min * 1e6 - 1.0 && high as f64 <= (min + width) * 1e6 + 1.0);
        }
    }

    #[test]
    fn the_ends_are_drawn_too() {
        let law = Continuous::Normal { mean: 0.0, sd: 1.0 };
        let table = QuantileTable::new(&Truncated::new(law, None, None).unwrap(), 1e3);
        assert_eq!(table.sample(0), -table.sample(u64::MAX));
        assert!(table.sample(0) < -6_000);
        assert_eq!((table.sample(u64::MAX / 2), table.sample(u64::MAX / 2 + 1)), (0, 0));
        assert!(
            (probability(EDGES - 1) - 0.5).abs() < 1e-15
                && probability(CELLS) > probability(CELLS - 1)
        );
    }
}
