//! Where a replay's events come from.

use std::io;
use std::ops::Range;

use bytes::Bytes;

use super::lanes::Lane;
use event_simulator::time::VirtualTime;

/// Gives events in the order in which they are to be sent: a file, or a running simulation.
pub trait Source: Send {
    /// The next event or bad line, or `None` at the end.
    fn next(&mut self) -> Result<Option<Entry>, SourceError>;

    /// Bytes in all, if that is known, for showing progress.
    fn total_bytes(&self) -> Option<u64> {
        None
    }

    /// Whether the next event may be long in coming, so that those before it must not wait for it.
    fn is_live(&self) -> bool {
        false
    }
}

/// What a source gives.
#[derive(Clone, Debug)]
pub enum Entry {
    /// An event to be sent.
    Event(Item),
    /// A line that cannot be sent.
    Bad(BadLine),
}

impl Entry {
    /// Line number or ordinal, from 1.
    pub fn position(&self) -> u64 {
        match self {
            Self::Event(item) => item.position,
            Self::Bad(line) => line.position,
        }
    }

    pub(super) fn time(&self) -> Option<VirtualTime> {
        match self {
            Self::Event(item) => item.time,
            Self::Bad(_) => None,
        }
    }

    /// Bytes of its line, the line's end included.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Event(item) => item.body.len() + 1,
            Self::Bad(line) => line.line.len() + 1,
        }
    }
}

/// One event, and what replay needs to know of it.
#[derive(Clone, Debug)]
pub struct Item {
    /// Line number or ordinal, from 1; what the journal remembers.
    pub position: u64,
    /// When it happened, if that is needed.
    pub time: Option<VirtualTime>,
    /// Equal for events that must keep their order.
    pub lane: Lane,
    /// The event as it is sent.
    pub body: Bytes,
    /// Where in `body` the time field's value stands.
    pub time_value: Option<Span>,
    /// Where in `body` the event's identity stands.
    pub id: Option<Span>,
    /// Where in `body` the event's type stands.
    pub kind: Option<Span>,
}

impl Item {
    /// The event's identity.
    pub fn id(&self) -> Option<&[u8]> {
        self.id.and_then(|span| self.body.get(span.range()))
    }

    /// The event's identity as a part of its body.
    pub(super) fn shared_id(&self) -> Option<Bytes> {
        self.id().map(|id| self.body.slice_ref(id))
    }

    /// The event's type, for statistics.
    pub fn kind(&self) -> &[u8] {
        self.kind.and_then(|span| self.body.get(span.range())).unwrap_or(b"event")
    }
}

/// A part of an event's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Where `part`, a piece of `whole`, stands in it.
    pub(super) fn of(part: &[u8], whole: &[u8]) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        let end = start.checked_add(part.len())?;
        let span = Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? };
        (end <= whole.len()).then_some(span)
    }

    /// The same without the quotes of a JSON string.
    pub(super) fn unquoted(self, whole: &[u8]) -> Self {
        match whole.get(self.range()) {
            Some([b'"', .., b'"']) => Self { start: self.start + 1, end: self.end - 1 },
            _ => self,
        }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A line that cannot be sent, and why.
#[derive(Clone, Debug)]
pub struct BadLine {
    /// Line number, from 1.
    pub position: u64,
    /// The line as it stands.
    pub line: Bytes,
    /// What is wrong with it.
    pub reason: String,
}

/// Why a source ended before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It could not be read.
    #[error("cannot read {name}: {source}")]
    Io {
        /// The file's name.
        name: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A line cannot be replayed, and that was asked to be an error.
    #[error("{name}, line {position}: {reason}")]
    BadLine {
        /// The file's name.
        name: String,
        /// Line number, from 1.
        position: u64,
        /// What is wrong with it.
        reason: String,
    },
}
