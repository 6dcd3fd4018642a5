//! Events as others write them down, read from files.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use serde_json::value::RawValue;

use event_simulator::event::Field;
use event_simulator::wire::scan;
use event_simulator_timeline::{
    LineReader, LineTooLong, ReadError, ReceivedForm, decoded, is_table, open,
};

use crate::delimited::{Delimited, is_null};

use super::not_an_event::NotAnEvent;
use super::raw_event::RawEvent;
use super::typing::Typing;
use super::unwrap::{event_in, our_spelling};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The beginning of a file that tells its format.
const HEAD_BYTES: u64 = 64 * 1024;

/// The events of a file: JSON lines, bare or wrapped, or CSV with a header, plain or compressed.
pub(super) struct EventReader {
    name: String,
    input: Input,
    /// An event that does not stand in its line as it is.
    unwrapped: Vec<u8>,
    /// True if the rest cannot be read.
    is_broken: bool,
    /// True after the first line of JSON that goes over several.
    is_within_json: bool,
    /// True if the lines are rows of a table with typed columns.
    is_table: bool,
}

enum Input {
    JsonLines(LineReader<Box<dyn BufRead + Send>>),
    Csv(Box<CsvRows>),
}

struct CsvRows {
    table: Delimited,
    row: csv::ByteRecord,
    line: Vec<u8>,
}

/// One event, or what stands in the place of one.
pub(super) struct InputLine<'a> {
    /// The line or row, from 1.
    pub(super) number: u64,
    /// The line as it stands.
    pub(super) raw: &'a [u8],
    /// The event.
    pub(super) event: Result<InputEvent<'a>, NotAnEvent>,
}

/// An event's JSON, and its fields.
pub(super) struct InputEvent<'a> {
    pub(super) line: &'a [u8],
    pub(super) fields: RawEvent<'a>,
}

impl EventReader {
    /// Opens a file of our own events.
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        Self::open_in(path, None)
    }

    /// Opens a file of events in another form, if there is one.
    pub(super) fn open_in(path: &Path, form: Option<&ReceivedForm>) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let io_error = |source| ReadError::Io { name: path.display().to_string(), source };
        let mut input = open(path).map_err(io_error)?;
        if let Some(form) = form {
            input = decoded(input, form.clone());
        }
        let mut head = Vec::new();
        let read = input.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
        let head_alone = Cursor::new(head.clone());
        let whole: Box<dyn BufRead + Send> = match read {
            Ok(_) => Box::new(head_alone.chain(input)),
            Err(error) if head.is_empty() => return Err(io_error(error)),
            Err(error) => Box::new(head_alone.chain(BufReader::new(Broken(Some(error))))),
        };
        let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head);
        let refused =
            |reason: &str| ReadError::Csv { name: name.clone(), reason: reason.to_owned() };
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        if first == Some(b'[') {
            return Err(refused("a JSON array; make lines of it with `jq -c '.[]'`"));
        }
        let input = if matches!(first, None | Some(b'{')) || has_damaged_lines(head) {
            Input::JsonLines(LineReader::new(whole))
        } else {
            Input::Csv(Box::new(CsvRows::new(&name, whole)?))
        };
        Ok(Self {
            name,
            input,
            unwrapped: Vec::new(),
            is_broken: false,
            is_within_json: false,
            is_table: is_table(path),
        })
    }

    /// How far its values have types.
    pub(super) fn typing(&self) -> Typing {
        match self.input {
            Input::Csv(_) => Typing::Texts,
            Input::JsonLines(_) if self.is_table => Typing::Columns,
            Input::JsonLines(_) => Typing::Values,
        }
    }

    pub(super) fn next_event(&mut self) -> Result<Option<InputLine<'_>>, ReadError> {
        let Self { name, input, unwrapped, is_broken, is_within_json, .. } = self;
        if *is_broken {
            return Ok(None);
        }
        match input {
            Input::JsonLines(lines) => {
                let number = lines.number() + 1;
                match lines.next_line() {
                    Ok(Some((number, line))) => {
                        let mut line = json_event(number, line, unwrapped);
                        if let Err(reason) = &mut line.event
                            && *is_within_json
                        {
                            *reason = NotAnEvent::OverSeveralLines;
                        }
                        *is_within_json = matches!(line.event, Err(NotAnEvent::OverSeveralLines));
                        Ok(Some(line))
                    }
                    Ok(None) => Ok(None),
                    Err(error) => unread(name, number, error, is_broken).map(Some),
                }
            }
            Input::Csv(rows) => rows.next_event(name, unwrapped),
        }
    }
}

