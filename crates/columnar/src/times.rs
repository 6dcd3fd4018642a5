//! Times as JSON.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::temporal::DateTimePrinter;

use event_simulator::time::VirtualTime;

use super::texts::write_text;

const NANOS: i128 = 1_000_000_000;

/// Writes a time in UTC, with as many digits after the second as it needs, 3 at least. A time beyond the years that
/// have four digits is written as its number.
pub(crate) fn write_time(at: i64, per_second: i64, out: &mut Vec<u8>) {
    let millis = match per_second {
        1 => at.checked_mul(1_000),
        1_000 => Some(at),
        finer => (at % (finer / 1_000) == 0).then(|| at / (finer / 1_000)),
    };
    let time = millis.and_then(|millis| VirtualTime::from_millis(u64::try_from(millis).ok()?));
    if let Some(time) = time {
        out.push(b'"');
        out.extend_from_slice(&time.text());
        return out.push(b'"');
    }
    let nanos = i128::from(at) * (NANOS / i128::from(per_second));
    let digits = match nanos {
        nanos if nanos % (NANOS / 1_000) == 0 => 3,
        nanos if nanos % 1_000 == 0 => 6,
        _ => 9,
    };
    let mut text = String::new();
    let printer = DateTimePrinter::new().precision(Some(digits));
    match Timestamp::from_nanosecond(nanos) {
        Ok(time) if printer.print_timestamp(&time, &mut text).is_ok() => write_text(&text, out),
        _ => out.extend_from_slice(at.to_string().as_bytes()),
    }
}

/// Writes the date so many days after that of the epoch.
pub(crate) fn write_date(days: i64, out: &mut Vec<u8>) {
    let days = jiff::Span::new().try_days(days);
    match days.and_then(|days| Date::constant(1970, 1, 1).checked_add(days)) {
        Ok(date) => write_text(&date.to_string(), out),
        Err(_) => out.extend_from_slice(b"null"),
    }
}

/// Writes the time so long after midnight.
pub(crate) fn write_time_of_day(at: i64, per_second: i64, out: &mut Vec<u8>) {
    let (seconds, fraction) = (at.div_euclid(per_second), at.rem_euclid(per_second));
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let mut text = format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if fraction > 0 {
        let width = per_second.ilog10() as usize;
        let _ = write!(text, ".{fraction:0width$}");
    }
    write_text(&text, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_of_any_unit_are_written_alike() {
        for (at, per_second, text) in [
            (1_767_225_600, 1, "\"2026-01-01T00:00:00.000Z\""),
            (1_767_225_600_046, 1_000, "\"2026-01-01T00:00:00.046Z\""),
            (1_767_225_600_046_000, 1_000_000, "\"2026-01-01T00:00:00.046Z\""),
            (1_767_225_600_046_001, 1_000_000, "\"2026-01-01T00:00:00.046001Z\""),
            (1_767_225_600_000_000_001, 1_000_000_000, "\"2026-01-01T00:00:00.000000001Z\""),
            (-1, 1_000, "\"1969-12-31T23:59:59.999Z\""),
            (i64::MAX, 1, "9223372036854775807"),
        ] {
            assert_eq!(written(|out| write_time(at, per_second, out)), text);
        }
    }

    #[test]
    fn dates_and_times_of_day_are_written_as_in_iso_8601() {
        assert_eq!(written(|out| write_date(20_783, out)), "\"2026-11-26\"");
        assert_eq!(written(|out| write_date(-1, out)), "\"1969-12-31\"");
        assert_eq!(written(|out| write_date(i64::MAX, out)), "null");
        assert_eq!(written(|out| write_time_of_day(3_723_004, 1_000, out)), "\"01:02:03.004\"");
        assert_eq!(written(|out| write_time_of_day(59, 1, out)), "\"00:00:59\"");
    }
}
