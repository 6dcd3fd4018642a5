//! Computed tables against expected ones.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::delimited::{Delimited, is_null};
use crate::expectations::tables::{SHAPES, Shape};
use crate::timeline::open;

use super::cells::{key, number};
use super::findings::{Findings, Kind, Report};
use super::table_causes::TableCauses;

/// Half of the last decimal with which expectations are written.
const HALF_OF_LAST_DECIMAL: f64 = 0.5e-6;
/// What sums of binary fractions may be off by.
const RELATIVE_NOISE: f64 = 1e-12;

/// A table could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is not a table.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing to compare.
    #[error("{} has none of the tables {}: `expect -o DIR` writes them", path.display(), names())]
    NoTables {
        /// The directory.
        path: PathBuf,
    },
}

fn names() -> String {
    SHAPES.map(|shape| shape.name).join(", ")
}

/// How far numbers may be apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tolerances(Vec<Tolerance>);

#[derive(Clone, Debug, PartialEq)]
struct Tolerance {
    /// Every column if none is named.
    column: Option<String>,
    amount: f64,
    is_relative: bool,
}

impl FromStr for Tolerances {
    type Err = String;

    /// Reads `0.01`, `1%` or `avg_time_seconds=0.5`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (column, amount) = match text.split_once('=') {
            Some((column, amount)) => (Some(column.trim().to_owned()), amount),
            None => (None, text),
        };
        let known = |column: &String| SHAPES.iter().any(|s| s.values.contains(&column.as_str()));
        if let Some(unknown) = column.as_ref().filter(|column| !known(column)) {
            return Err(format!("no table has a measured column {unknown:?}"));
        }
        let (digits, is_relative) = match amount.trim().strip_suffix('%') {
            Some(percent) => (percent, true),
            None => (amount, false),
        };
        let amount = number(digits)
            .filter(|amount| *amount >= 0.0)
            .ok_or("expected an amount such as 0.01, 1% or avg_time_seconds=0.5")?;
        let amount = if is_relative { amount / 100.0 } else { amount };
        Ok(Self(vec![Tolerance { column, amount, is_relative }]))
    }
}

impl FromIterator<Self> for Tolerances {
    fn from_iter<I: IntoIterator<Item = Self>>(tolerances: I) -> Self {
        Self(tolerances.into_iter().flat_map(|tolerances| tolerances.0).collect())
    }
}

impl Tolerances {
    /// Whether the numbers agree: to the last decimal of the expectation, or within what is tolerated
    /// for the column, or else for all columns.
    fn allow(&self, column: &str, expected: f64, actual: f64) -> bool {
        let named = self.0.iter().rev().find(|t| t.column.as_deref() == Some(column));
        let tolerance = named.or_else(|| self.0.iter().rev().find(|t| t.column.is_none()));
        let allowed = tolerance.map_or(0.0, |tolerance| {
            let scale = if tolerance.is_relative { expected.abs() } else { 1.0 };
            tolerance.amount * scale
        });
        let noise = RELATIVE_NOISE * expected.abs();
        (expected - actual).abs() <= allowed.max(HALF_OF_LAST_DECIMAL) + noise
    }
}

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
            None => findings.add(Kind::Missing, 0, || {
                let what = format!("table {}: {} has no such file", shape.name, actual.display());
                (what, json!({"table": shape.name}))
            }),
        }
    }
    if tables == 0 {
        return Err(TableError::NoTables { path: expected.to_owned() });
    }
    let subject = format!(
        "{tables} tables with {rows} rows expected ({}), compared with {}",
        expected.display(),
        actual.display()
    );
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
            findings.add(Kind::Missing, 0, || {
                let found = actual.columns.join(", ");
                let what = format!("{table}: column {column} is missing; there are {found}");
                (what, json!({"table": table, "column": column}))
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
                findings.add(Kind::Missing, order, || self.row(&keys));
                continue;
            };
            for &column in self.shape.values.iter().filter(|c| !lacking_values.contains(c)) {
                self.compare_cell((order, &keys, column), row, other, findings, causes);
            }
        }
        for (order, (keys, row)) in (0..).zip(&rows) {
            causes.row_is_unexpected(table, keys, row.value(self.shape));
            findings.add(Kind::Unexpected, order, || self.row(keys));
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
                    findings.add(Kind::Duplicated, order, || self.row(entry.key()));
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
        findings.add(Kind::Altered, order, || {
            let shown =
                |cell: &str| if is_null(cell) { "null".to_owned() } else { cell.to_owned() };
            let place = format!("{} {}", self.shape.name, keys.join(" "));
            let what = format!("{place}: {column} is {}, should be {}", shown(theirs), shown(ours));
            let details = json!({
                "table": self.shape.name, "key": keys, "column": column,
                "expected": ours, "actual": theirs,
            });
            (what, details)
        });
    }

    fn row(&self, keys: &[String]) -> (String, Value) {
        let what = format!("row {} {}", self.shape.name, keys.join(" "));
        (what, json!({"table": self.shape.name, "key": keys}))
    }
}

