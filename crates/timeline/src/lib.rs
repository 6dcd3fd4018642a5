//! Timelines as files: generated from a model, read back, merged, plain or compressed, with a manifest beside
//! them.

mod blocks;
mod digest_reader;
mod file;
mod input;
mod manifest;
mod merge;
mod output;
mod read;
mod read_ahead;
mod rows;
mod scenario_file;
mod stream;
mod tally;
mod write;

pub use digest_reader::{DigestReader, ReadDigest};
pub use input::{LineReader, open, open_digested};
pub use manifest::{FORMAT_VERSION, Manifest};
pub use merge::{MergeError, merge};
pub use output::{Compression, OutputFile, write_whole};
pub use read::{Events, ReadError, TimelineReader};
pub use read_ahead::ReadAhead;
pub use scenario_file::read_scenario;
pub use stream::SimulationReader;
pub use write::{Format, Generation, Progress, Watch};
