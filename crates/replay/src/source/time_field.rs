//! The time field: reading it in the forms that are about, and writing it in the same form.

use event_simulator::time::{EpochUnit, TimeForm, VirtualTime, WrittenTime};
use event_simulator::wire::scan;
use serde_json::json;

/// A text of digits is a number since the epoch if it has so many: seconds from 1973 on.
const LEAST_DIGITS: usize = 9;

/// The time that a raw JSON value stands for: a date and time of day in any form, or a number since the
/// epoch, which may stand in quotes.
pub(crate) fn read(value: &[u8]) -> Result<VirtualTime, String> {
    scan::time(value).or_else(|error| match written(value) {
        Some(written) => Ok(written.time),
        None if value.first() == Some(&b'"') => Err(error.to_string()),
        None => Err(format!("{} is not a time", shown(value))),
    })
}

fn written(value: &[u8]) -> Option<WrittenTime> {
    if value.first() != Some(&b'"') {
        return WrittenTime::of_number(std::str::from_utf8(value).ok()?);
    }
    let text = scan::text(value).ok()?;
    let is_number = || text.bytes().take_while(u8::is_ascii_digit).count() >= LEAST_DIGITS;
    WrittenTime::of_text(&text)
        .or_else(|| is_number().then(|| WrittenTime::of_number(&text)).flatten())
}

/// The time as a raw JSON value, in the form and unit that `old` has; the error is a form that cannot
/// say this time.
pub(crate) fn in_form_of(old: &[u8], time: VirtualTime) -> Result<String, String> {
    let is_text = old.first() == Some(&b'"');
    let Some(WrittenTime { form, .. }) = written(old) else {
        return Err(format!("{} has no form in which another time can be written", shown(old)));
    };
    let value = match &form {
        _ if is_text => json!(form.write(time)).to_string(),
        // A number with a point stays one, also where nothing stands behind it.
        TimeForm::SinceEpoch { unit: EpochUnit::Seconds, .. } if has_point(old) => {
            TimeForm::SinceEpoch { unit: EpochUnit::Seconds, has_fraction: true }.write(time)
        }
        _ if has_point(old) => form.write(time) + ".0",
        _ => form.write(time),
    };
    match written(value.as_bytes()) {
        Some(again) if is_same(&again.form, &form) => Ok(value),
        _ => Err(format!("{time} cannot be written in the form of {}", shown(old))),
    }
}

fn has_point(number: &[u8]) -> bool {
    number.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

/// True if two forms differ in no more than decimals.
fn is_same(a: &TimeForm, b: &TimeForm) -> bool {
    match (a, b) {
        (TimeForm::SinceEpoch { unit, .. }, TimeForm::SinceEpoch { unit: other, .. }) => {
            unit == other
        }
        (
            TimeForm::DateTime { separator, offset, .. },
            TimeForm::DateTime { separator: other_separator, offset: other_offset, .. },
        ) => (separator, offset) == (other_separator, other_offset),
        _ => a == b,
    }
}

/// The beginning of a value, which may be of any length.
fn shown(value: &[u8]) -> String {
    const SHOWN_BYTES: usize = 100;
    let end = value.len().min(SHOWN_BYTES);
    let dots = if end < value.len() { "..." } else { "" };
    format!("{}{dots}", String::from_utf8_lossy(&value[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(value: &str) -> Option<u64> {
        read(value.as_bytes()).ok().map(VirtualTime::as_millis)
    }

    #[test]
    fn times_are_read_in_the_forms_that_are_about() {
        for value in [
            "\"2026-01-01T12:00:00Z\"",
            "\"2026-01-01T14:00:00+02:00\"",
            "\"2026-01-01 12:00:00\"",
            "1767268800",
            "1767268800.0",
            "1767268800000",
            "1767268800000000",
            "\"1767268800000\"",
            "\"1767268800000000\"",
            "\"2026-01-01 12:00:00.000000 UTC\"",
        ] {
            assert_eq!(millis(value), Some(1_767_268_800_000), "{value}");
        }
        for value in ["null", "true", "\"\"", "\"tomorrow\"", "\"7\"", "-5", "1e300", "{}"] {
            assert_eq!(millis(value), None, "{value}");
        }
    }

    #[test]
    fn a_time_is_written_in_the_form_that_it_had() {
        for (old, expected) in [
            ("\"2020-01-01T00:00:00Z\"", "\"2026-01-01T12:00:00.250Z\""),
            ("1577836800", "1767268800"),
            ("1577836800.5", "1767268800.250"),
            ("1577836800.0", "1767268800.250"),
            ("1577836800000.0", "1767268800250.0"),
            ("1.5778368e9", "1767268800.250"),
            ("1577836800000", "1767268800250"),
            ("\"1577836800000000\"", "\"1767268800250000\""),
            ("\"2020-01-01 00:00:00.000000 UTC\"", "\"2026-01-01 12:00:00.250000 UTC\""),
        ] {
            let time = VirtualTime::from_millis(1_767_268_800_250).unwrap();
            assert_eq!(in_form_of(old.as_bytes(), time).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_time_that_its_form_cannot_say_is_refused() {
        let last = VirtualTime::MAX;
        for (old, is_written) in [
            ("\"2020-01-01T00:00:00Z\"", true),
            ("\"2020-01-01T00:00:00+02:00\"", false),
            ("1577836800000", false),
            ("1577836800", false),
            ("null", false),
            ("\"soon\"", false),
        ] {
            assert_eq!(in_form_of(old.as_bytes(), last).is_ok(), is_written, "{old}");
        }
    }
}
