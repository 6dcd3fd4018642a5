//! Virtual time as a number of milliseconds, and its own text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::calendar::{civil_date, days_before, is_date};

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
    pub(super) text: String,
}

pub(super) const MILLIS_PER_SECOND: u64 = 1_000;
pub(crate) const MILLIS_PER_DAY: u64 = 86_400 * MILLIS_PER_SECOND;

/// Length of [`VirtualTime`]'s text: `2026-01-01T00:00:00.000Z`.
pub const TEXT_LEN: usize = 24;

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

    /// Whole days since the Unix epoch.
    #[inline]
    pub const fn day(self) -> u64 {
        self.as_millis() / MILLIS_PER_DAY
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

    /// The time of a text in its own form, `2026-01-01T00:00:00.000Z`; `None` for any other.
    pub fn from_text(text: &[u8]) -> Option<Self> {
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
        if year < 1970 || !is_date(year, month, day) || !is_time_of_day {
            return None;
        }
        let days = days_before(year, month, day).cast_unsigned();
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
        Self::from_millis(seconds * MILLIS_PER_SECOND + millis)
    }

    /// The RFC 3339 text with three decimals and `Z`.
    pub fn text(self) -> [u8; TEXT_LEN] {
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

impl fmt::Display for VirtualTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.text()))
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
    use crate::time::WrittenTime;
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
        for text in [
            "",
            "now",
            "2026-02-30T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00Z",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+1",
            "2026-01-01T00:00:00+00:00:00",
            "2026-01-01T00:00:00 CET",
            "2026-01-01T00:00:00ZZ",
            " 2026-01-01T00:00:00Z",
        ] {
            assert!(text.parse::<VirtualTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_in_the_forms_that_databases_write() {
        for text in [
            "2026-01-01T12:00:00Z",
            "2026-01-01t12:00:00z",
            "2026-01-01T12:00Z",
            "2026-01-01 12:00:00.000 UTC",
            "2026-01-01 12:00:00 Z",
            "2026-01-01 12:00:00+00",
            "2026-01-01 14:00:00.000 +0200",
            "2026-01-01 06:30:00.0000000 -05:30",
            "2025-12-31T23:59:00-12:01",
        ] {
            let time: VirtualTime = text.parse().unwrap();
            assert_eq!(time.to_string(), "2026-01-01T12:00:00.000Z", "{text}");
            assert_eq!(WrittenTime::of_text(text).unwrap().time, time);
        }
        for text in ["2026-01-01T12:00:00", "2026-01-01 12:00", "2026-01-01 12:00:00,0009"] {
            let time = WrittenTime::of_text(text).unwrap().time;
            assert_eq!(time.to_string(), "2026-01-01T12:00:00.000Z", "{text}");
        }
    }

    #[test]
    fn the_last_second_is_read_in_every_form() {
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.0Z", "9999-12-31 23:59:59 UTC"] {
            assert!(text.parse::<VirtualTime>().is_ok(), "{text}");
        }
        assert_eq!("9999-12-31T23:59:59.999999Z".parse(), Ok(VirtualTime::MAX));
        assert_eq!("1969-12-31T23:00:00-01:00".parse(), Ok(VirtualTime::MIN));
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
        fn times_with_offsets_agree_with_jiff(
            text in "(19[67]|2[0-9]{2})[0-9]-[01][0-9]-[0-3][0-9][Tt ][012][0-9]:[0-6][0-9](:[0-6][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-][01][0-9](:?[0-6][0-9])?)"
        ) {
            let jiff: Option<jiff::Timestamp> = text.parse().ok();
            let jiff = jiff.and_then(|time| u64::try_from(time.as_millisecond()).ok());
            let found: Option<VirtualTime> = text.parse().ok();
            prop_assert_eq!(found.map(VirtualTime::as_millis), jiff);
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
