//! Times as others write them: one reader for every form that is about.

use std::str::FromStr;

use smol_str::SmolStr;

use super::parser::Parser;
use super::virtual_time::{MILLIS_PER_SECOND, ParseTimeError, TEXT_LEN, VirtualTime};

/// A time, and the form in which it was written.
///
/// ```
/// use event_simulator::time::WrittenTime;
///
/// let of_bigquery = WrittenTime::of_text("2026-01-01 12:00:00.250000 UTC").unwrap();
/// assert_eq!(of_bigquery.time.to_string(), "2026-01-01T12:00:00.250Z");
/// let later = of_bigquery.time.checked_add_millis(1_000).unwrap();
/// assert_eq!(of_bigquery.form.write(later), "2026-01-01 12:00:01.250000 UTC");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenTime {
    /// The time. Anything finer than a millisecond is cut off.
    pub time: VirtualTime,
    /// The form.
    pub form: TimeForm,
}

/// A way to write a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// `2026-01-01`, the midnight of which is meant.
    Date,
    /// A date and a time of day, as in RFC 3339 and as databases print it.
    DateTime {
        /// The byte between date and time of day: `T`, `t` or a space.
        separator: u8,
        /// Digits of the fraction of a second.
        decimals: u8,
        /// Seconds by which the clock that is shown is ahead of UTC.
        offset_seconds: i32,
        /// The offset as it was written: `Z`, ` UTC`, `+02:00`, ...; empty for none, which means UTC.
        offset: SmolStr,
    },
    /// A number since 1970-01-01T00:00:00Z.
    SinceEpoch {
        /// The unit of the number.
        unit: EpochUnit,
        /// True for a number with a fraction.
        has_fraction: bool,
    },
}

/// The unit of a number since the epoch. It is told by the size of the number, so that each reaches
/// from 1973 (seconds: from 1970) to the year 5138.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochUnit {
    /// Below 10^11.
    Seconds,
    /// Below 10^14.
    Millis,
    /// Below 10^17.
    Micros,
    /// From there on.
    Nanos,
}

impl WrittenTime {
    /// The time of a text: RFC 3339, or as Postgres, DuckDB, Spark, pandas, `BigQuery`, Snowflake, Trino
    /// and SQL Server print it. `T` or a space stands before the time of day; `Z`, `UTC`, an offset or
    /// nothing, which means UTC, behind it. A date alone is its midnight.
    pub fn of_text(text: &str) -> Option<Self> {
        let mut parser = Parser(text.as_bytes());
        let midnight_seconds = parser.date()? * 86_400;
        if parser.0.is_empty() {
            let time = time_of(midnight_seconds, 0)?;
            return Some(Self { time, form: TimeForm::Date });
        }
        let separator = parser.take_any(b"Tt ")?;
        let (second_of_day, millis, decimals) = parser.time_of_day()?;
        let offset = SmolStr::new(text.get(text.len() - parser.0.len()..)?);
        let offset_seconds = parser.offset()?;
        let seconds = midnight_seconds + second_of_day - i64::from(offset_seconds);
        let form = TimeForm::DateTime { separator, decimals, offset_seconds, offset };
        Some(Self { time: time_of(seconds, millis)?, form })
    }

    /// The time of a number: seconds, milliseconds, microseconds or nanoseconds since the epoch.
    pub fn of_number(text: &str) -> Option<Self> {
        let (millis, unit, has_fraction) = if let Ok(count) = text.parse::<u64>() {
            let unit = EpochUnit::of(count as f64);
            (unit.millis(count), unit, false)
        } else {
            let count: f64 = text.parse().ok()?;
            let unit = EpochUnit::of(count);
            let millis = (count * unit.seconds() * 1e3).round();
            if !(0.0..=VirtualTime::MAX.as_millis() as f64).contains(&millis) {
                return None;
            }
            (millis as u64, unit, count.fract() != 0.0)
        };
        let time = VirtualTime::from_millis(millis)?;
        Some(Self { time, form: TimeForm::SinceEpoch { unit, has_fraction } })
    }

    /// True if the text says how far its clock is from UTC.
    pub(super) fn has_offset(&self) -> bool {
        matches!(&self.form, TimeForm::DateTime { offset, .. } if !offset.is_empty())
    }
}

