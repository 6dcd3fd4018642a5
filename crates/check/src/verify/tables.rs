//! Computed tables against expected ones.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use event_simulator::expectations::tables::{SHAPES, Shape};

use crate::delimited::is_null;

use super::cells::number;
use super::error::TableError;
use super::finding::{Details, FindingKind};
use super::report::{Findings, Report, Subject};
use super::table::{Row, Table};
use super::table_causes::TableCauses;
use super::tolerance::Tolerances;

/// Compares the tables of two directories.
///
/// A table is `NAME.csv`, `.tsv`, `.json`, `.jsonl` or `.ndjson`, plain or compressed, or a directory
/// `NAME` of such files. Rows may come in any order, columns too; columns that the expectations do not
/// have are ignored.
///
/// # Errors
///
/// [`TableError`]. A table or column that the actual side lacks is a finding, not an error.
pub fn verify_tables(
    expected: &Path,
    actual: &Path,
    tolerances: &Tolerances,
    mut findings: Findings<'_>,
) -> Result<Report, TableError> {
    let mut causes = TableCauses::default();
    let (mut tables, mut rows) = (0, 0);
    for shape in &SHAPES {
        let Some(ours) = Table::find(expected, shape)? else { continue };
        tables += 1;
        rows += ours.rows.len();
        let comparison = TableComparison { shape, tolerances };
        match Table::find(actual, shape)? {
            Some(theirs) => comparison.compare(&ours, &theirs, &mut findings, &mut causes),
            None => findings.add(FindingKind::Missing, 0, || Details::Table {
                table: shape.name,
                directory: actual.to_owned(),
            }),
        }
    }
    if tables == 0 {
        return Err(TableError::NoTables { path: expected.to_owned() });
    }
    let (expected, actual) = (expected.to_owned(), actual.to_owned());
    let subject = Subject::Tables { tables, rows, expected, actual };
    Ok(findings.report(subject, causes.into_causes()))
}

struct TableComparison<'a> {
    shape: &'a Shape,
    tolerances: &'a Tolerances,
}

impl TableComparison<'_> {
    fn compare(
        &self,
        expected: &Table,
        actual: &Table,
        findings: &mut Findings<'_>,
        causes: &mut TableCauses,
    ) {
        let table = self.shape.name;
        let lacking = |names: &[&'static str]| -> Vec<&'static str> {
            names.iter().filter(|name| !actual.has(name)).copied().collect()
        };
        let (lacking_keys, lacking_values) = (lacking(self.shape.keys), lacking(self.shape.values));
        for column in lacking_keys.iter().chain(&lacking_values) {
            findings.add(FindingKind::Missing, 0, || Details::Column {
                table,
                column,
                found: actual.columns.clone(),
            });
        }
        if !lacking_keys.is_empty() {
            return;
        }
        let mut rows = self.by_keys(actual, findings, causes);
        for (order, row) in (0..).zip(&expected.rows) {
            let keys = row.keys(self.shape);
            let Some(other) = rows.remove(&keys) else {
                causes.row_is_missing(table, &keys, row.value(self.shape));
                findings.add(FindingKind::Missing, order, || self.row(&keys));
                continue;
            };
            for &column in self.shape.values.iter().filter(|c| !lacking_values.contains(c)) {
                self.compare_cell((order, &keys, column), row, other, findings, causes);
            }
        }
        for (order, (keys, row)) in (0..).zip(&rows) {
            causes.row_is_unexpected(table, keys, row.value(self.shape));
            findings.add(FindingKind::Unexpected, order, || self.row(keys));
        }
    }

    /// The rows by their keys; of several with the same keys, the first.
    fn by_keys<'t>(
        &self,
        table: &'t Table,
        findings: &mut Findings<'_>,
        causes: &mut TableCauses,
    ) -> BTreeMap<Vec<String>, &'t Row> {
        let mut rows = BTreeMap::new();
        for (order, row) in (0..).zip(&table.rows) {
            match rows.entry(row.keys(self.shape)) {
                Entry::Vacant(entry) => {
                    entry.insert(row);
                }
                Entry::Occupied(entry) => {
                    findings.add(FindingKind::Duplicated, order, || self.row(entry.key()));
                    causes.row_is_duplicated();
                }
            }
        }
        rows
    }

    fn compare_cell(
        &self,
        (order, keys, column): (u64, &[String], &'static str),
        expected: &Row,
        actual: &Row,
        findings: &mut Findings<'_>,
        causes: &mut TableCauses,
    ) {
        let (ours, theirs) = (expected.cell(column), actual.cell(column));
        let agree = match (number(ours), number(theirs)) {
            (Some(ours), Some(theirs)) => self.tolerances.allow(column, ours, theirs),
            _ => is_null(ours) && is_null(theirs),
        };
        causes.cell(self.shape.name, column, keys, (number(ours), number(theirs)), agree);
        if agree {
            return;
        }
        findings.add(FindingKind::Altered, order, || Details::Cell {
            table: self.shape.name,
            key: keys.to_owned(),
            column,
            expected: ours.to_owned(),
            actual: theirs.to_owned(),
        });
    }

    fn row(&self, keys: &[String]) -> Details {
        Details::Row { table: self.shape.name, key: keys.to_owned() }
    }
}
