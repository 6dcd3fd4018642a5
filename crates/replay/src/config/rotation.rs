//! When a file ends and the next one begins.

use std::str::FromStr;
use std::time::Duration;

use event_simulator::quantity::{ByteSize, parse_duration};

/// The rule by which a file ends and the next one begins. No line is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Before the line by which it would be larger than so many bytes.
    Bytes(u64),
    /// So long after its first line, by the machine's clock.
    Time(Duration),
}

impl FromStr for Rotation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = parse_duration(text).ok().filter(|time| !time.is_zero()).map(Self::Time);
        let has_unit = !text.ends_with(|last: char| last.is_ascii_digit());
        let bytes = text.parse::<ByteSize>().ok().filter(|_| has_unit);
        let bytes = bytes.map(|size| Self::Bytes(size.as_bytes() as u64));
        time.or(bytes).ok_or_else(|| {
            format!("{text:?} is neither a size such as 100MB nor a time such as 5m")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_is_by_size_or_by_time() {
        assert_eq!("5m".parse(), Ok(Rotation::Time(Duration::from_secs(300))));
        assert_eq!("100MB".parse(), Ok(Rotation::Bytes(100_000_000)));
        assert_eq!("64KiB".parse(), Ok(Rotation::Bytes(65_536)));
        for text in ["", "0s", "0MB", "5", "m", "five"] {
            assert!(text.parse::<Rotation>().is_err(), "{text}");
        }
    }
}
