//! Events as others write them down, read from files.

use std::borrow::Cow;
use std::io::BufRead;
use std::path::Path;

use serde_json::{Map, Value};

use event_simulator::event::Field;
use event_simulator::wire::scan::{self, ScanError};
use event_simulator::wire::{EventFields, FieldError};
use event_simulator_timeline::{LineReader, ReadError, open};

use crate::delimited::{Delimited, is_null};

use super::fingerprint::FieldHashes;
use super::raw_event::RawEvent;

/// The members in which an event may be wrapped, as by a Kafka consumer.
const WRAPPERS: [&str; 6] = ["value", "event", "payload", "message", "data", "body"];

/// The events of a file: JSON lines, bare or wrapped, or CSV with a header, plain or compressed.
pub(super) struct EventReader {
    name: String,
    input: Input,
}

enum Input {
    JsonLines(LineReader<Box<dyn BufRead + Send>>),
    Csv(Box<CsvRows>),
}

struct CsvRows {
    table: Delimited,
    row: csv::StringRecord,
    line: Vec<u8>,
}

/// One event, or what stands in the place of one.
pub(super) struct InputLine<'a> {
    /// The line or row, from 1.
    pub(super) number: u64,
    /// The line as it stands.
    pub(super) raw: &'a [u8],
    /// The event.
    pub(super) event: Result<InputEvent<'a>, ScanError>,
}

/// An event's JSON, and the hashes of its fields.
pub(super) struct InputEvent<'a> {
    pub(super) line: Cow<'a, [u8]>,
    pub(super) hashes: FieldHashes,
}

impl EventReader {
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let io_error = |source| ReadError::Io { name: path.display().to_string(), source };
        let mut input = open(path).map_err(io_error)?;
        let head = input.fill_buf().map_err(io_error)?;
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        let input = match first {
            None | Some(b'{') => Input::JsonLines(LineReader::new(input)),
            Some(b'[') => {
                let reason = "a JSON array; make lines of it with `jq -c '.[]'`".to_owned();
                return Err(ReadError::Csv { name, reason });
            }
            Some(_) => Input::Csv(Box::new(CsvRows::new(&name, input)?)),
        };
        Ok(Self { name, input })
    }

    pub(super) fn next_event(&mut self) -> Result<Option<InputLine<'_>>, ReadError> {
        match &mut self.input {
            Input::JsonLines(lines) => match lines.next_line() {
                Ok(found) => Ok(found.map(|(number, line)| json_event(number, line))),
                Err(source) => Err(ReadError::Io { name: self.name.clone(), source }),
            },
            Input::Csv(rows) => rows.next_event(&self.name),
        }
    }
}

/// The error of a line that should have been an event.
pub(super) fn not_an_event(path: &Path, line: u64, source: ScanError) -> ReadError {
    let name = path.display().to_string();
    ReadError::Event { name, line, source: FieldError::Line(source) }
}

fn json_event(number: u64, raw: &[u8]) -> InputLine<'_> {
    let event = match EventFields::of_line(raw) {
        Ok(fields) => {
            let hashes = FieldHashes::of_fields(&fields);
            Ok(InputEvent { line: Cow::Borrowed(raw), hashes })
        }
        Err(_) => unwrapped(raw).and_then(|line| {
            let hashes = FieldHashes::of_raw(&RawEvent::read(&line)?);
            Ok(InputEvent { line, hashes })
        }),
    };
    InputLine { number, raw, event }
}

/// The event in a line that lacks a field, or has it in a form that is not ours, or wraps an event.
fn unwrapped(raw: &[u8]) -> Result<Cow<'_, [u8]>, ScanError> {
    let names = [Field::EventType, Field::UserId, Field::SessionId].map(Field::name);
    if scan::members(raw, names)?.iter().any(Option::is_some) {
        return Ok(Cow::Borrowed(raw));
    }
    match scan::members(raw, WRAPPERS)?.into_iter().flatten().next() {
        Some(inner @ [b'{', ..]) => Ok(Cow::Borrowed(inner)),
        Some(inner @ [b'"', ..]) => Ok(Cow::Owned(scan::text(inner)?.into_owned().into_bytes())),
        _ => Ok(Cow::Borrowed(raw)),
    }
}

impl CsvRows {
    fn new(name: &str, input: Box<dyn BufRead + Send>) -> Result<Self, ReadError> {
        let table = Delimited::open(input).map_err(|error| csv_error(name, &error))?;
        if !table.columns.iter().any(|column| column == Field::EventType.name()) {
            let reason = "neither JSON lines nor CSV with a header that has event_type".to_owned();
            return Err(ReadError::Csv { name: name.to_owned(), reason });
        }
        Ok(Self { table, row: csv::StringRecord::new(), line: Vec::new() })
    }

    fn next_event(&mut self, name: &str) -> Result<Option<InputLine<'_>>, ReadError> {
        if !self.table.rows.read_record(&mut self.row).map_err(|error| csv_error(name, &error))? {
            return Ok(None);
        }
        let number = self.row.position().map_or(0, csv::Position::line);
        let mut event = Map::new();
        for (column, cell) in self.table.columns.iter().zip(&self.row) {
            if is_null(cell) {
                continue;
            }
            let is_json = column == Field::Props.name();
            let value = is_json.then(|| serde_json::from_str(cell).ok()).flatten();
            event.insert(column.clone(), value.unwrap_or_else(|| Value::from(cell)));
        }
        self.line = Value::Object(event).to_string().into_bytes();
        Ok(Some(json_event(number, &self.line)))
    }
}

fn csv_error(name: &str, error: &csv::Error) -> ReadError {
    ReadError::Csv { name: name.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut lines = EventReader::open(file.path()).unwrap();
        let mut found = Vec::new();
        while let Some(event) = lines.next_event().unwrap() {
            found.push(String::from_utf8(event.event.unwrap().line.into_owned()).unwrap());
        }
        found
    }

    #[test]
    fn wrapped_events_are_unwrapped() {
        let event = r#"{"event_type":"a","user_id":"u"}"#;
        let quoted = serde_json::to_string(event).unwrap();
        let text = format!("{event}\n{{\"offset\":1,\"value\":{event}}}\n{{\"value\":{quoted}}}\n");
        assert_eq!(events(&text), [event, event, event]);
    }

    #[test]
    fn csv_is_read_with_any_columns_and_delimiter() {
        let expected = r#"{"event_type":"a","props":{"x":1},"extra":"7"}"#;
        let text = "event_type,page_path,props,extra\na,\\N,\"{\"\"x\"\": 1}\",7\n";
        assert_eq!(events(text), [expected]);
        assert_eq!(events(&text.replace(',', "\t")), [expected]);
    }
}
