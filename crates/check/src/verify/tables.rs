//! Computed tables against expected ones.

use std::collections::BTreeMap;
use std::path::Path;

use event_simulator::expectations::tables::{SHAPES, Shape};
use event_simulator::scenario::policy::PolicySpec;

use crate::delimited::is_null;

use super::causes::{
    Cause, Grid, GridPair, Measures, RowKeys, SourceArrivals, SourceTimeline, table_causes,
};
use super::cells::{is_same_text, number, number_for_people};
use super::error::TableError;
use super::finding::{Details, FindingKind};
use super::marked::MarkedTable;
use super::report::{Findings, Report, Subject};
use super::table::{Row, Table};
use super::tolerance::Tolerances;

/// Compares the tables of two directories.
///
/// A table is `NAME.csv`, `.tsv`, `.json`, `.jsonl`, `.ndjson`, `.parquet` or `.arrow`, plain or compressed, or a
/// directory `NAME` of such files. Rows may come in any order, columns too; columns that the expectations do not
/// have are ignored. Rows that cannot be read are findings, and the rest is compared.
///
/// # Errors
///
/// [`TableError`]. A table or column that the actual side lacks is a finding, not an error.
pub fn verify_tables(
    expected: &Path,
    actual: &Path,
    tolerances: &Tolerances,
    findings: Findings<'_>,
) -> Result<Report, TableError> {
    compare_directories([expected, actual], tolerances, None, findings)
}

/// What arrived, and the policy under which expected tables are true of it.
#[derive(Clone, Copy, Debug)]
pub struct ArrivalSource<'a> {
    /// What arrived: log lines or deliveries.
    pub arrivals: &'a Path,
    /// The policy.
    pub policy: &'a PolicySpec,
}

/// The same for tables that are true of what arrived, under a policy. Where the actual ones are those of a pipeline that does
/// not follow one of its rules, that is named as the cause.
///
/// # Errors
///
/// [`TableError`], also if the expected tables are not those of the policy.
pub fn verify_tables_under(
    expected: &Path,
    actual: &Path,
    tolerances: &Tolerances,
    source: ArrivalSource<'_>,
    findings: Findings<'_>,
) -> Result<Report, TableError> {
    compare_directories([expected, actual], tolerances, Some(source), findings)
}

fn compare_directories(
    [expected, actual]: [&Path; 2],
    tolerances: &Tolerances,
    source: Option<ArrivalSource<'_>>,
    mut findings: Findings<'_>,
) -> Result<Report, TableError> {
    let mut pairs = Vec::new();
    let (mut tables, mut rows) = (0, 0);
    for shape in &SHAPES {
        let Some(ours) = Table::find(expected, shape)? else { continue };
        tables += 1;
        rows += ours.rows.len();
        let comparison = TableComparison { shape, tolerances };
        match Table::find(actual, shape)? {
            Some(theirs) => pairs.extend(comparison.compare(&ours, &theirs, &mut findings)),
            None => findings.add(FindingKind::Missing, 0, || Details::Table {
                table: shape.name,
                directory: actual.to_owned(),
            }),
        }
    }
    if tables == 0 {
        return Err(TableError::NoTables { path: expected.to_owned() });
    }
    let causes = if findings.is_empty() {
        Vec::new()
    } else if let Some(source) = source {
        causes_under(expected, source, &pairs)?
    } else {
        table_causes(&pairs, SourceTimeline::find(expected).as_ref(), None)
    };
    let (expected, actual) = (expected.to_owned(), actual.to_owned());
    let subject = Subject::Tables { tables, rows, expected, actual };
    Ok(findings.report(subject, causes))
}

/// The causes, looked for in what arrived.
fn causes_under(
    expected: &Path,
    source: ArrivalSource<'_>,
    pairs: &[GridPair<'_>],
) -> Result<Vec<Cause>, TableError> {
    let Some(arrivals) = SourceArrivals::read(source.arrivals, source.policy)? else {
        return Ok(table_causes(pairs, None, None));
    };
    let counted = arrivals.counted()?;
    if !counted.gives(pairs) {
        let (path, arrivals) = (expected.to_owned(), source.arrivals.to_owned());
        return Err(TableError::OtherPolicy { path, arrivals });
    }
    Ok(table_causes(pairs, Some(&counted), Some(&arrivals)))
}

struct TableComparison<'t> {
    shape: &'static Shape,
    tolerances: &'t Tolerances,
}

impl<'t> TableComparison<'t> {
    /// Adds what differs, and gives both sides as numbers, unless the keys are not there.
    fn compare(
        &self,
        expected: &Table,
        actual: &Table,
        findings: &mut Findings<'_>,
    ) -> Option<GridPair<'t>> {
        let table = self.shape.name;
        let before = findings.total();
        for bad in expected.bad_rows.iter().chain(&actual.bad_rows) {
            findings.add(FindingKind::Unreadable, bad.line, || Details::Line {
                at: format!("{}:{}", bad.path.display(), bad.line),
                reason: bad.reason.clone(),
                received: bad.text.clone(),
            });
        }
        let lacks = |names: &[&'static str]| -> Vec<&'static str> {
            names.iter().filter(|name| actual.lacks(name)).copied().collect()
        };
        let (lacking_keys, lacking_values) = (lacks(self.shape.keys), lacks(self.shape.values));
        for column in lacking_keys.iter().chain(&lacking_values) {
            findings.add(FindingKind::Missing, 0, || Details::Column {
                table,
                column,
                found: actual.columns.clone(),
            });
        }
        if !lacking_keys.is_empty() {
            return None;
        }
        let has: Vec<bool> =
            self.shape.values.iter().map(|c| !lacking_values.contains(c)).collect();
        let ours = self.by_keys(expected);
        let theirs = self.by_keys(actual);
        self.add_repeated(&theirs, findings);
        for (keys, rows) in &ours {
            let (order, row) = rows[0];
            let Some(other) = theirs.get(keys) else {
                findings.add(FindingKind::Missing, order, || self.row(keys));
                continue;
            };
            for (column, _) in self.shape.values.iter().zip(&has).filter(|(_, has)| **has) {
                self.compare_cell((order, keys, column), row, other[0].1, findings);
            }
        }
        let unexpected = theirs.keys().filter(|keys| !ours.contains_key(*keys));
        for (order, keys) in (0..).zip(unexpected) {
            findings.add(FindingKind::Unexpected, order, || self.row(keys));
        }
        if findings.total() > before {
            let columns = self.shape.values.iter().zip(&has).filter(|(_, has)| **has);
            let columns = columns.map(|(column, _)| *column).collect();
            let differs = |column, row: &Row, other: &Row| !self.is_same(column, row, other);
            findings.marked.push(MarkedTable::of(self.shape, columns, [&ours, &theirs], differs));
        }
        Some(self.pair(&ours, &theirs, has))
    }

