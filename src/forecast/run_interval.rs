//! The interval that has 95 of 100 runs.

use serde::Serialize;

/// The interval in which 95 % of the runs are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RunInterval {
    /// The standard deviation of a run from the mean.
    pub standard_deviation: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

/// The standard deviations within which 95 % of a normal distribution are.
const NORMAL_95: f64 = 1.959_964;
/// What is added to a count so that its square root is nearly normal.
const ANSCOMBE: f64 = 0.375;

impl RunInterval {
    /// The interval of a count with this mean, known with an error, and this standard deviation from it.
    pub(super) fn of_count(mean: f64, standard_deviation: f64, error: f64) -> Self {
        let scale = CountScale::new(mean, standard_deviation, error);
        let (low, high) = (scale.count_at(-NORMAL_95), scale.count_at(NORMAL_95));
        Self { standard_deviation, low, high }
    }

    /// The interval of an amount that is not below 0: on the scale of square roots, whatever its unit is.
    pub(super) fn of_amount(mean: f64, standard_deviation: f64, error: f64) -> Self {
        let deviation = libm::hypot(standard_deviation, error);
        let root = libm::sqrt(mean.max(0.0));
        let away = NORMAL_95 * deviation / (2.0 * root.max(f64::MIN_POSITIVE));
        let (low, high) = ((root - away).max(0.0), root + away);
        Self { standard_deviation, low: low * low, high: high * high }
    }

    /// The interval of an amount that may be below 0.
    pub(super) fn of_balance(mean: f64, standard_deviation: f64, error: f64) -> Self {
        let away = NORMAL_95 * libm::hypot(standard_deviation, error);
        Self { standard_deviation, low: mean - away, high: mean + away }
    }

    /// The interval, down to 0 where more than 1 of 40 runs have nothing: if so many that add something are expected.
    pub(super) fn with_nothing_if_few(self, expected: f64) -> Self {
        const ONE_TAIL: f64 = 0.025;
        let has_nothing = libm::exp(-expected) > ONE_TAIL;
        Self { low: if has_nothing { self.low.min(0.0) } else { self.low }, ..self }
    }
}

/// A scale on which counts are nearly normal, small ones too: that of their square roots (Anscombe, "The transformation of
/// Poisson, binomial and negative-binomial data", Biometrika 35, 1948), in standard deviations.
#[derive(Clone, Copy, Debug)]
pub struct CountScale {
    root: f64,
    /// A standard deviation, as a difference of roots.
    unit: f64,
}

impl CountScale {
    /// The scale of a count with this mean, and this standard deviation from it; the mean is known with an error.
    pub fn new(mean: f64, standard_deviation: f64, standard_error: f64) -> Self {
        let deviation = libm::hypot(standard_deviation, standard_error);
        let unit = deviation / (2.0 * libm::sqrt(mean.max(f64::MIN_POSITIVE)));
        Self { root: libm::sqrt(mean.max(0.0) + ANSCOMBE), unit }
    }

    /// The standard deviations that a count is away from the mean; infinite where it cannot be.
    pub fn deviations(self, count: f64) -> f64 {
        let away = libm::sqrt(count + ANSCOMBE) - self.root;
        if away.abs() < 1e-9 { 0.0 } else { away / self.unit }
    }

    /// The count that is so many standard deviations away from the mean, 0 at least.
    fn count_at(self, deviations: f64) -> f64 {
        let root = (self.root + deviations * self.unit).max(0.0);
        (root * root - ANSCOMBE).max(0.0)
    }
}