/// A table as it was read: cells as texts, columns in lower case.
#[derive(Debug, Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row(HashMap<String, String>);

impl Row {
    fn cell(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    fn keys(&self, shape: &Shape) -> Vec<String> {
        shape.keys.iter().map(|column| key(column, self.cell(column))).collect()
    }

    /// The row's first measure.
    fn value(&self, shape: &Shape) -> f64 {
        shape.values.first().and_then(|column| number(self.cell(column))).unwrap_or_default()
    }
}

const FORMATS: [&str; 5] = ["csv", "tsv", "json", "jsonl", "ndjson"];
const COMPRESSIONS: [&str; 3] = ["", ".gz", ".zst"];

impl Table {
    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// The table of that name in a directory.
    fn find(directory: &Path, shape: &Shape) -> Result<Option<Self>, TableError> {
        let parts = directory.join(shape.name);
        if parts.is_dir() {
            return Self::read_parts(&parts).map(Some);
        }
        for format in FORMATS {
            for compression in COMPRESSIONS {
                let path = directory.join(format!("{}.{format}{compression}", shape.name));
                if path.is_file() {
                    let mut table = Self::default();
                    table.read(&path)?;
                    return Ok(Some(table));
                }
            }
        }
        Ok(None)
    }

    /// A table of several files, as Spark writes it.
    fn read_parts(directory: &Path) -> Result<Self, TableError> {
        let io_error = |source| TableError::Io { path: directory.to_owned(), source };
        let mut paths = Vec::new();
        for entry in directory.read_dir().map_err(io_error)? {
            let path = entry.map_err(io_error)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let is_part = name.is_some_and(|name| {
                !name.starts_with(['.', '_']) && FORMATS.iter().any(|format| name.contains(format))
            });
            if is_part {
                paths.push(path);
            }
        }
        paths.sort();
        let mut table = Self::default();
        for path in &paths {
            table.read(path)?;
        }
        Ok(table)
    }

    fn read(&mut self, path: &Path) -> Result<(), TableError> {
        let io_error = |source| TableError::Io { path: path.to_owned(), source };
        let mut input = open(path).map_err(io_error)?;
        let head = input.fill_buf().map_err(io_error)?;
        match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Ok(()),
            Some(b'{' | b'[') => {
                let mut text = String::new();
                input.read_to_string(&mut text).map_err(io_error)?;
                self.read_json(&text)
            }
            Some(_) => self.read_csv(input),
        }
        .map_err(|reason| TableError::Format { path: path.to_owned(), reason })
    }

    fn read_json(&mut self, text: &str) -> Result<(), String> {
        let values = if text.trim_start().starts_with('[') {
            serde_json::from_str::<Vec<Map<String, Value>>>(text).map_err(|e| e.to_string())?
        } else {
            let values = serde_json::Deserializer::from_str(text).into_iter();
            values.collect::<Result<_, _>>().map_err(|e| e.to_string())?
        };
        for object in values {
            // A row may leave out what is null, as Spark does.
            for name in object.keys().map(|name| name.to_lowercase()) {
                if !self.has(&name) {
                    self.columns.push(name);
                }
            }
            let cell = |value: Value| match value {
                Value::Null => String::new(),
                Value::String(text) => text,
                other => other.to_string(),
            };
            let cells = object.into_iter().map(|(name, value)| (name.to_lowercase(), cell(value)));
            self.rows.push(Row(cells.collect()));
        }
        Ok(())
    }

    fn read_csv(&mut self, input: Box<dyn BufRead + Send>) -> Result<(), String> {
        let mut table = Delimited::open(input).map_err(|error| error.to_string())?;
        if self.columns.is_empty() {
            self.columns.clone_from(&table.columns);
        }
        for row in table.rows.records() {
            let row = row.map_err(|error| error.to_string())?;
            let cells = row.iter().map(str::to_owned);
            self.rows.push(Row(table.columns.iter().cloned().zip(cells).collect()));
        }
        Ok(())
    }
}