/// True for a column by which a table is known to be one of events.
fn is_telling(column: &str) -> bool {
    [Field::EventType, Field::EventId].map(Field::name).contains(&column)
}

/// True for a beginning that is no header of a table but lines, of which the first is damaged or something else
/// that is known.
fn has_damaged_lines(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let columns = String::from_utf8_lossy(first);
    let mut columns =
        columns.split([',', ';', '\t', '|']).map(|column| our_spelling(column.trim()));
    if columns.any(|column| is_telling(&column)) {
        return false;
    }
    let is_known = || {
        let error = scan::each_member(first, |_, _| Ok(())).err();
        error.is_some_and(|error| {
            let reason = NotAnEvent::of_no_object(first, &error);
            !matches!(reason, NotAnEvent::Other(_) | NotAnEvent::RowWithoutHeader)
        })
    };
    lines.any(|line| line.trim_ascii_start().starts_with(b"{")) || is_known()
}

/// The end of an input whose rest cannot be read.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// What stands in the place of a line that cannot be read. Data that breaks off ends the file.
fn unread(
    name: &str,
    number: u64,
    error: io::Error,
    is_broken: &mut bool,
) -> Result<InputLine<'static>, ReadError> {
    if let Some(LineTooLong { line }) = LineTooLong::of(&error) {
        return Ok(InputLine { number: line, raw: b"", event: Err(NotAnEvent::TooLong) });
    }
    if !matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) {
        return Err(ReadError::Io { name: name.to_owned(), source: error });
    }
    *is_broken = true;
    Ok(InputLine { number, raw: b"", event: Err(NotAnEvent::BreaksOff(error.to_string())) })
}

fn json_event<'a>(number: u64, raw: &'a [u8], unwrapped: &'a mut Vec<u8>) -> InputLine<'a> {
    let line = raw.strip_prefix(BYTE_ORDER_MARK).unwrap_or(raw);
    let plain = RawEvent::read(line).ok().filter(|fields| fields.get(Field::EventType).is_some());
    let event = match plain {
        Some(fields) => Ok(InputEvent { line, fields }),
        None => event_in(line).map(|event| {
            let line = match event {
                Cow::Borrowed(line) => line,
                Cow::Owned(event) => {
                    *unwrapped = event;
                    unwrapped.as_slice()
                }
            };
            InputEvent { line, fields: RawEvent::of_event(line) }
        }),
    };
    InputLine { number, raw, event }
}

impl CsvRows {
    fn new(name: &str, input: Box<dyn BufRead + Send>) -> Result<Self, ReadError> {
        let mut table = Delimited::open(input).map_err(|error| ReadError::of_csv(name, &error))?;
        for column in &mut table.columns {
            *column = our_spelling(column);
        }
        if !table.columns.iter().any(|column| is_telling(column)) {
            let reason = "neither JSON lines nor CSV with a header that has event_type".to_owned();
            return Err(ReadError::Csv { name: name.to_owned(), reason });
        }
        Ok(Self { table, row: csv::ByteRecord::new(), line: Vec::new() })
    }

    fn next_event<'a>(
        &'a mut self,
        name: &str,
        unwrapped: &'a mut Vec<u8>,
    ) -> Result<Option<InputLine<'a>>, ReadError> {
        let Self { table, row, line } = self;
        let wrong = match table.rows.read_byte_record(row) {
            Ok(false) => return Ok(None),
            Ok(true) => None,
            Err(error) => match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    Some(NotAnEvent::Row { cells: *len, columns: *expected_len })
                }
                _ => return Err(ReadError::of_csv(name, &error)),
            },
        };
        let number = row.position().map_or(0, csv::Position::line);
        let wrong = wrong.or_else(|| write_event(&table.columns, row, line).err());
        Ok(Some(match wrong {
            None => json_event(number, line, unwrapped),
            Some(wrong) => InputLine { number, raw: row.as_slice(), event: Err(wrong) },
        }))
    }
}