    /// The rows with their order by their keys; of several with the same keys, the first is compared.
    fn by_keys<'r>(&self, table: &'r Table) -> BTreeMap<RowKeys, Vec<(u64, &'r Row)>> {
        let mut rows: BTreeMap<RowKeys, Vec<(u64, &Row)>> = BTreeMap::new();
        for (order, row) in (0..).zip(&table.rows) {
            rows.entry(row.keys(self.shape)).or_default().push((order, row));
        }
        rows
    }

    fn add_repeated(
        &self,
        rows: &BTreeMap<RowKeys, Vec<(u64, &Row)>>,
        findings: &mut Findings<'_>,
    ) {
        for (keys, rows) in rows {
            for (order, _) in &rows[1..] {
                findings.add(FindingKind::Duplicated, *order, || self.row(keys));
            }
        }
    }

    fn compare_cell(
        &self,
        (order, keys, column): (u64, &RowKeys, &'static str),
        expected: &Row,
        actual: &Row,
        findings: &mut Findings<'_>,
    ) {
        if self.is_same(column, expected, actual) {
            return;
        }
        let (ours, theirs) = (expected.cell(column), actual.cell(column));
        findings.add(FindingKind::Altered, order, || Details::Cell {
            table: self.shape.name,
            key: keys.clone(),
            column,
            expected: ours.to_owned(),
            actual: theirs.to_owned(),
        });
    }

    fn is_same(&self, column: &str, expected: &Row, actual: &Row) -> bool {
        let (ours, theirs) = (expected.cell(column), actual.cell(column));
        let are_null = is_null(ours) && is_null(theirs);
        let are_texts = number(ours).is_none();
        are_null
            || are_texts && is_same_text(ours, theirs)
            || self.tolerances.allow_cells(column, ours, theirs)
    }

    fn pair(
        &self,
        expected: &BTreeMap<RowKeys, Vec<(u64, &Row)>>,
        actual: &BTreeMap<RowKeys, Vec<(u64, &Row)>>,
        has: Vec<bool>,
    ) -> GridPair<'t> {
        let measures = |row: &Row| -> Measures {
            self.shape.values.iter().map(|column| measure(row.cell(column))).collect()
        };
        let grid = |rows: &BTreeMap<RowKeys, Vec<(u64, &Row)>>| -> Grid {
            let first = rows.iter().map(|(keys, rows)| (keys.clone(), measures(rows[0].1)));
            first.collect()
        };
        let repeated = actual.iter().filter(|(_, rows)| rows.len() > 1).map(|(keys, rows)| {
            (keys.clone(), rows.iter().map(|(_, row)| measures(row)).collect())
        });
        let for_people =
            self.shape.values.iter().map(|column| self.for_people(column, expected, actual));
        GridPair {
            for_people: for_people.collect(),
            shape: self.shape,
            expected: grid(expected),
            // A key that is null is one, however it is spelled.
            actual: grid(actual)
                .into_iter()
                .map(|(mut keys, row)| {
                    let is_none = |key: &String| is_null(key);
                    keys.iter_mut().filter(|key| is_none(key)).for_each(String::clear);
                    (keys, row)
                })
                .collect(),
            repeated: repeated.collect(),
            has,
            tolerances: self.tolerances,
        }
    }

    /// How the numbers of a column are written for people: all that are none otherwise, and as they should be.
    fn for_people(
        &self,
        column: &str,
        expected: &BTreeMap<RowKeys, Vec<(u64, &Row)>>,
        actual: &BTreeMap<RowKeys, Vec<(u64, &Row)>>,
    ) -> Option<&'static str> {
        let mut form = None;
        for (keys, rows) in actual {
            let cell = rows[0].1.cell(column);
            if is_null(cell) || number(cell).is_some() {
                continue;
            }
            let (actual, written) = number_for_people(cell)?;
            let expected = expected.get(keys).and_then(|rows| number(rows[0].1.cell(column)));
            let is_right = expected.is_some_and(|e| self.tolerances.allow(column, e, actual));
            if !is_right || form.is_some_and(|form| form != written) {
                return None;
            }
            form = Some(written);
        }
        form
    }

    fn row(&self, keys: &RowKeys) -> Details {
        Details::Row { table: self.shape.name, key: keys.clone() }
    }
}

/// The number of a cell; none for null, and not a number for any other text.
fn measure(cell: &str) -> Option<f64> {
    if is_null(cell) { None } else { Some(number(cell).unwrap_or(f64::NAN)) }
}