impl TimeForm {
    /// A time in this form; to the millisecond also where the form had fewer decimals.
    pub fn write(&self, time: VirtualTime) -> String {
        match self {
            Self::Date => time.date(),
            Self::DateTime { separator, decimals, offset_seconds, offset } => {
                let local = time
                    .as_millis()
                    .checked_add_signed(i64::from(*offset_seconds) * MILLIS_PER_SECOND as i64)
                    .and_then(VirtualTime::from_millis);
                // On the first and the last day of all, the clock of an offset has no such time.
                let Some(local) = local else { return time.to_string() };
                let (text, separator) = (local.to_string(), char::from(*separator));
                let (date, time_of_day) = (&text[..10], &text[11..TEXT_LEN - 1]);
                let zeros = "0".repeat(usize::from(*decimals).saturating_sub(3));
                format!("{date}{separator}{time_of_day}{zeros}{offset}")
            }
            Self::SinceEpoch { unit, has_fraction } => {
                let millis = time.as_millis();
                match unit {
                    EpochUnit::Seconds if *has_fraction => {
                        format!("{}.{:03}", millis / MILLIS_PER_SECOND, millis % MILLIS_PER_SECOND)
                    }
                    EpochUnit::Seconds => (millis / MILLIS_PER_SECOND).to_string(),
                    EpochUnit::Millis => millis.to_string(),
                    EpochUnit::Micros => format!("{millis}000"),
                    EpochUnit::Nanos => format!("{millis}000000"),
                }
            }
        }
    }
}

impl EpochUnit {
    fn of(count: f64) -> Self {
        match count {
            ..1e11 => Self::Seconds,
            ..1e14 => Self::Millis,
            ..1e17 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    const fn seconds(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Millis => 1e-3,
            Self::Micros => 1e-6,
            Self::Nanos => 1e-9,
        }
    }

    const fn millis(self, count: u64) -> u64 {
        match self {
            Self::Seconds => count * MILLIS_PER_SECOND,
            Self::Millis => count,
            Self::Micros => count / 1_000,
            Self::Nanos => count / 1_000_000,
        }
    }
}

fn time_of(seconds_since_epoch: i64, millis: u64) -> Option<VirtualTime> {
    let seconds = u64::try_from(seconds_since_epoch).ok()?;
    VirtualTime::from_millis(seconds * MILLIS_PER_SECOND + millis)
}

impl FromStr for VirtualTime {
    type Err = ParseTimeError;

    /// Reads RFC 3339 with any offset, also as databases write it, such as `2026-01-01 00:00:00 UTC`.
    /// Digits beyond the millisecond are cut off.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> Option<String> {
        WrittenTime::of_text(text).map(|written| written.time.to_string())
    }

