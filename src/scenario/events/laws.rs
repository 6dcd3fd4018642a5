//! The distributions that specifications mean.

use super::specs::{
    ExponentialSpec, GeometricSpec, ListSpec, MedianSpec, NormalSpec, PropertySpec,
};
use crate::random::{BoundedCount, Continuous, CountShape, ParameterError, Truncated};

impl NormalSpec {
    fn law(&self) -> Result<Truncated, ParameterError> {
        Truncated::new(Continuous::Normal { mean: self.mean, sd: self.sd }, self.min, self.max)
    }
}

impl MedianSpec {
    /// The quantiles that are given, each with the part below it.
    pub(super) fn quantiles(&self) -> impl Iterator<Item = (&'static str, f64, f64)> {
        let all = [
            ("p75", 0.75, self.p75),
            ("p90", 0.9, self.p90),
            ("p95", 0.95, self.p95),
            ("p99", 0.99, self.p99),
        ];
        all.into_iter().filter_map(|(key, p, quantile)| quantile.map(|quantile| (key, p, quantile)))
    }

    fn law(
        &self,
        of_quantile: fn(f64, f64, f64) -> Result<Continuous, ParameterError>,
    ) -> Result<Truncated, ParameterError> {
        // The check has seen to it that there is one.
        let (_, p, quantile) = self.quantiles().next().unwrap_or(("p90", 0.9, self.median * 4.0));
        Truncated::new(of_quantile(self.median, p, quantile)?, self.min, self.max)
    }
}

impl ExponentialSpec {
    fn law(&self) -> Result<Truncated, ParameterError> {
        Truncated::new(Continuous::Exponential { mean: self.mean }, self.min, self.max)
    }
}

impl GeometricSpec {
    pub(super) fn is_possible(&self) -> bool {
        self.mean >= f64::from(self.min)
    }
}

impl ListSpec {
    /// The distribution of the number of entries.
    pub(crate) fn count(&self) -> Result<BoundedCount, ParameterError> {
        match self.mean {
            Some(mean) => BoundedCount::with_mean(self.min, self.max, mean, CountShape::Even),
            None => BoundedCount::of_shape(self.min, self.max, CountShape::Even),
        }
    }
}

impl PropertySpec {
    /// The continuous distribution of its values with its key, if they have one.
    pub(crate) fn law(&self) -> Option<(&'static str, Result<Truncated, ParameterError>)> {
        match self {
            Self { normal: Some(normal), .. } => Some(("normal", normal.law())),
            Self { log_normal: Some(law), .. } => {
                Some(("log_normal", law.law(Continuous::log_normal)))
            }
            Self { weibull: Some(law), .. } => Some(("weibull", law.law(Continuous::weibull))),
            Self { exponential: Some(exponential), .. } => Some(("exponential", exponential.law())),
            _ => None,
        }
    }

    /// The bounds that are given, each with its key.
    pub(super) fn bounds(&self) -> Vec<(&'static str, f64)> {
        let (min, max) = match self {
            Self { uniform: Some(uniform), .. } => (Some(uniform.min), Some(uniform.max)),
            Self { normal: Some(normal), .. } => (normal.min, normal.max),
            Self { log_normal: Some(law), .. } | Self { weibull: Some(law), .. } => {
                (law.min, law.max)
            }
            Self { exponential: Some(law), .. } => (law.min, law.max),
            _ => return Vec::new(),
        };
        let given = [("min", min), ("max", max)].into_iter();
        given.filter_map(|(key, value)| value.map(|value| (key, value))).collect()
    }

    /// The number of units of the last decimal that a number is.
    pub(crate) fn units(&self, value: f64) -> f64 {
        value * self.units_of_1()
    }

    /// The units of the last decimal in 1.
    pub(crate) fn units_of_1(&self) -> f64 {
        f64::from(10_u32.pow(self.decimals.unwrap_or(0).min(Self::MOST_DECIMALS)))
    }
}

/// True for a number that is whole but for the rounding of a decimal's binary form.
pub(super) fn is_whole(number: f64) -> bool {
    (number - number.round()).abs() <= 1e-6_f64.min(number.abs() * 1e-12)
}
