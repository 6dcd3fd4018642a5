//! Rows of tables with the cells marked that differ.

use std::collections::BTreeMap;

use serde::Serialize;

use event_simulator::expectations::tables::Shape;

use super::finding::FindingKind;
use super::table::Row;

/// Rows that are kept of a table.
const KEPT: usize = 20;

/// The first rows of a table that are not as they should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarkedTable {
    /// The table.
    pub table: &'static str,
    /// The names of the key columns.
    pub keys: &'static [&'static str],
    /// The names of the other columns that the table has.
    pub columns: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<MarkedRow>,
    /// The number of further rows that differ.
    pub more: u64,
}

/// A row that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarkedRow {
    /// What is wrong with it.
    pub state: FindingKind,
    /// The values of the key columns.
    pub key: Vec<String>,
    /// The values of the other columns.
    pub cells: Vec<MarkedCell>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MarkedCell {
    /// It is as it should be.
    Same(String),
    /// It is not.
    Differs {
        /// The value that it should have; empty for none.
        expected: String,
        /// The value that it has; empty for none.
        actual: String,
    },
}

/// Rows by their keys, each with its place.
type KeyedRows<'r> = BTreeMap<Vec<String>, Vec<(u64, &'r Row)>>;

impl MarkedTable {
    /// The first rows that differ, in the order of keys.
    pub(super) fn of(
        shape: &'static Shape,
        columns: Vec<&'static str>,
        [expected, actual]: [&KeyedRows<'_>; 2],
        differs: impl Fn(&'static str, &Row, &Row) -> bool,
    ) -> Self {
        let mut table =
            Self { table: shape.name, keys: shape.keys, columns, rows: Vec::new(), more: 0 };
        for (key, rows) in expected {
            let row = rows[0].1;
            let Some(others) = actual.get(key) else {
                table.add(FindingKind::Missing, key, |column| {
                    MarkedCell::Same(row.cell(column).to_owned())
                });
                continue;
            };
            let other = others[0].1;
            if table.columns.iter().any(|column| differs(column, row, other)) {
                table.add(FindingKind::Altered, key, |column| {
                    let (expected, actual) =
                        (row.cell(column).to_owned(), other.cell(column).to_owned());
                    if differs(column, row, other) {
                        MarkedCell::Differs { expected, actual }
                    } else {
                        MarkedCell::Same(actual)
                    }
                });
            }
        }
        for (key, rows) in actual {
            let is_expected = expected.contains_key(key);
            let state = if is_expected { FindingKind::Duplicated } else { FindingKind::Unexpected };
            for (_, row) in &rows[usize::from(is_expected)..] {
                table.add(state, key, |column| MarkedCell::Same(row.cell(column).to_owned()));
            }
        }
        table
    }

    /// The table with no more rows than so many.
    pub(crate) fn cut(&self, rows: usize) -> Self {
        let kept = self.rows.len().min(rows);
        let more = self.more + (self.rows.len() - kept) as u64;
        Self { rows: self.rows[..kept].to_vec(), more, ..self.clone() }
    }

    fn add(
        &mut self,
        state: FindingKind,
        key: &[String],
        cell: impl Fn(&'static str) -> MarkedCell,
    ) {
        if self.rows.len() >= KEPT {
            self.more += 1;
            return;
        }
        let cells = self.columns.iter().map(|column| cell(column)).collect();
        self.rows.push(MarkedRow { state, key: key.to_vec(), cells });
    }
}
