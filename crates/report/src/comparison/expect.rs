//! The true tables of several timelines, or under several policies.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::numbers::{NumberRow, by_name};
use crate::picture::Form;
use crate::recorded::RecordedResult;

/// Rows of a table that are shown.
const MOST_SHOWN: usize = 20;

/// Several results of `expect` beside each other.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ExpectComparison {
    names: Vec<String>,
    /// Rows of each table.
    rows: Vec<NumberRow>,
    /// By table: the rows that are not the same in the first and the last.
    differing: BTreeMap<String, DifferingRows>,
}

/// The rows of a table that only the first or only the last has.
#[derive(Clone, Debug, Default, Serialize)]
struct DifferingRows {
    count: usize,
    /// The first of them, each with the name of the result that has it.
    first: Vec<Value>,
}

impl ExpectComparison {
    pub(super) fn of(results: &[&RecordedResult]) -> Self {
        let counts = |result: &Value| {
            let tables = result["tables"].as_object().into_iter().flatten();
            let count = |rows: &Value| rows.as_array().map_or(0, Vec::len) as f64;
            tables.map(|(name, rows)| (name.clone(), count(rows))).collect()
        };
        let differing = match results {
            [first, .., last] => differing(first, last),
            _ => BTreeMap::new(),
        };
        let rows = by_name(results, Form::Count, counts);
        Self { names: super::names(results), rows, differing }
    }
}

fn differing(first: &RecordedResult, last: &RecordedResult) -> BTreeMap<String, DifferingRows> {
    let tables = |result: &RecordedResult| -> Vec<(String, Vec<String>)> {
        let tables = result.value["tables"].as_object().into_iter().flatten();
        let texts = |rows: &Value| -> Vec<String> {
            rows.as_array().into_iter().flatten().map(Value::to_string).collect()
        };
        tables.map(|(name, rows)| (name.clone(), texts(rows))).collect()
    };
    let mut differing: BTreeMap<String, DifferingRows> = BTreeMap::new();
    let (of_first, of_last) = (tables(first), tables(last));
    for (own, others, result) in [(&of_first, &of_last, first), (&of_last, &of_first, last)] {
        for (table, rows) in own {
            let others = others.iter().find(|(name, _)| name == table);
            let others: BTreeSet<&String> = others.into_iter().flat_map(|(_, rows)| rows).collect();
            let only = rows.iter().filter(|row| !others.contains(row));
            let of_table = differing.entry(table.clone()).or_default();
            for row in only {
                of_table.count += 1;
                if let Ok(Value::Object(row)) = serde_json::from_str(row) {
                    let of = ("only in".to_owned(), Value::from(result.name.clone()));
                    let row = std::iter::once(of).chain(row).collect();
                    of_table.first.push(Value::Object(row));
                }
            }
        }
    }
    differing.retain(|_, rows| rows.count > 0);
    for rows in differing.values_mut() {
        // A row that is changed stands below what it was: texts, and the first number, are its key.
        rows.first.sort_by_cached_key(|row| {
            let cells = || row.as_object().into_iter().flatten().skip(1).map(|(_, cell)| cell);
            let texts: Vec<String> =
                cells().filter(|cell| cell.is_string()).map(Value::to_string).collect();
            (texts, cells().find_map(Value::as_u64))
        });
        rows.first.truncate(MOST_SHOWN);
    }
    differing
}
