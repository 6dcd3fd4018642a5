//! Continuous distributions by their quantile functions.

use super::elementary::{exp, ln};
use super::error::ParameterError;

/// A continuous distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Continuous {
    Normal {
        mean: f64,
        sd: f64,
    },
    /// The exponential of a normal distribution with this mean and deviation.
    LogNormal {
        mu: f64,
        sigma: f64,
    },
    /// `exp(mu)` times a power of an exponential number of mean 1.
    Weibull {
        mu: f64,
        power: f64,
    },
    Exponential {
        mean: f64,
    },
}

impl Continuous {
    /// The log-normal distribution with this median, of which a part `p` above 1/2 is below `quantile`.
    pub(crate) fn log_normal(median: f64, p: f64, quantile: f64) -> Result<Self, ParameterError> {
        let sigma = ln(quantile / median) / normal_quantile(p);
        if sigma > 0.0 && sigma.is_finite() {
            Ok(Self::LogNormal { mu: ln(median), sigma })
        } else {
            Err(ParameterError::Quantile { median, quantile })
        }
    }

    /// The Weibull distribution with this median, of which a part `p` above 1/2 is below `quantile`.
    pub(crate) fn weibull(median: f64, p: f64, quantile: f64) -> Result<Self, ParameterError> {
        let at_median = ln(ln(2.0));
        let power = ln(quantile / median) / (ln(-ln(1.0 - p)) - at_median);
        if power > 0.0 && power.is_finite() {
            Ok(Self::Weibull { mu: ln(median) - power * at_median, power })
        } else {
            Err(ParameterError::Quantile { median, quantile })
        }
    }

    /// The value below which a part `p` lies, above 0 and at most 1/2.
    fn lower(self, p: f64) -> f64 {
        match self {
            Self::Normal { mean, sd } => mean + sd * normal_quantile(p),
            Self::LogNormal { mu, sigma } => exp(mu + sigma * normal_quantile(p)),
            Self::Weibull { mu, power } => exp(mu + power * ln(exponential_quantile(p))),
            Self::Exponential { mean } => -mean * ln(1.0 - p),
        }
    }

    /// The value above which a part `p` lies, above 0 and at most 1/2.
    fn upper(self, p: f64) -> f64 {
        match self {
            Self::Normal { mean, sd } => mean - sd * normal_quantile(p),
            Self::LogNormal { mu, sigma } => exp(mu - sigma * normal_quantile(p)),
            Self::Weibull { mu, power } => exp(mu + power * ln(-ln(p))),
            Self::Exponential { mean } => -mean * ln(p),
        }
    }

    /// The parts below and above a value, by bisection.
    fn parts(self, value: f64) -> [f64; 2] {
        const HALVINGS: u32 = 80;
        let is_low = value <= self.lower(0.5);
        let (mut low, mut high) = (0.0, 0.5);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            let is_beyond =
                if is_low { self.lower(middle) > value } else { self.upper(middle) < value };
            if is_beyond {
                high = middle;
            } else {
                low = middle;
            }
        }
        if is_low { [low, 1.0 - low] } else { [1.0 - low, low] }
    }
}

/// A continuous distribution within bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truncated {
    law: Continuous,
    bounds: [f64; 2],
    /// The part of the whole distribution that lies below the lower bound.
    below: f64,
    /// The part above the upper bound.
    above: f64,
    /// The part between them.
    within: f64,
}

impl Truncated {
    /// The least part of a distribution that bounds may leave.
    pub(crate) const LEAST_PART: f64 = 1e-6;

    /// `law` given that it is within bounds, where there are any.
    pub(crate) fn new(
        law: Continuous,
        min: Option<f64>,
        max: Option<f64>,
    ) -> Result<Self, ParameterError> {
        let below = min.map_or([0.0, 1.0], |min| law.parts(min));
        let above = max.map_or([1.0, 0.0], |max| law.parts(max));
        // From the side on which both are small, where they are exact.
        let within = if below[0] > 0.5 { below[1] - above[1] } else { above[0] - below[0] };
        if within < Self::LEAST_PART {
            return Err(ParameterError::Bounds);
        }
        let bounds = [min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY)];
        Ok(Self { law, bounds, below: below[0], above: above[1], within })
    }

    /// The value below which a part `p` lies, above 0 and at most 1/2.
    pub(super) fn lower(&self, p: f64) -> f64 {
        self.at(self.below + p * self.within, self.above + (1.0 - p) * self.within)
    }

    /// The value above which a part `p` lies, above 0 and at most 1/2.
    pub(super) fn upper(&self, p: f64) -> f64 {
        self.at(self.below + (1.0 - p) * self.within, self.above + p * self.within)
    }

    fn at(&self, below: f64, above: f64) -> f64 {
        let value = if below <= 0.5 { self.law.lower(below) } else { self.law.upper(above) };
        value.clamp(self.bounds[0], self.bounds[1])
    }
}

