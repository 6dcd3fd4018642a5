//! Tables from CSV files.

use serde_json::{Map, Number, Value};

use super::exact_number::ExactNumber;

/// The most rows of a table.
pub(super) const MOST_ROWS: usize = 100_000;

/// The type of a column: the narrowest that all of its cells have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ColumnType {
    Boolean,
    Integer,
    Decimal,
    Text,
}

/// The rows of a CSV file with a header, as objects. A column whose cells are all whole numbers, numbers, or true
/// and false has such values, any other one texts; what is empty is null.
///
/// # Errors
/// What is wrong with it, with the line.
pub(super) fn read_table(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().map_err(|error| wrong(&error))?.clone();
    let names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}')).collect();
    for (at, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(format!("line 1: column {} has no name", at + 1));
        }
        if names[..at].contains(name) {
            return Err(format!("line 1: two columns are called `{name}`"));
        }
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        rows.push(row.map_err(|error| wrong(&error))?);
        if rows.len() > MOST_ROWS {
            return Err(format!("more than {MOST_ROWS} rows"));
        }
    }
    if rows.is_empty() {
        return Err("there are no rows below the header".to_owned());
    }
    let types: Vec<ColumnType> =
        (0..names.len()).map(|column| type_of(rows.iter().map(|row| &row[column]))).collect();
    let object = |row: &csv::StringRecord| {
        let cells = names.iter().zip(row).zip(&types);
        let member = |((name, cell), column): ((&&str, &str), &ColumnType)| {
            ((*name).to_owned(), value(cell, *column))
        };
        Value::Object(cells.map(member).collect::<Map<_, _>>())
    };
    Ok(rows.iter().map(object).collect())
}

fn wrong(error: &csv::Error) -> String {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line}: {len} cells, where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => format!("line {line}: not UTF-8; save the file as UTF-8"),
        _ => format!("line {line}: {error}"),
    }
}

fn type_of<'c>(cells: impl Iterator<Item = &'c str>) -> ColumnType {
    let mut all: Option<ColumnType> = None;
    for cell in cells.filter(|cell| !cell.is_empty()) {
        let own = match cell {
            "true" | "false" => ColumnType::Boolean,
            cell if cell.parse::<i64>().is_ok_and(|number| number.to_string() == cell) => {
                ColumnType::Integer
            }
            cell if decimal(cell).is_some() => ColumnType::Decimal,
            _ => ColumnType::Text,
        };
        all = Some(match all {
            None => own,
            Some(all) if all == own => own,
            Some(ColumnType::Integer | ColumnType::Decimal)
                if matches!(own, ColumnType::Integer | ColumnType::Decimal) =>
            {
                ColumnType::Decimal
            }
            Some(_) => ColumnType::Text,
        });
        if all == Some(ColumnType::Decimal) && decimal(cell).is_none() {
            return ColumnType::Text;
        }
    }
    all.unwrap_or(ColumnType::Text)
}

fn value(cell: &str, column: ColumnType) -> Value {
    match column {
        _ if cell.is_empty() => Value::Null,
        ColumnType::Boolean => Value::from(cell == "true"),
        ColumnType::Integer => cell.parse::<i64>().map_or(Value::Null, Value::from),
        ColumnType::Decimal => decimal(cell).map_or(Value::Null, Value::Number),
        ColumnType::Text => Value::from(cell),
    }
}

/// The number of a text without needless zeros before it that JSON writes exactly.
fn decimal(cell: &str) -> Option<Number> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let exact = ExactNumber::parse(cell.as_bytes())?;
    if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") {
        return None;
    }
    let number = match cell.parse().ok()? {
        // As YAML and JSON write it.
        whole if f64::trunc(whole).total_cmp(&whole).is_eq() => Number::from(whole as i64),
        number => Number::from_f64(number)?,
    };
    let written = ExactNumber::parse(number.to_string().as_bytes())?;
    written.compare(exact).is_some_and(std::cmp::Ordering::is_eq).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_have_types() {
        let text = "sku,price,stock,active,zip,mixed,empty\n\
                    A1,9.50,3,true,01234,1,\n\
                    \"B,2\",24,-1,false,99999,x,\n\
                    ,0.125,,,,,\n";
        let rows = read_table(text.as_bytes()).unwrap();
        assert_eq!(
            Value::from(rows).to_string(),
            json!([
                { "sku": "A1", "price": 9.5, "stock": 3, "active": true, "zip": "01234", "mixed": "1", "empty": null },
                { "sku": "B,2", "price": 24, "stock": -1, "active": false, "zip": "99999", "mixed": "x", "empty": null },
                { "sku": null, "price": 0.125, "stock": null, "active": null, "zip": null, "mixed": null, "empty": null },
            ])
            .to_string()
        );
    }

    #[test]
    fn numbers_that_json_cannot_write_exactly_are_texts() {
        for cell in
            ["0.1234567890123456789", "1.5e3", "99999999999999999999", "0.00000001", "+1", "1."]
        {
            let rows = read_table(format!("a\n{cell}\n").as_bytes()).unwrap();
            assert_eq!(rows, [json!({ "a": cell })]);
        }
        let rows = read_table(b"a\n1.5\n99999999999999999\n").unwrap();
        assert_eq!(rows[0], json!({ "a": "1.5" }));
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        for (text, message) in [
            (b"".as_slice(), "there are no rows below the header"),
            (b"a,b\n", "there are no rows below the header"),
            (b"a,b\n1,2\n3\n", "line 3: 1 cells, where the header has 2"),
            (b"a,a\n1,2\n", "line 1: two columns are called `a`"),
            (b"a,\n1,2\n", "line 1: column 2 has no name"),
            (b"a\n1\n\xff\n", "line 3: not UTF-8; save the file as UTF-8"),
        ] {
            assert_eq!(read_table(text), Err(message.to_owned()), "{text:?}");
        }
    }
}
