//! Cells as Postgres, DuckDB, Spark and pandas write them.

use event_simulator::time::{VirtualTime, WrittenTime};

/// The number in a cell; none for what is not a finite number.
pub fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// The number in a cell that is written for people, and how.
pub(super) fn number_for_people(cell: &str) -> Option<(f64, &'static str)> {
    let cell = cell.trim();
    if let Some(percent) = cell.strip_suffix('%') {
        return Some((number(percent)?, "with a percent sign"));
    }
    let (whole, rest) = cell.split_once('.').map_or((cell, ""), |(whole, rest)| (whole, rest));
    let mut groups = whole.trim_start_matches('-').split(',');
    let is_led = groups.next().is_some_and(|first| (1..=3).contains(&first.len()));
    if is_led && whole.contains(',') && groups.all(|group| group.len() == 3) {
        let plain = format!("{}.{rest}", whole.replace(',', ""));
        return Some((number(&plain)?, "with commas between thousands"));
    }
    Some((number(&cell.replacen(',', ".", 1))?, "with a decimal comma"))
}

/// The whole number in a cell, by its digits: numbers that no double can tell apart are apart.
pub(super) fn whole_number(cell: &str) -> Option<i128> {
    let (digits, decimals) = cell.trim().split_once('.').unwrap_or((cell.trim(), ""));
    decimals.bytes().all(|byte| byte == b'0').then(|| digits.parse().ok()).flatten()
}

/// A key's cell in one form: a date as `2026-01-01` whether it was written as a date or as the moment
/// of its midnight (UTC); a moment in UTC; a whole number without decimals; anything else as it stands, white space included.
///
/// ```
/// use event_simulator_check::verify::cells::key;
///
/// assert_eq!(key("date", "2026-01-01 00:00:00+00"), "2026-01-01");
/// assert_eq!(key("hour", "07.0"), "7");
/// assert_eq!(key("page_path", "/07.0"), "/07.0");
/// ```
pub fn key(column: &str, cell: &str) -> String {
    let form = match column {
        "date" | "cohort" => date(cell.trim()),
        "window_start" => WrittenTime::of_text(cell.trim()).map(|written| written.time.to_string()),
        "hour" | "step" => whole_number(cell)
            .map(|number| number.to_string())
            .or_else(|| number(cell).map(|number| number.to_string())),
        _ => None,
    };
    form.unwrap_or_else(|| cell.to_owned())
}

/// True for two cells that say the same although they are no numbers: the same text, moment, flag or JSON.
pub(super) fn is_same_text(cell: &str, other: &str) -> bool {
    let (cell, other) = (cell.trim(), other.trim());
    if cell == other {
        return true;
    }
    let moment = |cell| WrittenTime::of_text(cell).map(|written| written.time);
    let flag = |cell: &str| match cell.to_ascii_lowercase().as_str() {
        "true" | "t" => Some(true),
        "false" | "f" => Some(false),
        _ => None,
    };
    let json = |cell: &str| {
        let is_nested = cell.starts_with(['{', '[']);
        is_nested.then(|| serde_json::from_str::<serde_json::Value>(cell).ok()).flatten()
    };
    let are_same_moment = moment(cell).is_some_and(|time| moment(other) == Some(time));
    let are_same_flag = flag(cell).is_some_and(|known| flag(other) == Some(known));
    let are_same_json = || json(cell).is_some_and(|known| json(other) == Some(known));
    are_same_moment || are_same_flag || are_same_json()
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
    fn windows_begin_at_the_same_moment_in_every_form() {
        for cell in
            ["2026-01-01T00:05:00.000Z", "2026-01-01 00:05:00+00", "2026-01-01T01:05:00+01:00"]
        {
            assert_eq!(key("window_start", cell), "2026-01-01T00:05:00.000Z", "{cell}");
        }
        assert_eq!(key("window_start", ""), "");
    }

    #[test]
    fn texts_are_the_same_in_every_form() {
        for (cell, other) in [
            ("/cart", " /cart"),
            ("2026-01-01T00:00:00.500Z", "2026-01-01 01:00:00.5+01"),
            ("true", "True"),
            (r#"{"a":1,"b":[2]}"#, r#"{ "b": [2], "a": 1 }"#),
        ] {
            assert!(is_same_text(cell, other), "{cell}");
        }
        for (cell, other) in [("/cart", "/Cart"), ("true", "false"), ("{", "{}"), ("a", "b")] {
            assert!(!is_same_text(cell, other), "{cell}");
        }
    }

    #[test]
    fn numbers_are_keys_without_decimals() {
        assert_eq!((key("hour", "07"), key("step", "2.0")), ("7".to_owned(), "2".to_owned()));
    }

    #[test]
    fn white_space_in_a_text_counts() {
        assert_eq!(key("page_path", "/about "), "/about ");
        assert_eq!(key("date", "2026-01-01 "), "2026-01-01");
    }

    #[test]
    fn whole_numbers_keep_their_digits() {
        for (cell, number) in [("9007199254740993", 9_007_199_254_740_993), ("+7.00", 7), ("-0", 0)]
        {
            assert_eq!(whole_number(cell), Some(number), "{cell}");
        }
        for cell in ["", ".", "1.5", "1e3", "NaN", "0x10"] {
            assert_eq!(whole_number(cell), None, "{cell}");
        }
        assert_eq!(key("step", "9007199254740993.0"), "9007199254740993");
    }

    #[test]
    fn numbers_for_people_are_known() {
        for (cell, found) in [
            ("12.5%", 12.5),
            ("1,234", 1_234.0),
            ("-1,234,567.5", -1_234_567.5),
            ("19,9353", 19.9353),
            ("1234,5", 1_234.5),
        ] {
            assert_eq!(number_for_people(cell).map(|(number, _)| number), Some(found), "{cell}");
        }
        for cell in ["", "%", "abc", "1,2,3", "1,23.4"] {
            assert_eq!(number_for_people(cell), None, "{cell}");
        }
    }

    #[test]
    fn numbers_are_read_in_every_form() {
        for cell in ["1500", "1500.0", " 1500.000000 ", "1.5e3", "1.5E+3", "+1500"] {
            assert_eq!(number(cell), Some(1_500.0), "{cell}");
        }
        assert_eq!(number("inf"), None);
    }
}
