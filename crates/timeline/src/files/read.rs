//! Reading a timeline back, event by event.

use std::io::{self, BufRead};
use std::path::Path;

use event_simulator::event::{Event, Field};

use super::input::{LineReader, LineTooLong, open};
use event_simulator::wire::{EventFields, FieldError};

/// A timeline could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file or stream failed.
    #[error("{name}: {source}")]
    Io {
        /// The file.
        name: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A line is not an event.
    #[error("{name}, line {line}: {source}")]
    Event {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// The reason.
        source: FieldError,
    },
    /// A line is too long, or a row has not the fields of its header. What follows can be read.
    #[error("{name}, line {line}: {reason}")]
    Line {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// The reason.
        reason: String,
    },
    /// The rows of a CSV file cannot be told apart, or its header lacks a column.
    #[error("{name}: {reason}")]
    Csv {
        /// The file.
        name: String,
        /// The reason, with the line.
        reason: String,
    },
}

impl ReadError {
    /// The file and the line, as far as they are known.
    pub fn place(&self) -> (&str, Option<u64>) {
        match self {
            Self::Io { name, .. } | Self::Csv { name, .. } => (name, None),
            Self::Event { name, line, .. } | Self::Line { name, line, .. } => (name, Some(*line)),
        }
    }

    /// The reason, without the place.
    pub fn reason(&self) -> String {
        match self {
            Self::Io { source, .. } => source.to_string(),
            Self::Event { source, .. } => source.to_string(),
            Self::Line { reason, .. } | Self::Csv { reason, .. } => reason.clone(),
        }
    }

    /// The failure of an input, or the trouble with one of its lines.
    pub fn of_input(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match LineTooLong::of(&source) {
            Some(LineTooLong { line }) => {
                Self::Line { name, line, reason: "it is longer than lines are read".to_owned() }
            }
            None => Self::Io { name, source },
        }
    }

    /// The failure of rows that cannot be told apart; of a header that is no text, with what the file may be.
    pub fn of_csv(name: &str, error: &csv::Error) -> Self {
        const BINARY: &str = "its first line has bytes that are no UTF-8, so that it is neither JSON lines nor CSV: a \
                              binary form, damaged or encoded in another way? What is read is text, plain or by gzip or \
                              Zstandard, and Parquet and Arrow";
        let is_header = |at: &Option<csv::Position>| at.as_ref().is_none_or(|at| at.line() <= 1);
        let reason = match error.kind() {
            csv::ErrorKind::Utf8 { pos, .. } if is_header(pos) => BINARY.to_owned(),
            _ => error.to_string(),
        };
        Self::Csv { name: name.to_owned(), reason }
    }

    /// True if only one line is wrong, and the next one can be read.
    pub fn is_of_one_line(&self) -> bool {
        matches!(self, Self::Event { .. } | Self::Line { .. })
    }
}

/// Reads the events of a timeline, which is JSON lines or CSV, plain or compressed.
pub struct TimelineReader {
    name: String,
    source: Source,
}

enum Source {
    Lines(LineReader<Box<dyn BufRead + Send>>),
    Rows(Box<Rows>),
}

struct Rows {
    reader: csv::Reader<Box<dyn BufRead + Send>>,
    row: csv::StringRecord,
    columns: usize,
    /// Where each field stands in a row.
    positions: [Option<usize>; Field::COUNT],
    /// The other columns.
    own: Vec<(usize, String)>,
}

impl TimelineReader {
    /// Opens a file, or standard input for `-`.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        match open(path) {
            Ok(input) => Self::new(name, input),
            Err(source) => Err(ReadError::Io { name, source }),
        }
    }

    /// Reads from `input`, which errors call `name`.
    pub fn new(
        name: impl Into<String>,
        mut input: Box<dyn BufRead + Send>,
    ) -> Result<Self, ReadError> {
        let name = name.into();
        let is_rows = match input.fill_buf() {
            Ok(beginning) => is_rows(beginning),
            Err(source) => return Err(ReadError::Io { name, source }),
        };
        let source = if is_rows {
            Source::Rows(Box::new(Rows::new(&name, input)?))
        } else {
            Source::Lines(LineReader::new(input))
        };
        Ok(Self { name, source })
    }

    /// The next event, or `None` at the end.
    pub fn next_event(&mut self) -> Result<Option<EventFields<'_>>, ReadError> {
        let name = &self.name;
        let (line, fields) = match &mut self.source {
            Source::Lines(lines) => match lines.next_line() {
                Ok(Some((number, line))) => (number, EventFields::of_line(line)),
                Ok(None) => return Ok(None),
                Err(source) => return Err(ReadError::of_input(name, source)),
            },
            Source::Rows(rows) => match rows.advance(name)? {
                Some(line) => (line, rows.fields()),
                None => return Ok(None),
            },
        };
        fields.map(Some).map_err(|source| ReadError::Event { name: name.clone(), line, source })
    }
}

