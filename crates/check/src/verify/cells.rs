//! Cells as Postgres, DuckDB, Spark and pandas write them.

use event_simulator::time::{VirtualTime, WrittenTime};

/// The number in a cell; none for what is not a finite number.
pub fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A key's cell in one form: a date as `2026-01-01` whether it was written as a date or as the moment
/// of its midnight; a whole number without decimals; anything else as it stands.
///
/// ```
/// use event_simulator_check::verify::cells::key;
///
/// assert_eq!(key("date", "2026-01-01 00:00:00+00"), "2026-01-01");
/// assert_eq!(key("hour", "07.0"), "7");
/// assert_eq!(key("page_path", "/07.0"), "/07.0");
/// ```
pub fn key(column: &str, cell: &str) -> String {
    let cell = cell.trim();
    match column {
        "date" => date(cell).unwrap_or_else(|| cell.to_owned()),
        "hour" | "step" => {
            number(cell).map_or_else(|| cell.to_owned(), |number| number.to_string())
        }
        _ => cell.to_owned(),
    }
}

/// The date of a cell, be it a date or the moment of its midnight (UTC).
fn date(cell: &str) -> Option<String> {
    let number = || WrittenTime::of_number(cell).filter(|number| number.time > VirtualTime::MIN);
    let time = WrittenTime::of_text(cell).or_else(number)?.time;
    (time == time.start_of_day()).then(|| time.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_the_same_in_every_form() {
        for cell in [
            "2026-01-01",
            "2026/01/01",
            "20260101",
            " 2026-01-01T00:00:00.000Z",
            "2026-01-01 00:00:00",
            "2026-01-01 00:00:00 UTC",
            "2025-12-31 19:00:00-05",
            "1767225600000",
            "1767225600000000",
        ] {
            assert_eq!(key("date", cell), "2026-01-01", "{cell}");
        }
    }

    #[test]
    fn a_moment_that_is_no_midnight_is_no_date() {
        for cell in [
            "2026-01-01 12:34:56",
            "2026-01-01T23:59:59.999Z",
            "2026-01-01 00:00:00+02",
            "yesterday",
            "7",
        ] {
            assert_eq!(key("date", cell), cell);
        }
    }

    #[test]
    fn numbers_are_keys_without_decimals() {
        assert_eq!((key("hour", "07"), key("step", "2.0")), ("7".to_owned(), "2".to_owned()));
    }

    #[test]
    fn numbers_are_read_in_every_form() {
        for cell in ["1500", "1500.0", " 1500.000000 ", "1.5e3", "1.5E+3", "+1500"] {
            assert_eq!(number(cell), Some(1_500.0), "{cell}");
        }
        assert_eq!(number("inf"), None);
    }
}
