//! The pace at which events are due.

use std::fmt;
use std::str::FromStr;

use event_simulator::quantity::{Rate, show_rate};

/// The rule by which events are due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReplayPace {
    /// By the timeline's times, so many times as fast.
    Speed(Speed),
    /// So many a second, evenly spaced.
    Rate(Rate),
    /// All at once: as fast as the target takes them.
    Max,
}

impl fmt::Display for ReplayPace {
    /// As a message says it: `in real time`, `60 times as fast`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Speed(Speed::REAL_TIME) => f.write_str("in real time"),
            Self::Speed(speed) => write!(f, "{} times as fast as it happened", speed.factor()),
            Self::Rate(rate) => write!(f, "at {}", show_rate(rate.as_per_second())),
            Self::Max => f.write_str("as fast as the target takes them"),
        }
    }
}

/// A multiple of the timeline's own pace, between [`Speed::SLOWEST`] and [`Speed::FASTEST`].
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Speed(f64);

impl Speed {
    /// A hundredth of the timeline's own pace.
    pub const SLOWEST: Self = Self(0.01);
    /// The timeline's own pace.
    pub const REAL_TIME: Self = Self(1.0);
    /// More than a day a second.
    pub const FASTEST: Self = Self(100_000.0);

    /// The speed of that factor, or `None` outside the bounds.
    pub fn new(factor: f64) -> Option<Self> {
        (Self::SLOWEST.0..=Self::FASTEST.0).contains(&factor).then_some(Self(factor))
    }

    /// The speed nearest to a factor.
    pub fn nearest(factor: f64) -> Self {
        let bound = if factor > Self::FASTEST.0 { Self::FASTEST } else { Self::SLOWEST };
        Self::new(factor).unwrap_or(bound)
    }

    /// The factor.
    pub fn factor(self) -> f64 {
        self.0
    }
}

/// A speed, written `60` or `60x`, or the word `max`.
impl FromStr for ReplayPace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let factor = text.trim_end_matches('x').parse().ok().and_then(Speed::new);
        factor.map(Self::Speed).ok_or_else(|| {
            format!("{text:?} is not a speed: a number from 0.01 to 100000, or the word max")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_has_bounds_and_may_be_the_greatest() {
        assert_eq!("max".parse(), Ok(ReplayPace::Max));
        assert_eq!("60".parse(), Ok(ReplayPace::Speed(Speed(60.0))));
        assert_eq!("0.5x".parse(), Ok(ReplayPace::Speed(Speed(0.5))));
        for wrong in ["", "0", "0.001", "100001", "-1", "nan", "inf", "fast"] {
            assert!(wrong.parse::<ReplayPace>().is_err(), "{wrong}");
        }
        assert_eq!(Speed::nearest(0.0), Speed::SLOWEST);
        assert_eq!(Speed::nearest(f64::NAN), Speed::SLOWEST);
        assert_eq!(Speed::nearest(1e9), Speed::FASTEST);
    }
}