/// True if a file that begins like this has rows. A first line that is neither an object nor a header is a
/// damaged line of JSON, if objects follow.
fn is_rows(beginning: &[u8]) -> bool {
    let text = beginning.trim_ascii_start();
    if text.is_empty() || text.starts_with(b"{") {
        return false;
    }
    let mut lines = text.split(|&byte| byte == b'\n');
    let header = lines.next().unwrap_or_default();
    let is_column =
        |cell: &[u8]| Field::NAMES.iter().any(|name| name.as_bytes() == cell.trim_ascii());
    header.split(|byte| b",\"\r".contains(byte)).any(is_column)
        || !lines.any(|line| line.starts_with(b"{"))
}

impl Rows {
    fn new(name: &str, input: Box<dyn BufRead + Send>) -> Result<Self, ReadError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let headers = reader.headers().map_err(|error| ReadError::of_csv(name, &error))?;
        let positions = Field::NAMES.map(|name| headers.iter().position(|header| header == name));
        if positions.iter().all(Option::is_none) {
            let reason = "neither JSON lines nor CSV with the columns of an event".to_owned();
            return Err(ReadError::Csv { name: name.to_owned(), reason });
        }
        let columns = headers.len();
        let own = headers.iter().enumerate().filter(|(_, name)| !Field::NAMES.contains(name));
        let own = own.map(|(place, name)| (place, name.to_owned())).collect();
        Ok(Self { reader, row: csv::StringRecord::new(), columns, positions, own })
    }

    /// Goes to the next row and gives its line, or `None` at the end.
    fn advance(&mut self, name: &str) -> Result<Option<u64>, ReadError> {
        let before = self.reader.position().line();
        let is_row =
            self.reader.read_record(&mut self.row).map_err(|error| match error.kind() {
                csv::ErrorKind::Utf8 { pos, .. } => ReadError::Line {
                    name: name.to_owned(),
                    line: pos.as_ref().map_or(before, csv::Position::line),
                    reason: "it is not UTF-8".to_owned(),
                },
                _ => ReadError::of_csv(name, &error),
            })?;
        if !is_row {
            return Ok(None);
        }
        let line = self.row.position().map_or(before, csv::Position::line);
        if self.row.len() != self.columns {
            let (found, wanted) = (self.row.len(), self.columns);
            let reason = format!("{found} fields, the header has {wanted}");
            return Err(ReadError::Line { name: name.to_owned(), line, reason });
        }
        Ok(Some(line))
    }

    fn fields(&self) -> Result<EventFields<'_>, FieldError> {
        let own = self
            .own
            .iter()
            .map(|(place, name)| (name.as_str(), self.row.get(*place).unwrap_or_default()));
        EventFields::of_cells(self.positions.map(|position| self.row.get(position?)), own)
    }
}

/// The events of a timeline as values of their own.
///
/// Reading back is lossless: they are the events that were written.
///
/// ```no_run
/// use event_simulator_timeline::{Events, ReadError};
///
/// for event in Events::open("timeline.jsonl".as_ref())? {
///     println!("{}", event?.event_type);
/// }
/// # Ok::<(), ReadError>(())
/// ```
pub struct Events {
    reader: TimelineReader,
    failed: bool,
}

impl Events {
    /// Opens a file, or standard input for `-`.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        TimelineReader::open(path).map(Self::from)
    }
}

impl From<TimelineReader> for Events {
    fn from(reader: TimelineReader) -> Self {
        Self { reader, failed: false }
    }
}

impl Iterator for Events {
    type Item = Result<Event, ReadError>;

    /// The next event. After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let event = self.reader.next_owned().transpose()?;
        self.failed = event.is_err();
        Some(event)
    }
}

impl TimelineReader {
    pub(super) fn next_owned(&mut self) -> Result<Option<Event>, ReadError> {
        let event = match self.next_event()? {
            None => return Ok(None),
            Some(fields) => fields.to_event(),
        };
        event.map(Some).map_err(|source| ReadError::Event {
            name: self.name.clone(),
            line: self.line(),
            source,
        })
    }

