//! Cells as Postgres, DuckDB, Spark and pandas write them.

/// Whether a cell says that there is no value.
pub fn is_null(cell: &str) -> bool {
    let nulls = ["", "\\N", "null", "none", "nan", "nat", "<na>", "n/a", "na"];
    nulls.iter().any(|null| cell.trim().eq_ignore_ascii_case(null))
}

/// The number in a cell; none for what is not a finite number.
pub fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A key's cell in one form: a date as `2026-01-01` whether it was written as a date, a timestamp or the
/// milliseconds of its midnight; a whole number without decimals; anything else as it stands.
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

fn date(cell: &str) -> Option<String> {
    let digits: String = cell.chars().take_while(char::is_ascii_digit).collect();
    let shape: String =
        cell.chars().take(11).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match shape.as_str() {
        "0000-00-00" | "0000/00/00" | "0000-00-00 " | "0000-00-00T" => {
            Some(cell.get(..10)?.replace('/', "-"))
        }
        "00000000" => Some(format!("{}-{}-{}", cell.get(..4)?, cell.get(4..6)?, cell.get(6..8)?)),
        _ if digits.len() == cell.len() => {
            let time = event_simulator::VirtualTime::from_millis(cell.parse().ok()?)?;
            (time == time.start_of_day() && time > event_simulator::VirtualTime::MIN)
                .then(|| time.date())
        }
        _ => None,
    }
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
            "1767225600000",
        ] {
            assert_eq!(key("date", cell), "2026-01-01", "{cell}");
        }
        assert_eq!(key("date", "yesterday"), "yesterday");
    }

    #[test]
    fn nulls_and_numbers_are_read_in_every_form() {
        for cell in ["", "NULL", "\\N", "NaN", "None", "<NA>"] {
            assert!(is_null(cell), "{cell}");
        }
        for cell in ["1500", "1500.0", " 1500.000000 ", "1.5e3", "1.5E+3", "+1500"] {
            assert_eq!(number(cell), Some(1_500.0), "{cell}");
        }
        assert_eq!(number("inf"), None);
    }
}
