//! Virtual time: the simulated clock, in whole milliseconds.

mod parser;
mod written;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use written::{EpochUnit, TimeForm, WrittenTime};

/// A point on the simulated clock: whole milliseconds since the Unix epoch.
///
/// It is never read from the machine's clock. Its range is 1970-01-01 to 9999-12-31, so that every
/// value has a four-digit year in [RFC 3339] and fits the 48 bits of a version 7 UUID.
///
/// ```
/// use event_simulator::VirtualTime;
///
/// let noon: VirtualTime = "2026-01-01T13:00:00+01:00".parse()?;
/// assert_eq!(noon.to_string(), "2026-01-01T12:00:00.000Z");
/// assert_eq!(noon.as_millis(), 1_767_268_800_000);
/// # Ok::<(), event_simulator::ParseTimeError>(())
/// ```
///
/// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualTime(u64);

/// A text that is not a time this program can represent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time between 1970 and 9999 in RFC 3339, such as 2026-01-01T00:00:00Z")]
pub struct ParseTimeError {
    text: String,
}

const MILLIS_PER_SECOND: u64 = 1_000;
const MILLIS_PER_DAY: u64 = 86_400 * MILLIS_PER_SECOND;

/// Length of [`VirtualTime`]'s text: `2026-01-01T00:00:00.000Z`.
pub(crate) const TEXT_LEN: usize = 24;

impl VirtualTime {
    /// 1970-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(0);
    /// 9999-12-31T23:59:59.999Z, the end of virtual time.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The time `millis` milliseconds after the Unix epoch, or `None` past [`Self::MAX`].
    pub const fn from_millis(millis: u64) -> Option<Self> {
        if millis <= Self::MAX.0 { Some(Self(millis)) } else { None }
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This time plus `millis` milliseconds, or `None` past [`Self::MAX`].
    pub const fn checked_add_millis(self, millis: u64) -> Option<Self> {
        match self.0.checked_add(millis) {
            Some(sum) => Self::from_millis(sum),
            None => None,
        }
    }

    /// Milliseconds from `earlier` to this time; 0 if `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Midnight (UTC) of this time's day.
    #[must_use]
    pub const fn start_of_day(self) -> Self {
        Self(self.0 - self.0 % MILLIS_PER_DAY)
    }

    /// Hour of the day (UTC), 0 to 23.
    pub const fn hour(self) -> u8 {
        (self.0 % MILLIS_PER_DAY / (3_600 * MILLIS_PER_SECOND)) as u8
    }

    /// The date (UTC) as `2026-01-01`.
    pub fn date(self) -> String {
        self.text()[..10].iter().map(|&b| char::from(b)).collect()
    }

    /// The time of a text exactly as [`Self::text`] writes it; `None` for any other.
    pub(crate) fn from_text(text: &[u8]) -> Option<Self> {
        let text: &[u8; TEXT_LEN] = text.try_into().ok()?;
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.')];
        if text[23] != b'Z' || separators.iter().any(|&(at, byte)| text[at] != byte) {
            return None;
        }
        let year = get_two(text, 0)? * 100 + get_two(text, 2)?;
        let (month, day) = (get_two(text, 5)?, get_two(text, 8)?);
        let (hour, minute, second) = (get_two(text, 11)?, get_two(text, 14)?, get_two(text, 17)?);
        let millis = get_two(text, 20)? * 10 + u64::from(digit(text[22])?);
        let is_time_of_day = hour < 24 && minute < 60 && second < 60;
        let is_date = year >= 1970
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        if !is_date || !is_time_of_day {
            return None;
        }
        let days = days_before(year, month, day) as u64;
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
        Self::from_millis(seconds * MILLIS_PER_SECOND + millis)
    }

    /// The RFC 3339 text with three decimals and `Z`.
    pub(crate) fn text(self) -> [u8; TEXT_LEN] {
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let (year, month, day) = civil_date(self.0 / MILLIS_PER_DAY);
        let millis = self.0 % MILLIS_PER_DAY;
        let seconds = millis / MILLIS_PER_SECOND;
        put_two(&mut text, 0, year / 100);
        put_two(&mut text, 2, year % 100);
        put_two(&mut text, 5, month);
        put_two(&mut text, 8, day);
        put_two(&mut text, 11, seconds / 3_600);
        put_two(&mut text, 14, seconds / 60 % 60);
        put_two(&mut text, 17, seconds % 60);
        let fraction = millis % MILLIS_PER_SECOND;
        put_two(&mut text, 20, fraction / 10);
        text[22] = b'0' + (fraction % 10) as u8;
        text
    }
}

fn put_two(text: &mut [u8; TEXT_LEN], at: usize, value: u64) {
    text[at] = b'0' + (value / 10) as u8;
    text[at + 1] = b'0' + (value % 10) as u8;
}

fn get_two(text: &[u8; TEXT_LEN], at: usize) -> Option<u64> {
    Some(u64::from(digit(text[at])? * 10 + digit(text[at + 1])?))
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date from the year 1 on, in the proleptic Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
const fn days_before(year: u64, month: u64, day: u64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let year_of_era = year % 400;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (year / 400 * 146_097 + day_of_era) as i64 - 719_468
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
const fn civil_date(days_since_epoch: u64) -> (u64, u64, u64) {
    let days = days_since_epoch + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

impl fmt::Display for VirtualTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.text()))
    }
}

impl FromStr for VirtualTime {
    type Err = ParseTimeError;

    /// Reads RFC 3339 with any offset; digits beyond the millisecond are cut off.
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        if let Some(time) = Self::from_text(text.as_bytes()) {
            return Ok(time);
        }
        match WrittenTime::of_text(text) {
            Some(written) if written.has_offset() => Ok(written.time),
            _ => Err(ParseTimeError { text: text.to_owned() }),
        }
    }
}

impl Serialize for VirtualTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VirtualTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_time_have_four_digit_years() {
        assert_eq!(VirtualTime::MIN.to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(VirtualTime::MAX.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(VirtualTime::from_millis(VirtualTime::MAX.0 + 1), None);
    }

    #[test]
    fn a_leap_day_is_written_and_read() {
        let text = "2028-02-29T23:59:59.999Z";
        assert_eq!(text.parse::<VirtualTime>().unwrap().to_string(), text);
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in ["", "now", "2026-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "2026-01-01"] {
            assert!(text.parse::<VirtualTime>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_agrees_with_jiff_and_reads_back(millis in 0..=VirtualTime::MAX.0) {
            let time = VirtualTime(millis);
            let jiff = jiff::Timestamp::from_millisecond(millis as i64).unwrap();
            prop_assert_eq!(time.to_string(), format!("{jiff:.3}"));
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            prop_assert_eq!(VirtualTime::from_text(&time.text()), Some(time));
        }

        #[test]
        fn the_short_way_to_read_a_time_agrees_with_jiff(
            text in "(19[67]|20[02])[0-9]-[01][0-9]-[0-3][0-9]T[012][0-9]:[0-6][0-9]:[0-6][0-9][.][0-9]{3}Z"
        ) {
            if let Some(time) = VirtualTime::from_text(text.as_bytes()) {
                let jiff: jiff::Timestamp = text.parse().unwrap();
                prop_assert_eq!(jiff.as_millisecond(), time.0 as i64);
            } else {
                let jiff: Option<jiff::Timestamp> = text.parse().ok();
                let is_leap_second = text[17..].starts_with("60");
                prop_assert!(is_leap_second || jiff.is_none_or(|jiff| jiff.as_second() < 0));
            }
        }
    }
}