    fn line(&self) -> u64 {
        match &self.source {
            Source::Lines(lines) => lines.number(),
            Source::Rows(rows) => rows.row.position().map_or(0, csv::Position::line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator::scenario::Scenario;
    use event_simulator::wire::csv::{write_header, write_row};

    fn reader(text: &str) -> Result<TimelineReader, ReadError> {
        TimelineReader::new("t.jsonl", Box::new(io::Cursor::new(text.to_owned().into_bytes())))
    }

    fn error_of(text: &str) -> String {
        match reader(text).map(Events::from) {
            Err(error) => error.to_string(),
            Ok(events) => events.filter_map(Result::err).map(|error| error.to_string()).collect(),
        }
    }

    #[test]
    fn reading_back_is_lossless() {
        let model = Scenario::default().compile().unwrap();
        let mut written: Vec<Event> = model.simulate(7).collect();
        let odd = "\"\\\n,'\u{1}\u{1f600}";
        written[3].page_path = Some(odd.to_owned());
        written[3].props = serde_json::from_str(r#"{"n":0.1e-7,"deep":[{"a,\"":null}]}"#).unwrap();
        let mut lines = String::new();
        let mut rows = csv::Writer::from_writer(Vec::new());
        written[4].own =
            serde_json::from_str(r#"{"plan":"a","user":{"n":1},"amount":9.5,"tags":[]}"#).unwrap();
        let own: Vec<String> = written[4].own.keys().cloned().collect();
        write_header(&mut rows, &own).unwrap();
        for event in &written {
            lines += &(serde_json::to_string(event).unwrap() + "\n");
            write_row(&mut rows, event, &own).unwrap();
        }
        let rows = String::from_utf8(rows.into_inner().unwrap()).unwrap();
        for text in [lines, rows] {
            let read: Result<Vec<Event>, _> = Events::from(reader(&text).unwrap()).collect();
            assert_eq!(read.unwrap(), written);
        }
    }

    #[test]
    fn errors_name_file_line_and_field() {
        let good = r#"{"event_id":"1","event_time":"2026-01-01T00:00:00Z","event_type":"a","user_id":"u","session_id":"s"}"#;
        assert_eq!(error_of(good), "");
        for (bad, message) in [
            (good.replace("\"user_id\":\"u\",", ""), "\"user_id\" is missing"),
            (good.replace("\"u\"", "5"), "\"user_id\": 5 is not a JSON string"),
            (good.replace('}', ",\"props\":[1]}"), "\"props\" is not a JSON object: invalid type"),
            (good.replace('}', ""), "not a JSON object: ',' or '}' should stand at column"),
        ] {
            let error = error_of(&format!("{good}\n\n{bad}\n{good}"));
            assert!(error.starts_with(&format!("t.jsonl, line 3: {message}")), "{error}");
        }
    }

    #[test]
    fn errors_of_csv_say_where() {
        let error = error_of("event_id,event_time\n1,yesterday\n");
        assert!(
            error.starts_with("t.jsonl, line 2: \"event_time\": \"yesterday\" is not"),
            "{error}"
        );
        let error = error_of("event_id,event_time\n1\n");
        assert_eq!(error, "t.jsonl, line 2: 1 fields, the header has 2");
        assert!(error_of("<html>").contains("neither JSON lines nor CSV"));
    }

    #[test]
    fn a_damaged_line_is_passed_over_wherever_it_stands() {
        let good = r#"{"event_id":"1","event_time":"2026-01-01T00:00:00Z","event_type":"a","user_id":"u","session_id":"s"}"#;
        let long = "x".repeat(17 << 20);
        let row = "1,2026-01-01T00:00:00Z,a,u,s";
        let header = "event_id,event_time,event_type,user_id,session_id";
        for (text, errors) in [
            (format!("_type\":1}}\n{good}\n{good}\n"), 1),
            (format!("{good}\n{long}\n{good}"), 1),
            (format!("{header}\n{row}\na\n{row},b\n{row}"), 2),
        ] {
            let mut reader = reader(&text).unwrap();
            let (mut good, mut wrong) = (0, 0);
            loop {
                match reader.next_event() {
                    Ok(None) => break,
                    Ok(Some(_)) => good += 1,
                    Err(error) if error.is_of_one_line() => wrong += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!((good, wrong), (2, errors), "{text:.40}");
        }
    }

    #[test]
    fn an_empty_timeline_has_no_events() {
        assert_eq!(Events::from(reader("").unwrap()).count(), 0);
    }
}
