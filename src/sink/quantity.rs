//! Quantities as they are written on the command line: `5%`, `20ms..80ms`, `500/s`, `1MiB`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

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

/// A share of all requests, 0 to 1; written `5%` or `0.05`.
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
        const WANTED: &str = "a share from 0% to 100%, such as 5% or 0.05";
        let (number, scale) = match text.strip_suffix('%') {
            Some(number) => (number, 100.0),
            None => (text, 1.0),
        };
        let value = number.trim().parse::<f64>().map_err(|_| wrong(text, WANTED))? / scale;
        Self::new(value).ok_or_else(|| wrong(text, WANTED))
    }
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
        const WANTED: &str =
            "a duration or a range of two, the smaller one first, such as 50ms or 20ms..80ms";
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        let duration = |part| parse_duration(part).ok_or_else(|| wrong(text, WANTED));
        let range = Self { low: duration(low)?, high: duration(high)? };
        if range.low <= range.high { Ok(range) } else { Err(wrong(text, WANTED)) }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number * seconds).ok()
}

/// The number at the front of `text`, and what follows it.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

/// So many a second, above 0; written `500/s` or `30/min`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// So many a second, or `None` if that is not a positive number.
    pub fn per_second(value: f64) -> Option<Self> {
        (value > 0.0 && value.is_finite()).then_some(Self(value))
    }

    /// So many a second.
    pub fn as_per_second(self) -> f64 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = ParseQuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a rate above 0, such as 500/s or 30/min";
        let rate = split_unit(text).and_then(|(number, unit)| match unit {
            "/s" => Self::per_second(number),
            "/m" | "/min" => Self::per_second(number / 60.0),
            "/h" => Self::per_second(number / 3_600.0),
            _ => None,
        });
        rate.ok_or_else(|| wrong(text, WANTED))
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
        const WANTED: &str = "a size from 1 byte to 1 TiB, such as 64KiB, 1MiB or 1000";
        let size = split_unit(text).and_then(|(number, unit)| {
            let factor = match unit.to_ascii_lowercase().as_str() {
                "" | "b" => 1.0,
                "kb" => 1e3,
                "k" | "kib" => 1_024.0,
                "mb" => 1e6,
                "m" | "mib" => 1_048_576.0,
                "gb" => 1e9,
                "g" | "gib" => 1_073_741_824.0,
                _ => return None,
            };
            let bytes = number * factor;
            (1.0..=1_099_511_627_776.0).contains(&bytes).then_some(Self(bytes as usize))
        });
        size.ok_or_else(|| wrong(text, WANTED))
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
    fn shares_are_percentages_or_fractions() {
        assert_eq!("5%".parse(), Ok(Share(0.05)));
        assert_eq!("0.25".parse(), Ok(Share(0.25)));
        assert_eq!("100%".parse(), Ok(Share(1.0)));
        for text in ["5", "101%", "-1%", "NaN", "%", "", "x%", "inf%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_units_and_ranges_an_order() {
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
    fn rates_and_sizes_are_positive() {
        assert_eq!("500/s".parse(), Ok(Rate(500.0)));
        assert_eq!("30/min".parse(), Ok(Rate(0.5)));
        for text in ["500", "0/s", "/s", "-1/s", "1/day"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
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
