//! Timelines as files: generated from a model, read back, merged, plain or compressed, with a manifest beside
//! them.
//!
//! | module | what it is about |
//! |---|---|
//! | `generation` | from a model to bytes, on one core or several |
//! | `files` | files opened, read, written whole, merged |

mod files;
mod generation;

pub use files::{
    AppendFile, Compression, DigestReader, Events, FORMAT_VERSION, LineReader, LineTooLong,
    Manifest, ManifestError, MergeError, OutputFile, ReadAhead, ReadDigest, ReadError,
    TimelineReader, decoded, is_table, merge, open, open_digested, read_scenario, sorted,
    table_columns, write_whole,
};
pub use generation::{Format, Generation, Progress, SimulationReader, Watch};