/// Writes a row as a JSON object.
fn write_event(
    columns: &[String],
    row: &csv::ByteRecord,
    line: &mut Vec<u8>,
) -> Result<(), NotAnEvent> {
    line.clear();
    for (column, cell) in columns.iter().zip(row) {
        let cell = std::str::from_utf8(cell)
            .map_err(|_| NotAnEvent::Other(format!("{column} is not UTF-8")))?;
        if is_null(cell) {
            continue;
        }
        if cell.starts_with("{\"") && !cell.trim_end().ends_with('}') {
            return Err(NotAnEvent::CutOff);
        }
        line.push(if line.is_empty() { b'{' } else { b',' });
        line.extend_from_slice(serde_json::Value::from(column.as_str()).to_string().as_bytes());
        line.push(b':');
        let is_text = Field::NAMES.contains(&column.as_str()) && column != Field::Props.name();
        let json: Option<&RawValue> = (!is_text).then(|| serde_json::from_str(cell).ok()).flatten();
        match json {
            Some(json) => line.extend_from_slice(json.get().as_bytes()),
            None => line.extend_from_slice(serde_json::Value::from(cell).to_string().as_bytes()),
        }
    }
    if line.is_empty() {
        line.push(b'{');
    }
    line.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator_timeline::{Compression, OutputFile};
    use std::io::Write;

    fn lines(bytes: &[u8]) -> Vec<Result<String, NotAnEvent>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut lines = EventReader::open(file.path()).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next_event().unwrap() {
            found.push(line.event.map(|event| String::from_utf8(event.line.to_vec()).unwrap()));
        }
        found
    }

    fn events(text: &str) -> Vec<String> {
        lines(text.as_bytes()).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn csv_is_read_with_any_columns_and_delimiter() {
        let expected = r#"{"event_type":"a","props":{"x": 1},"extra":7}"#;
        let text = "eventType,page_path,props,extra\na,\\N,\"{\"\"x\"\": 1}\",7\n";
        assert_eq!(events(text), [expected]);
        assert_eq!(events(&text.replace(',', "\t")), [expected]);
    }

    #[test]
    fn what_is_damaged_is_told_and_the_rest_is_read() {
        let event = r#"{"event_id":"1","event_type":"a"}"#;
        let text = format!("_id\":\"0\"}}\n\u{feff}{event}\n{}\n{event}\n", &event[..20]);
        let found = lines(text.as_bytes());
        assert_eq!(found[0], Err(NotAnEvent::WithoutBeginning));
        assert_eq!(found[1], Ok(event.to_owned()));
        assert_eq!(found[2], Err(NotAnEvent::CutOff));
        assert_eq!(found[3], Ok(event.to_owned()));
        let found = lines(b"event_id,event_type,page_path\n1,a,/x\n2,b\xff,/x\n3,c\n4,d,/x\n5,e");
        let is_read: Vec<bool> = found.iter().map(Result::is_ok).collect();
        assert_eq!(is_read, [true, false, false, true, false]);
    }

    #[test]
    fn lines_of_json_over_several_are_one_thing() {
        let event = r#"{"event_id":"1","event_type":"a"}"#;
        let text = format!("{{\n \"event_id\": \"1\",\n \"props\": {{}}\n}}\n{event}\n}}\n");
        let found = lines(text.as_bytes());
        assert_eq!(found[..4], [const { Err(NotAnEvent::OverSeveralLines) }; 4]);
        assert_eq!(found[4..], [Ok(event.to_owned()), Err(NotAnEvent::WithoutBeginning)]);
    }

    #[test]
    fn rows_without_a_header_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "1,2026-01-01T00:00:00Z,a,u,s,/,,{}\n").unwrap();
        assert!(matches!(EventReader::open(file.path()), Err(ReadError::Csv { .. })));
    }

    #[test]
    fn what_stands_before_a_break_is_read() {
        let event = r#"{"event_id":"1","event_type":"a"}"#;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl.gz");
        for lines_written in [3, 40_000] {
            let mut file = OutputFile::create(&path, Compression::from_name(&path)).unwrap();
            file.write_all(format!("{event}\n").repeat(lines_written).as_bytes()).unwrap();
            file.finish().unwrap();
            let whole = std::fs::read(&path).unwrap();
            let mut found = lines(&whole[..whole.len() - 4]);
            assert!(matches!(found.pop(), Some(Err(NotAnEvent::BreaksOff(_)))));
            assert_eq!(found, vec![Ok(event.to_owned()); lines_written]);
        }
    }
}