    #[test]
    fn texts_are_read_as_databases_print_them() {
        for written in [
            "2026-01-01T12:00:00.120Z",
            "2026-01-01t12:00:00.12z",
            "2026-01-01 12:00:00.12+00",
            "2026-01-01 12:00:00.120000+00:00",
            "2026-01-01 12:00:00.12",
            "2026-01-01T13:00:00.120+0100",
            "2026-01-01 06:30:00.1209-05:30",
            "2026-01-01 12:00:00.120 UTC",
            "2026-01-01 12:00:00.120 Z",
            "2026-01-01 12:00:00.120 +0000",
            "2026-01-01 12:00:00.1200000 +00:00",
            "2026/01/01 12:00:00,12",
            "20260101T120000.120Z",
            "2026-01-01T13:00:00.12+01:00[Europe/Berlin]",
        ] {
            assert_eq!(text(written).as_deref(), Some("2026-01-01T12:00:00.120Z"), "{written}");
        }
        for (written, expected) in [
            ("2026-01-01", "2026-01-01T00:00:00.000Z"),
            ("20260101", "2026-01-01T00:00:00.000Z"),
            ("2026-01-01T12", "2026-01-01T12:00:00.000Z"),
            ("2026-01-01 12:34", "2026-01-01T12:34:00.000Z"),
            ("2026-06-30T23:59:60Z", "2026-06-30T23:59:59.000Z"),
            ("1969-12-31T23:00:00-02:00", "1970-01-01T01:00:00.000Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
            ("9999-12-31 23:59:59.999999 UTC", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(text(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for other in [
            "",
            "soon",
            "2026",
            "2026-01",
            "2026-01/01",
            "2026-02-29",
            "2026-13-01",
            "0000-01-01",
            "2026-01-01T",
            "2026-01-01T24:00:00",
            "2026-01-01T12:",
            "2026-01-01T12:60",
            "2026-01-01T12:00:61",
            "2026-01-01T12:00:00.",
            "2026-01-01T12:00:00 ",
            "2026-01-01T12:00:00 Berlin",
            "2026-01-01T12:00:00+",
            "2026-01-01T12:00:00+24:00",
            "2026-01-01T12:00:00+01:",
            "2026-01-01T12:00:00Z Z",
            "2026-01-01T12:00:00Z]",
            "9999-12-31T23:59:59-01:00",
            "1970-01-01T00:00:00+01:00",
            "+002026-01-01T12:00:00Z",
        ] {
            assert_eq!(text(other), None, "{other}");
        }
    }

    #[test]
    fn the_unit_of_a_number_is_told_by_its_size() {
        for (number, millis) in [
            ("0", 0),
            ("1767268800", 1_767_268_800_000),
            ("1767268800.0", 1_767_268_800_000),
            ("1767268800.25", 1_767_268_800_250),
            ("1.7672688e9", 1_767_268_800_000),
            ("1767268800250", 1_767_268_800_250),
            ("1767268800250.4", 1_767_268_800_250),
            ("1767268800250999", 1_767_268_800_250),
            ("1767268800250999999", 1_767_268_800_250),
        ] {
            let time = WrittenTime::of_number(number).map(|written| written.time.as_millis());
            assert_eq!(time, Some(millis), "{number}");
        }
        for other in ["", "-5", "1e300", "inf", "nan", "true", "18446744073709551616000"] {
            assert_eq!(WrittenTime::of_number(other), None, "{other}");
        }
    }

    #[test]
    fn another_time_is_written_in_the_same_form() {
        let time = VirtualTime::from_millis(1_767_268_800_250).unwrap();
        for (old, new) in [
            ("2020-01-01T00:00:00Z", "2026-01-01T12:00:00.250Z"),
            ("2020-01-01T00:00:00+02:00", "2026-01-01T14:00:00.250+02:00"),
            ("2020-01-01 00:00:00.000000", "2026-01-01 12:00:00.250000"),
            ("2020-01-01 00:00:00.5 UTC", "2026-01-01 12:00:00.250 UTC"),
            ("2020-01-01 00:00:00.0000000 -05:30", "2026-01-01 06:30:00.2500000 -05:30"),
            ("2020-01-01", "2026-01-01"),
        ] {
            assert_eq!(WrittenTime::of_text(old).unwrap().form.write(time), new, "{old}");
        }
        for (old, new) in [
            ("1577836800", "1767268800"),
            ("1577836800.5", "1767268800.250"),
            ("1577836800000", "1767268800250"),
            ("1577836800000000", "1767268800250000"),
            ("1577836800000000000", "1767268800250000000"),
        ] {
            assert_eq!(WrittenTime::of_number(old).unwrap().form.write(time), new, "{old}");
        }
        let ahead = WrittenTime::of_text("2020-01-01T00:00:00+02:00").unwrap().form;
        assert_eq!(ahead.write(VirtualTime::MAX), VirtualTime::MAX.to_string());
    }

    proptest! {
        #[test]
        fn a_text_with_an_offset_agrees_with_jiff(
            text in "(1969|1970|2[0-9]{3}|9999)-(0[1-9]|1[0-2])-(0[1-9]|[123][0-9])[T ]\
                     [012][0-9]:[0-6][0-9](:[0-6][0-9]([.][0-9]{1,9})?)?(Z|[+-][01][0-9](:?[0-5][0-9])?)"
        ) {
            let jiff: Option<jiff::Timestamp> = text.parse().ok();
            let expected = jiff
                .and_then(|jiff| u64::try_from(jiff.as_millisecond()).ok())
                .and_then(VirtualTime::from_millis);
            let found = WrittenTime::of_text(&text).map(|written| written.time);
            // jiff's times end a day before ours.
            prop_assert!(found == expected || expected.is_none() && text.starts_with("9999-12-3"));
        }

        #[test]
        fn what_is_written_is_read_again_in_the_same_form(
            millis in 86_400_000..VirtualTime::MAX.as_millis() - 86_400_000,
            form in prop::sample::select(vec![
                "2020-01-01T00:00:00.000Z", "2020-01-01 00:00:00.000000 UTC", "2020-01-01t00:00:00.123+0530",
            ]),
        ) {
            let time = VirtualTime::from_millis(millis).unwrap();
            let form = WrittenTime::of_text(form).unwrap().form;
            let again = WrittenTime::of_text(&form.write(time));
            prop_assert_eq!(again, Some(WrittenTime { time, form }));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String, soup in "[0-9T:. +\\-Z\\[\\]]{0,30}") {
            for text in [text, soup] {
                let _ = (WrittenTime::of_text(&text), WrittenTime::of_number(&text));
            }
        }
    }
}
