//! Sources of events: a file of JSON lines, or a running simulation.

mod event_source;
mod lines;
mod reader_thread;
pub(crate) mod time_field;

pub(crate) use event_source::Lane;
#[cfg(test)]
pub(crate) use event_source::Span;
pub use event_source::{BadLine, EventSource, SourceEvent, SourceItem};
pub use lines::LineSource;
pub(crate) use reader_thread::{ReaderThread, SourceChunk};