/// The value below which a part `p` of the exponential distribution of mean 1 lies, also to all digits of a small one.
fn exponential_quantile(p: f64) -> f64 {
    const SMALL: f64 = 1e-5;
    if p < SMALL { p * (1.0 + p * (0.5 + p / 3.0)) } else { -ln(1.0 - p) }
}

/// The value below which a part `p` of the standard normal distribution lies, to 16 digits: algorithm AS 241
/// (Wichura, "The percentage points of the normal distribution", Applied Statistics 37, 1988).
pub(crate) fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRAL);
    }
    let r = (-ln(if q < 0.0 { p } else { 1.0 - p })).sqrt();
    let size = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    if q < 0.0 { -size } else { size }
}

fn ratio(r: f64, [above, below]: &[[f64; 8]; 2]) -> f64 {
    let polynomial =
        |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * r + c);
    polynomial(above) / polynomial(below)
}

const CENTRAL: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_6,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_4e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
];
const MIDDLE: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];
const FAR: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal_part_below(x: f64) -> f64 {
        libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_the_normal_distribution(exponent in -17.0..-0.31_f64) {
            let p = libm::pow(10.0, exponent);
            let x = normal_quantile(p);
            prop_assert!((normal_part_below(x) / p - 1.0).abs() < 1e-13, "{p} {x}");
            if p > 1e-3 {
                prop_assert!((normal_quantile(1.0 - p) + x).abs() < 1e-12);
            }
        }

        #[test]
        fn bounds_are_kept_and_cut_the_right_part(min in -3.0..1.5_f64, width in 0.1..4.0_f64, p in 0.001..0.5_f64) {
            let law = Continuous::Normal { mean: 0.0, sd: 1.0 };
            let max = min + width;
            let truncated = Truncated::new(law, Some(min), Some(max)).unwrap();
            let [below, above] = [min, max].map(normal_part_below);
            for (value, part) in [(truncated.lower(p), p), (truncated.upper(p), 1.0 - p)] {
                prop_assert!((min..=max).contains(&value));
                let found = (normal_part_below(value) - below) / (above - below);
                prop_assert!((found - part).abs() < 1e-9, "{found} {part}");
            }
        }
    }

    #[test]
    fn a_log_normal_distribution_has_its_median_and_quantile() {
        let law = Continuous::log_normal(30.0, 0.9, 120.0).unwrap();
        assert!((law.lower(0.5) - 30.0).abs() < 1e-12);
        assert!((law.upper(0.1) - 120.0).abs() < 1e-10);
        assert!(Continuous::log_normal(30.0, 0.9, 30.0).is_err());
    }

    #[test]
    fn a_weibull_distribution_has_its_median_and_quantile() {
        let law = Continuous::weibull(20.0, 0.9, 120.0).unwrap();
        assert!((law.lower(0.5) - 20.0).abs() < 1e-12);
        assert!((law.upper(0.1) - 120.0).abs() < 1e-10);
        assert!((law.upper(0.5) - 20.0).abs() < 1e-12);
        assert!(Continuous::weibull(30.0, 0.9, 30.0).is_err());
        let [below, above] = [0.999e-5, 1.001e-5].map(exponential_quantile);
        assert!((below / -libm::log1p(-0.999e-5) - 1.0).abs() < 1e-14);
        assert!((above / -libm::log1p(-1.001e-5) - 1.0).abs() < 1e-10);
    }

    #[test]
    fn bounds_that_leave_nothing_are_refused() {
        let law = Continuous::Exponential { mean: 1.0 };
        assert!(Truncated::new(law, Some(20.0), None).is_err());
        assert!(Truncated::new(law, None, Some(-1.0)).is_err());
        assert!(Truncated::new(law, Some(2.0), Some(2.0)).is_err());
        assert!(Truncated::new(law, Some(5.0), None).is_ok());
    }
}
