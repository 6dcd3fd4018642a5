//! Quantities as people write them: `1h30m`, `20ms..80ms`, `500/s`, `5%`, `64MiB`.
//!
//! The same text means the same in every flag and in a scenario. What people read is written by `show_...` and [`grouped`], everywhere alike.

mod shown;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use shown::{
    counted, grouped, show_bytes, show_decimal, show_duration, show_rate, show_seconds,
};

/// A text that is not the quantity it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct ParseQuantityError {
    text: String,
    wanted: &'static str,
}

fn wrong(text: &str, wanted: &'static str) -> ParseQuantityError {
    ParseQuantityError { text: text.to_owned(), wanted }
}

const DURATION_UNITS: [(&str, f64); 8] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("min", 60.0),
    ("h", 3_600.0),
    ("d", 86_400.0),
];

/// A century: long enough for any wait, short enough to be added to any instant.
const MAX_SECONDS: f64 = 100.0 * 365.25 * 86_400.0;

/// Reads `50ms`, `10m`, `1h30m` or `2.5s`. The units are ns, us, ms, s, m or min, h, and d of 24 hours.
///
/// ```
/// use std::time::Duration;
/// use event_simulator::quantity::parse_duration;
///
/// assert_eq!(parse_duration("1m30s")?, Duration::from_secs(90));
/// assert!(parse_duration("90").is_err(), "a unit is needed");
/// # Ok::<(), event_simulator::quantity::ParseQuantityError>(())
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, ParseQuantityError> {
    let error = || wrong(text, "a duration such as 50ms, 5s, 10m or 1h30m");
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(error());
    }
    while !rest.is_empty() {
        let (number, after_number) = split_number(rest);
        let (unit, after_unit) = split_where(after_number, |c| !c.is_ascii_alphabetic());
        let number: f64 = number.parse().map_err(|_| error())?;
        let (_, scale) = DURATION_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
        seconds += number * scale;
        rest = after_unit;
    }
    if seconds <= MAX_SECONDS { Ok(Duration::from_secs_f64(seconds)) } else { Err(error()) }
}

/// The digits at the front of `text`, and what follows them.
fn split_number(text: &str) -> (&str, &str) {
    split_where(text, |c| !c.is_ascii_digit() && c != '.')
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// From one duration to another, both included; written `20ms..80ms`, or `50ms` for just that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationRange {
    /// The shortest.
    pub low: Duration,
    /// The longest; never below `low`.
    pub high: Duration,
}

impl FromStr for DurationRange {
    type Err = ParseQuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || {
            wrong(
                text,
                "a duration or a range of two, the smaller one first, such as 50ms or 20ms..80ms",
            )
        };
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        let duration = |part| parse_duration(part).map_err(|_| error());
        let range = Self { low: duration(low)?, high: duration(high)? };
        if range.low <= range.high { Ok(range) } else { Err(error()) }
    }
}

/// So many a second, from one in thirty years; written `500/s`, `30/min`, `100/h`, or `500` for a second.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// One in thirty years: the time between two must be a duration.
    const MIN_PER_SECOND: f64 = 1e-9;
    /// More than can be measured.
    const MAX_PER_SECOND: f64 = 1e9;

    /// So many a second, or `None` if that is not from a billionth to a billion.
    pub fn per_second(value: f64) -> Option<Self> {
        (Self::MIN_PER_SECOND..=Self::MAX_PER_SECOND).contains(&value).then_some(Self(value))
    }

    /// So many a second.
    pub fn as_per_second(self) -> f64 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = ParseQuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a rate such as 500/s or 30/min, from 1e-9/s to 1e9/s");
        let (number, unit) = text.trim().split_once('/').unwrap_or((text.trim(), "s"));
        let number: f64 = number.trim().parse().map_err(|_| error())?;
        let seconds = match unit.trim() {
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            _ => return Err(error()),
        };
        Self::per_second(number / seconds).ok_or_else(error)
    }
}

/// A part of a whole, 0 to 1; written `5%` or `0.05`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// The share `value`, or `None` outside 0 to 1.
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// As a number from 0 to 1.
    pub fn as_f64(self) -> f64 {
        self.0
    }

    /// Half of it.
    #[must_use]
    pub fn half(self) -> Self {
        Self(self.0 / 2.0)
    }
}

