//! The rows of a table in JSON: an array of objects, or objects one after the other.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A row, or what stands in the place of one.
#[derive(Debug)]
pub(super) enum JsonRow {
    /// The names and texts of its cells; of numbers every digit.
    Cells(Vec<(String, String)>),
    /// A line that is no object.
    Bad { line: u64, reason: String, text: String },
}

/// The members of an object in their order, also those with one name.
struct RowCells(Vec<(String, String)>);

impl<'de> Deserialize<'de> for RowCells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowCellsVisitor)
    }
}

struct RowCellsVisitor;

impl<'de> Visitor<'de> for RowCellsVisitor {
    type Value = RowCells;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row as a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RowCells, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            members.push((name, cell(value.get())));
        }
        Ok(RowCells(members))
    }
}

/// A value as the text of a cell.
fn cell(raw: &str) -> String {
    if raw == "null" {
        return String::new();
    }
    serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned())
}

/// The rows of a text. A line that is no object is told, if others are.
///
/// # Errors
///
/// The reason why there are no rows in it.
pub(super) fn json_rows(text: &str) -> Result<Vec<JsonRow>, String> {
    let text = quoted_numbers(text);
    let trimmed = text.trim_start();
    let rows = |members: Vec<RowCells>| members.into_iter().map(|m| JsonRow::Cells(m.0)).collect();
    if trimmed.starts_with('[') {
        return serde_json::from_str(trimmed).map(rows).map_err(|error| error.to_string());
    }
    let values = serde_json::Deserializer::from_str(trimmed).into_iter::<RowCells>();
    match values.collect::<Result<Vec<_>, _>>() {
        Ok(members) => Ok(rows(members)),
        Err(error) => by_line(&text).ok_or_else(|| error.to_string()),
    }
}

fn by_line(text: &str) -> Option<Vec<JsonRow>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let row = |(line, text): (u64, &str)| match serde_json::from_str::<RowCells>(text) {
        Ok(members) => JsonRow::Cells(members.0),
        Err(error) => JsonRow::Bad { line, reason: error.to_string(), text: text.to_owned() },
    };
    let rows: Vec<JsonRow> = lines.map(row).collect();
    rows.iter().any(|row| matches!(row, JsonRow::Cells(_))).then_some(rows)
}

/// The words that Python, pandas and others write for numbers that JSON has none for.
const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// The text with those words as strings.
fn quoted_numbers(text: &str) -> Cow<'_, str> {
    if !WORDS.iter().any(|word| text.contains(word)) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_in_string = false;
    while let Some(first) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !is_in_string && rest.starts_with(**word));
        let length = match (word, first) {
            (Some(word), _) => {
                quoted.extend(["\"", word, "\""]);
                rest = &rest[word.len()..];
                continue;
            }
            (None, '\\') if is_in_string => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            (None, '"') => {
                is_in_string = !is_in_string;
                1
            }
            _ => first.len_utf8(),
        };
        quoted.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<String> {
        let rows = json_rows(text).unwrap();
        let shown = |row: &JsonRow| match row {
            JsonRow::Cells(cells) => {
                let cells: Vec<String> = cells.iter().map(|(n, c)| format!("{n}={c}")).collect();
                cells.join(" ")
            }
            JsonRow::Bad { line, .. } => format!("line {line} is bad"),
        };
        rows.iter().map(shown).collect()
    }

    #[test]
    fn numbers_keep_their_digits_and_no_numbers_are_texts() {
        let text = r#"[{"a": 9007199254740993123, "b": NaN, "c": "NaN \" NaN", "a": -Infinity}]"#;
        assert_eq!(cells(text), [r#"a=9007199254740993123 b=NaN c=NaN " NaN a=-Infinity"#]);
    }

    #[test]
    fn torn_lines_are_told() {
        assert_eq!(cells("{\"a\":1}\n{\"a\":"), ["a=1", "line 2 is bad"]);
        assert_eq!(cells("{\"a\":1,\n \"b\":null}"), ["a=1 b="]);
        assert!(json_rows("{\"a\":").is_err());
    }
}
