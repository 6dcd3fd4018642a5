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
    AppendFile, ArrivalBatch, BatchError, BatchManifest, Batching, Compression, CountedEvents,
    DigestReader, Events, FORMAT_VERSION, LineReader, LineTooLong, Manifest, ManifestError,
    MergeError, OutputFile, ReadAhead, ReadDigest, ReadError, TimelineReader, counted_under,
    decoded, judged_under, merge, open, open_digested, read_scenario, sorted, write_batches,
    write_whole,
};
pub use generation::{Format, Generation, Progress, SimulationReader, Watch};