impl FromStr for Share {
    type Err = ParseQuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a share from 0% to 100%, such as 5% or 0.05");
        let (number, scale) = match text.strip_suffix('%') {
            Some(number) => (number, 100.0),
            None => (text, 1.0),
        };
        let value = number.trim().parse::<f64>().map_err(|_| error())? / scale;
        Self::new(value).ok_or_else(error)
    }
}

/// A number of bytes, at least 1; written `1MiB`, `64KiB`, `1MB` or `1000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(usize);

impl ByteSize {
    /// So many bytes.
    pub const fn bytes(count: usize) -> Self {
        Self(count)
    }

    /// So many times 1,048,576 bytes.
    pub const fn mebibytes(count: usize) -> Self {
        Self(count << 20)
    }

    /// The number of bytes.
    pub const fn as_bytes(self) -> usize {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = ParseQuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || wrong(text, "a size from 1 byte to 1 TiB, such as 64KiB, 1MiB or 1000");
        let (number, unit) = split_number(text.trim());
        let number: f64 = number.parse().map_err(|_| error())?;
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "kb" => 1e3,
            "k" | "kib" => 1_024.0,
            "mb" => 1e6,
            "m" | "mib" => 1_048_576.0,
            "gb" => 1e9,
            "g" | "gib" => 1_073_741_824.0,
            _ => return Err(error()),
        };
        let bytes = number * factor;
        let is_possible = (1.0..=1_099_511_627_776.0).contains(&bytes);
        if is_possible { Ok(Self(bytes as usize)) } else { Err(error()) }
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.0 > 0 && self.0.trailing_zeros() >= shift {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        assert_eq!(parse_duration("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_duration("0.5s"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("2min"), Ok(Duration::from_secs(120)));
        assert_eq!(parse_duration("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in ["", "5", "s", "5 s", "-5s", "5x", "1e9s", "9999999h", "1.2.3s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_of_durations_have_an_order() {
        let range = |low, high| DurationRange {
            low: Duration::from_millis(low),
            high: Duration::from_millis(high),
        };
        assert_eq!("20ms..80ms".parse(), Ok(range(20, 80)));
        assert_eq!("1.5s".parse(), Ok(range(1_500, 1_500)));
        assert_eq!("1m..1h".parse(), Ok(range(60_000, 3_600_000)));
        for text in [
            "80ms..20ms",
            "20",
            "20..80ms",
            "-1s",
            "1e9s",
            "ms",
            "",
            "..",
            "99999999999999999999999h",
        ] {
            assert!(text.parse::<DurationRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_so_many_a_second() {
        assert_eq!("2000/s".parse(), Ok(Rate(2_000.0)));
        assert_eq!("30/m".parse(), Ok(Rate(0.5)));
        assert_eq!("30/min".parse(), Ok(Rate(0.5)));
        assert_eq!("7".parse(), Ok(Rate(7.0)));
        for text in
            ["", "0", "0/s", "-1/s", "1e-30/s", "nan", "inf", "5/d", "1/day", "/s", "1000000001"]
        {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_percentages_or_fractions() {
        assert_eq!("5%".parse(), Ok(Share(0.05)));
        assert_eq!("0.25".parse(), Ok(Share(0.25)));
        assert_eq!("100%".parse(), Ok(Share(1.0)));
        for text in ["5", "101%", "-1%", "NaN", "%", "", "x%", "inf%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_positive() {
        assert_eq!("1MiB".parse(), Ok(ByteSize::mebibytes(1)));
        assert_eq!("1kb".parse(), Ok(ByteSize(1_000)));
        for text in ["0", "1XB", "-1", "9999999GiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
        assert_eq!(ByteSize::mebibytes(64).to_string(), "64MiB");
    }

    #[test]
    fn errors_say_what_is_wanted() {
        let error = "5".parse::<Share>().unwrap_err();
        let expected = r#""5" is not a share from 0% to 100%, such as 5% or 0.05"#;
        assert_eq!(error.to_string(), expected);
    }
}
