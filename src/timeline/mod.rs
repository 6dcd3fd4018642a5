//! The timeline as files: lines of JSON or CSV, plain or compressed, with a manifest beside them.

mod blocks;
mod csv;
mod encode;
mod fields;
mod file;
mod input;
mod manifest;
mod merge;
mod output;
mod own_line;
mod read;
mod read_ahead;
pub mod scan;
mod size;
mod stream;
mod tally;
mod write;

#[cfg(feature = "stages")]
pub(crate) use encode::Encoder;
pub use fields::{EventFields, FieldError};
pub(crate) use input::open_digested;
pub use input::{LineReader, open};
pub use manifest::{FORMAT_VERSION, Manifest};
pub use merge::{MergeError, merge};
pub use output::{Compression, OutputFile, write_whole};
pub use read::{Events, ReadError, TimelineReader};
pub(crate) use read_ahead::ReadAhead;
pub use size::expected_bytes_per_session;
pub use stream::SimulationReader;
pub use write::{Format, Generation, Progress, Watch};
