//! Sources of events: a file of JSON lines, or a running simulation.

mod envelope;
mod event_source;
mod field_path;
mod field_sample;
mod fields;
mod lines;
mod reader_thread;
pub(crate) mod time_field;

pub use event_source::{EventSource, SourceEvent, SourceItem};
pub(crate) use event_source::{Lane, Span};
pub use lines::LineSource;
pub(crate) use reader_thread::{ReaderThread, SourceChunk};
