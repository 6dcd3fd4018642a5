//! A table as a pipeline wrote it.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use event_simulator::expectations::tables::Shape;
use event_simulator_timeline::open;

use crate::delimited::Delimited;

use super::cells::{key, number};
use super::error::TableError;

/// A table as it was read: cells as texts, columns in lower case.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row(HashMap<String, String>);

impl Row {
    pub(super) fn cell(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    pub(super) fn keys(&self, shape: &Shape) -> Vec<String> {
        shape.keys.iter().map(|column| key(column, self.cell(column))).collect()
    }

    /// The row's first measure.
    pub(super) fn value(&self, shape: &Shape) -> f64 {
        shape.values.first().and_then(|column| number(self.cell(column))).unwrap_or_default()
    }
}

const FORMATS: [&str; 5] = ["csv", "tsv", "json", "jsonl", "ndjson"];
const COMPRESSIONS: [&str; 3] = ["", ".gz", ".zst"];

impl Table {
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// The table of that name in a directory.
    pub(super) fn find(directory: &Path, shape: &Shape) -> Result<Option<Self>, TableError> {
        let names = FORMATS.iter().flat_map(|format| {
            COMPRESSIONS
                .iter()
                .map(move |compression| format!("{}.{format}{compression}", shape.name))
        });
        let files = names.map(|name| directory.join(name)).filter(|path| path.is_file());
        let parts = Some(directory.join(shape.name)).filter(|path| path.is_dir());
        let found: Vec<PathBuf> = parts.into_iter().chain(files).collect();
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
            table.read(path, shape)?;
        }
        Ok(table)
    }

    fn read(&mut self, path: &Path, shape: &Shape) -> Result<(), TableError> {
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
            Some(_) => self.read_csv(input, shape),
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

    fn read_csv(&mut self, input: Box<dyn BufRead + Send>, shape: &Shape) -> Result<(), String> {
        let mut table = Delimited::open(input).map_err(|error| error.to_string())?;
        for column in shape.keys.iter().chain(shape.values) {
            if table.columns.iter().filter(|name| name == column).count() > 1 {
                return Err(format!(
                    "the column {column} stands twice; keep the one that is meant"
                ));
            }
        }
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
