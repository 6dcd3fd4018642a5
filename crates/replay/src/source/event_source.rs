//! The interface of a source, and what it gives.

use std::ops::Range;

use bytes::Bytes;
use event_simulator::time::VirtualTime;

use crate::bad_line::BadLine;
use crate::error::SourceError;

/// A source of events, in the order in which they are to be sent.
pub trait EventSource: Send {
    /// The next event or bad line, or `None` at the end.
    fn next(&mut self) -> Result<Option<SourceItem>, SourceError>;

    /// Bytes in all, if that is known, for showing progress.
    fn total_bytes(&self) -> Option<u64> {
        None
    }

    /// Lines that there are, which is known once all were read.
    fn end(&self) -> Option<u64> {
        None
    }

    /// What a person should know, each once: before anything is read, or as soon as it is known.
    fn warnings(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// True if the next event may be long in coming, so that those before it must not wait for it.
    fn is_live(&self) -> bool {
        false
    }
}

/// One thing that a source gives.
#[derive(Clone, Debug)]
pub enum SourceItem {
    /// An event to be sent.
    Event(SourceEvent),
    /// A line that cannot be sent.
    BadLine(BadLine),
}

impl SourceItem {
    /// Line number or ordinal, from 1.
    pub fn position(&self) -> u64 {
        match self {
            Self::Event(event) => event.position,
            Self::BadLine(line) => line.position,
        }
    }

    pub(crate) fn time(&self) -> Option<VirtualTime> {
        match self {
            Self::Event(event) => event.time,
            Self::BadLine(_) => None,
        }
    }

    /// Bytes of its line, the line's end included.
    pub(crate) fn line_bytes(&self) -> u64 {
        match self {
            Self::Event(event) => event.line_bytes(),
            Self::BadLine(line) => line.line_bytes(),
        }
    }
}

/// The name of a lane, the same for events that must keep their order. `None` is no lane at all: no
/// order to keep.
pub(crate) type Lane = Option<u64>;

/// One event, and what replay needs to know of it.
#[derive(Clone, Debug)]
pub struct SourceEvent {
    /// Line number or ordinal, from 1; what the journal remembers.
    pub(crate) position: u64,
    /// Its time, if that is needed.
    pub(crate) time: Option<VirtualTime>,
    pub(crate) lane: Lane,
    /// The event as it is sent.
    pub(crate) body: Bytes,
    /// The place of the time field's value in `body`, and likewise of the others.
    pub(crate) time_value: Option<Span>,
    pub(crate) id: Option<Span>,
    /// As it stands, in quotes if it is a string; `None` unless the target asks for it.
    #[cfg_attr(not(feature = "kafka"), allow(dead_code, reason = "only records have a key"))]
    pub(crate) key: Option<Span>,
    pub(crate) event_type: Option<Span>,
    /// True for what is sent whatever it is: a body that arrives may be no event.
    pub(crate) is_delivery: bool,
}

impl SourceEvent {
    /// An event that is sent as `body`, whose order is kept among those of the same `lane`.
    pub fn new(position: u64, time: Option<VirtualTime>, lane: Option<u64>, body: Bytes) -> Self {
        Self {
            position,
            time,
            lane,
            body,
            time_value: None,
            id: None,
            key: None,
            event_type: None,
            is_delivery: false,
        }
    }

    /// The event's identity.
    pub fn id(&self) -> Option<&[u8]> {
        self.id.map(|span| &self.body[span.range()])
    }

    /// The event's identity as a part of its body.
    pub(crate) fn shared_id(&self) -> Option<Bytes> {
        self.id.map(|span| self.body.slice(span.range()))
    }

    /// The event's type, for statistics.
    pub fn event_type(&self) -> &[u8] {
        self.event_type.map_or(b"event", |span| &self.body[span.range()])
    }

    /// Bytes of its line, the line's end included.
    pub(crate) fn line_bytes(&self) -> u64 {
        self.body.len() as u64 + 1
    }
}

/// A part of an event's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The place of `part`, which is a piece of `whole`.
    pub(crate) fn of(part: &[u8], whole: &[u8]) -> Self {
        let start = part.as_ptr().addr() - whole.as_ptr().addr();
        let end = start + part.len();
        debug_assert!(end <= whole.len(), "a part lies in its whole");
        debug_assert!(u32::try_from(end).is_ok(), "lines are shorter than 4 GiB");
        Self { start: start as u32, end: end as u32 }
    }

    /// The same without the quotes of a JSON string.
    pub(crate) fn unquoted(self, whole: &[u8]) -> Self {
        match &whole[self.range()] {
            [b'"', .., b'"'] => Self { start: self.start + 1, end: self.end - 1 },
            _ => self,
        }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
