//! One thing that is wrong.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use event_simulator::event::Field;
use event_simulator::printable::printable;
use event_simulator::wire::scan;

use crate::comparison::{FieldChange, RawEvent, TELLING, cut};

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// It should be there and is not.
    Missing,
    /// It is there and should not be.
    Unexpected,
    /// It is there more than once.
    Duplicated,
    /// It is there with another value.
    Altered,
    /// It stands after a later event of the same user.
    OutOfOrder,
    /// It came long after newer events.
    Late,
    /// It cannot be read.
    Unreadable,
}

impl FindingKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Missing,
        Self::Unexpected,
        Self::Duplicated,
        Self::Altered,
        Self::OutOfOrder,
        Self::Late,
        Self::Unreadable,
    ];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Duplicated => "duplicated",
            Self::Altered => "altered",
            Self::OutOfOrder => "out_of_order",
            Self::Late => "late",
            Self::Unreadable => "unreadable",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Duplicated => "duplicated",
            Self::Altered => "altered",
            Self::OutOfOrder => "out of order",
            Self::Late => "late",
            Self::Unreadable => "unreadable",
        })
    }
}

/// One thing that is wrong. Shown, it is one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The kind.
    pub kind: FindingKind,
    /// The event, row or cell, and its values.
    pub details: Details,
}

/// The event, row or cell that a finding is about. `at` is a file and a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Details {
    /// An event of the timeline that was sent.
    SentEvent {
        /// Its line.
        sent_line: u64,
        /// Its JSON text.
        sent: String,
    },
    /// An event that counts of what arrived.
    CountedEvent {
        /// Its JSON text, as it counts.
        counted: String,
    },
    /// An event that was received.
    ReceivedEvent {
        /// Its place.
        at: String,
        /// Its JSON text.
        received: String,
    },
    /// An event that was received with other values.
    AlteredEvent {
        /// Its place.
        at: String,
        /// The line as which it was sent.
        sent_line: u64,
        /// The values that differ.
        changes: Vec<FieldChange>,
        /// Its JSON text as sent.
        sent: String,
        /// Its JSON text as received.
        received: String,
    },
    /// An event that stands behind newer ones.
    LateEvent {
        /// Its place.
        at: String,
        /// Seconds that it is older than the newest before it.
        behind_seconds: f64,
        /// Its JSON text.
        received: String,
    },
    /// A line that is no event.
    Line {
        /// Its place.
        at: String,
        /// The reason why it is none.
        reason: String,
        /// The line.
        received: String,
    },
    /// A whole table.
    Table {
        /// Its name.
        table: &'static str,
        /// The directory in which it was looked for.
        #[serde(skip)]
        directory: PathBuf,
    },
    /// A column of a table.
    Column {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The columns that the table has.
        #[serde(skip)]
        found: Vec<String>,
    },
    /// A row of a table.
    Row {
        /// The table.
        table: &'static str,
        /// The values of the key columns.
        key: Vec<String>,
    },
    /// A cell of a table.
    Cell {
        /// The table.
        table: &'static str,
        /// The values of the key columns.
        key: Vec<String>,
        /// The column.
        column: &'static str,
        /// The value that it should have; empty for none.
        expected: String,
        /// The value that it has; empty for none.
        actual: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.line()))
    }
}

impl Finding {
    /// The finding in one line, unless a value in it has line feeds.
    fn line(&self) -> String {
        match &self.details {
            Details::SentEvent { sent_line, sent } => {
                format!("{} (line {sent_line} of what was sent)", described(sent))
            }
            Details::CountedEvent { counted } => {
                let event = RawEvent::of_any(counted.as_bytes());
                let id = event.text(Field::EventId).unwrap_or_default();
                format!("{}, which counts (event_id {id})", described(counted))
            }
            Details::ReceivedEvent { at, received } => format!("{at}: {}", described(received)),
            Details::AlteredEvent { at, changes, sent, .. } => {
                let changes: Vec<String> = changes.iter().map(FieldChange::to_string).collect();
                format!("{at}: {}, in {}", changes.join(", "), described(sent))
            }
            Details::LateEvent { at, behind_seconds, received } => {
                format!("{at}: {behind_seconds} s, {}", described(received))
            }
            Details::Line { at, reason, .. } => format!("{at}: {reason}"),
            Details::Table { table, directory } => {
                format!("table {table}: {} has no such file", directory.display())
            }
            Details::Column { table, column, found } => {
                let found = found.join(", ");
                format!("{table}: column {column} is missing; there are {found}")
            }
            Details::Row { table, key } => format!("row {table} {}", key.join(" ")),
            Details::Cell { table, key, column, expected, actual } => {
                let (actual, expected) = (or_null(actual), or_null(expected));
                let key = key.join(" ");
                format!("{table} {key}: {column} is {actual}, should be {expected}")
            }
        }
    }
}

fn or_null(value: &str) -> &str {
    if crate::delimited::is_null(value) { "null" } else { value }
}

/// Characters of a field that are shown.
const WORD_CHARACTERS: usize = 80;

/// An event in one short line.
fn described(line: &str) -> String {
    let event = RawEvent::of_any(line.as_bytes());
    let word = |raw| match scan::text(raw) {
        Ok(text) => cut(&text, 0, WORD_CHARACTERS).into_owned(),
        Err(_) => cut(&String::from_utf8_lossy(raw), 0, WORD_CHARACTERS).into_owned(),
    };
    let words: Vec<String> =
        TELLING.into_iter().filter_map(|field| event.get(field)).map(word).collect();
    words.join(" ")
}

impl Serialize for Finding {
    /// `{"kind", "what", "details"}`, of which `what` is the finding in one line.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            kind: FindingKind,
            what: String,
            details: &'a Details,
        }
        Shown { kind: self.kind, what: self.to_string(), details: &self.details }
            .serialize(serializer)
    }
}
