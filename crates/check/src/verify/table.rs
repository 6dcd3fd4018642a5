//! A table as a pipeline wrote it.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use event_simulator::expectations::tables::Shape;
use event_simulator_timeline::{open, table_columns};

use crate::delimited::Delimited;

use super::cells::key;
use super::error::{FORMATS, TableError};
use super::json_rows::{JsonRow, json_rows};

/// A table as it was read: cells as texts, columns in lower case.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) bad_rows: Vec<BadRow>,
}

#[derive(Debug)]
pub(super) struct Row(HashMap<String, String>);

/// A row that cannot be read.
#[derive(Clone, Debug)]
pub(super) struct BadRow {
    pub(super) path: PathBuf,
    pub(super) line: u64,
    pub(super) reason: String,
    pub(super) text: String,
}

impl Row {
    pub(super) fn cell(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    pub(super) fn keys(&self, shape: &Shape) -> Vec<String> {
        shape.keys.iter().map(|column| key(column, self.cell(column))).collect()
    }
}

const COMPRESSIONS: [&str; 3] = ["", ".gz", ".zst"];

/// The endings of files that hold tables too, and are not read.
const OTHER_TABLES: [&str; 6] = ["orc", "avro", "feather", "xlsx", "xls", "duckdb"];

/// True for the name of a file that is read.
fn is_read(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    plain.rsplit_once('.').is_some_and(|(_, ending)| FORMATS.contains(&ending))
}

impl Table {
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// True if it lacks a column. Without rows nothing names the columns of JSON.
    pub(super) fn lacks(&self, column: &str) -> bool {
        let names_none = self.columns.is_empty() && self.rows.is_empty();
        !names_none && !self.has(column)
    }

    /// The table of that name in a directory.
    pub(super) fn find(directory: &Path, shape: &Shape) -> Result<Option<Self>, TableError> {
        let names = FORMATS.iter().flat_map(|format| {
            COMPRESSIONS
                .iter()
                .map(move |compression| format!("{}.{format}{compression}", shape.name))
        });
        let files = names.map(|name| directory.join(name)).filter(|path| path.exists());
        let parts = Some(directory.join(shape.name)).filter(|path| path.is_dir());
        let mut found: Vec<PathBuf> = parts.into_iter().chain(files).collect();
        let (tables, others) = unread(directory, shape.name);
        if found.is_empty()
            && let Some(path) = tables.first().or(others.first())
        {
            return Err(TableError::UnknownFormat { path: path.clone() });
        }
        found.extend(tables);
        match found.as_slice() {
            [] => Ok(None),
            [path] if path.is_dir() => Self::read_parts(path, shape).map(Some),
            [path] => {
                let mut table = Self::default();
                table.read(path, shape)?;
                Ok(Some(table))
            }
            [first, second, ..] => {
                let table = shape.name;
                Err(TableError::Twice { table, first: first.clone(), second: second.clone() })
            }
        }
    }

    /// A table of several files, as Spark writes it.
    fn read_parts(directory: &Path, shape: &Shape) -> Result<Self, TableError> {
        let io_error = |source| TableError::Io { path: directory.to_owned(), source };
        let mut paths = Vec::new();
        for entry in directory.read_dir().map_err(io_error)? {
            let path = entry.map_err(io_error)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // Markers and checksums.
            if name.starts_with(['.', '_'])
                || path.extension().is_some_and(|ending| ending == "crc")
            {
                continue;
            }
            if !is_read(&name) {
                return Err(TableError::UnknownFormat { path });
            }
            paths.push(path);
        }
        paths.sort();
        let mut table = Self::default();
        for path in &paths {
            table.read(path, shape)?;
        }
        Ok(table)
    }

    fn read(&mut self, path: &Path, shape: &Shape) -> Result<(), TableError> {
        let io_error = |source| TableError::Io { path: path.to_owned(), source };
        // Rows leave out what is null, and there may be none.
        for column in table_columns(path).map_err(io_error)? {
            let column = column.to_lowercase();
            if !self.has(&column) {
                self.columns.push(column);
            }
        }
        let mut input = open(path).map_err(io_error)?;
        let head = input.fill_buf().map_err(io_error)?;
        match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Ok(()),
            Some(b'{' | b'[') => {
                let mut text = String::new();
                input.read_to_string(&mut text).map_err(io_error)?;
                self.read_json(path, &text)
            }
            Some(_) => self.read_csv(path, input, shape),
        }
        .map_err(|reason| TableError::Format { path: path.to_owned(), reason })
    }

    fn read_json(&mut self, path: &Path, text: &str) -> Result<(), String> {
        for row in json_rows(text)? {
            let cells = match row {
                JsonRow::Cells(cells) => cells,
                JsonRow::Bad { line, reason, text } => {
                    let path = path.to_owned();
                    self.bad_rows.push(BadRow { path, line, reason, text });
                    continue;
                }
            };
            let mut row = HashMap::new();
            for (name, cell) in cells {
                let name = name.to_lowercase();
                // A row may leave out what is null, as Spark does.
                if !self.has(&name) {
                    self.columns.push(name.clone());
                }
                if row.insert(name.clone(), cell).is_some() {
                    return Err(twice(&name));
                }
            }
            self.rows.push(Row(row));
        }
        Ok(())
    }

    fn read_csv(
        &mut self,
        path: &Path,
        input: Box<dyn BufRead + Send>,
        shape: &Shape,
    ) -> Result<(), String> {
        let mut table = Delimited::open(input).map_err(|error| error.to_string())?;
        for column in shape.keys.iter().chain(shape.values) {
            if table.columns.iter().filter(|name| name == column).count() > 1 {
                return Err(twice(column));
            }
        }
        for column in &table.columns {
            if !self.has(column) {
                self.columns.push(column.clone());
            }
        }
        let mut cells = csv::ByteRecord::new();
        loop {
            let read = table.rows.read_byte_record(&mut cells);
            let problem = match read {
                Ok(false) => return Ok(()),
                Ok(true) => None,
                Err(error) => match error.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        Some(format!("{len} cells where the header has {expected_len}"))
                    }
                    _ => return Err(error.to_string()),
                },
            };
            let row = csv::StringRecord::from_byte_record(cells.clone());
            let problem = problem.or(row.is_err().then(|| "bytes that are no UTF-8".to_owned()));
            match (row, problem) {
                (Ok(row), None) => {
                    let row = row.iter().map(str::to_owned);
                    self.rows.push(Row(table.columns.iter().cloned().zip(row).collect()));
                }
                (_, problem) => self.bad_rows.push(BadRow {
                    path: path.to_owned(),
                    line: cells.position().map_or(0, csv::Position::line),
                    reason: problem.unwrap_or_default(),
                    text: cells.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(","),
                }),
            }
        }
    }
}

fn twice(column: &str) -> String {
    format!("the column {column} stands twice; keep the one that is meant")
}

/// Files of a table's name that are not read: those that hold a table for sure, and others.
fn unread(directory: &Path, table: &str) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let Ok(entries) = directory.read_dir() else { return (Vec::new(), Vec::new()) };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let rest = name.strip_prefix(table).and_then(|rest| rest.strip_prefix('.'));
            rest.is_some() && !is_read(&name)
        })
        .collect();
    found.sort();
    found.into_iter().partition(|path| {
        let name = path.to_string_lossy().to_ascii_lowercase();
        path.is_dir() || name.split('.').any(|part| OTHER_TABLES.contains(&part))
    })
}
