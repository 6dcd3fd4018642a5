//! The time field: reading it in the forms that are about, and writing it in the same form.

use std::borrow::Cow;

use event_simulator::time::VirtualTime;
use event_simulator::wire::scan;

/// Numbers from here on are milliseconds since the epoch, below it seconds: 1973 in the one, the
/// year 5138 in the other.
const FIRST_MILLIS: f64 = 1e11;

/// The time that a raw JSON value stands for: RFC 3339, a date and time without an offset (taken as
/// UTC), or seconds or milliseconds since the epoch.
pub(crate) fn read(value: &[u8]) -> Result<VirtualTime, String> {
    if value.first() != Some(&b'"') {
        return number(value)
            .map(|number| if number >= FIRST_MILLIS { number } else { number * 1e3 })
            .filter(|millis| *millis >= 0.0)
            .and_then(|millis| VirtualTime::from_millis(millis.round() as u64))
            .ok_or_else(|| format!("{} is not a time", String::from_utf8_lossy(value)));
    }
    scan::time(value).or_else(|error| {
        let text: Cow<'_, str> = scan::text(value).map_err(|error| error.to_string())?;
        VirtualTime::parse_or_utc(&text).map_err(|_| error.to_string())
    })
}

fn number(value: &[u8]) -> Option<f64> {
    std::str::from_utf8(value).ok()?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The time as a raw JSON value, in the form that `old` has: a text, or a number of seconds or
/// milliseconds.
pub(crate) fn in_form_of(old: &[u8], time: VirtualTime) -> String {
    let millis = time.as_millis();
    match number(old) {
        Some(old) if old >= FIRST_MILLIS => millis.to_string(),
        Some(old) if old.fract() == 0.0 => (millis / 1_000).to_string(),
        Some(_) => format!("{}.{:03}", millis / 1_000, millis % 1_000),
        None => format!("\"{time}\""),
    }
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
        ] {
            assert_eq!(millis(value), Some(1_767_268_800_000), "{value}");
        }
        for value in ["null", "true", "\"\"", "\"tomorrow\"", "-5", "1e300", "{}"] {
            assert_eq!(millis(value), None, "{value}");
        }
    }

    #[test]
    fn a_time_is_written_in_the_form_that_it_had() {
        for (old, expected) in [
            ("\"2020-01-01T00:00:00Z\"", "\"2026-01-01T12:00:00.250Z\""),
            ("1577836800", "1767268800"),
            ("1577836800.5", "1767268800.250"),
            ("1577836800000", "1767268800250"),
        ] {
            let time = VirtualTime::from_millis(1_767_268_800_250).unwrap();
            assert_eq!(in_form_of(old.as_bytes(), time), expected);
        }
    }
}
