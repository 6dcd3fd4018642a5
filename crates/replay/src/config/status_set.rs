//! Status codes that mean delivered.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A set of status codes: `2xx`, `200,201`, `2xx,409`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet {
    ranges: Vec<RangeInclusive<u16>>,
}

impl Default for StatusSet {
    fn default() -> Self {
        Self { ranges: vec![200..=299] }
    }
}

impl StatusSet {
    /// True if `status` is one of them.
    pub fn contains(&self, status: u16) -> bool {
        self.ranges.iter().any(|range| range.contains(&status))
    }
}

impl FromStr for StatusSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ranges: Option<Vec<_>> = text.split(',').map(|part| range(part.trim())).collect();
        ranges
            .map(|ranges| Self { ranges })
            .ok_or_else(|| format!("{text:?} is not a list of statuses such as 2xx or 200,201,409"))
    }
}

fn range(part: &str) -> Option<RangeInclusive<u16>> {
    if let Some(hundreds) = part.strip_suffix("xx") {
        let hundreds: u16 = hundreds.parse().ok().filter(|hundreds| (1..=5).contains(hundreds))?;
        return Some(hundreds * 100..=hundreds * 100 + 99);
    }
    let status: u16 = part.parse().ok().filter(|status| (100..=599).contains(status))?;
    Some(status..=status)
}

impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, range) in self.ranges.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            if range.start() == range.end() {
                write!(f, "{comma}{}", range.start())?;
            } else {
                write!(f, "{comma}{}xx", range.start() / 100)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_listed_or_taken_by_the_hundred() {
        let set: StatusSet = "2xx, 409".parse().unwrap();
        for (status, is_in) in [(199, false), (200, true), (299, true), (300, false), (409, true)] {
            assert_eq!(set.contains(status), is_in, "{status}");
        }
        assert_eq!(set.to_string(), "2xx,409");
        for wrong in
            ["", "xx", "0xx", "6xx", "658xx", "659xx", "36000xx", "99", "600", "2xx,", "-1"]
        {
            assert!(wrong.parse::<StatusSet>().is_err(), "{wrong}");
        }
    }
}
